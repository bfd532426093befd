"""Free preparation: persons without a document, sign-ups, subjects, practice papers and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import allow_null, forbid_null, protect_append_only

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IDENTITY = ("id_document", "id_number_sealed", "id_number_index", "id_tail_index")


def upgrade() -> None:
    allow_null(op.get_bind(), "person", *IDENTITY)
    op.create_table(
        "prep_sign_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "community", "employer", "wechat", "friend", "other",
                name="source", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("consent", sa.String(length=20), nullable=False),
        sa.Column("consent_digest", sa.String(length=64), nullable=False),
        sa.Column("signed_up_on", sa.Date(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_prep_sign_up_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_prep_sign_up_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_sign_up")),
        sa.UniqueConstraint("key", name=op.f("uq_prep_sign_up_key")),
        sa.UniqueConstraint("person_id", name=op.f("uq_prep_sign_up_person_id")),
        sa.UniqueConstraint("phone_index", "name", name=op.f("uq_prep_sign_up_phone_index_name")),
    )  # fmt: skip
    op.create_index("ix_prep_sign_up_org", "prep_sign_up", ["org_id", "signed_up_on"])
    op.create_table(
        "prep_subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("blueprint", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("pass_half_points", sa.Integer(), nullable=False),
        sa.Column("course_slug", sa.String(length=80), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes > 0 AND pass_half_points > 0", name=op.f("ck_prep_subject_some_time_and_a_line")),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_prep_subject_bank_id")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_prep_subject_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_subject")),
        sa.UniqueConstraint("slug", name=op.f("uq_prep_subject_slug")),
    )
    op.create_table(
        "prep_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("point", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("total_half_points", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_prep_paper_person_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["prep_subject.id"], name=op.f("fk_prep_paper_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_paper")),
        sa.UniqueConstraint("key", name=op.f("uq_prep_paper_key")),
    )
    op.create_index("ix_prep_paper_person", "prep_paper", ["person_id", "subject_id", "started_at"])
    op.create_index(op.f("ix_prep_paper_subject_id"), "prep_paper", ["subject_id"])
    op.create_table(
        "prep_answer",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("point", sa.String(length=20), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
        sa.Column("half_points", sa.Integer(), nullable=False),
        sa.Column("worth", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["prep_paper.id"], name=op.f("fk_prep_answer_paper_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["prep_subject.id"], name=op.f("fk_prep_answer_subject_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_prep_answer_version_id")),
        sa.PrimaryKeyConstraint("paper_id", "position", name=op.f("pk_prep_answer")),
        info={"append_only": True},
    )
    op.create_index("ix_prep_answer_point", "prep_answer", ["subject_id", "point"])
    protect_append_only(op.get_bind(), "prep_answer")


def downgrade() -> None:
    for table in ("prep_answer", "prep_paper", "prep_subject", "prep_sign_up"):
        op.drop_table(table)
    forbid_null(op.get_bind(), "person", *IDENTITY)
