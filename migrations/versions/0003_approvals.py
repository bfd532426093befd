"""Approval chains, cases, public notices and objections; the calendar of working days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("approval_chain", "approval_correction", "approval_decision", "approval_proof", "notice_entry")


def upgrade() -> None:
    op.create_table(
        "approval_chain",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_chain")),
        sa.UniqueConstraint("kind", "valid_from", "revision", name=op.f("uq_approval_chain_kind_valid_from_revision")),
        info={"append_only": True},
    )
    op.create_table(
        "approval_series",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_approval_series")),
    )
    op.create_table(
        "working_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_working_day")),
    )
    op.create_table(
        "approval_substitute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("absent_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("absent_id <> stand_in_id", name=op.f("ck_approval_substitute_two_people")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_approval_substitute_ends_after_start")),
        sa.ForeignKeyConstraint(["absent_id"], ["person.id"], name=op.f("fk_approval_substitute_absent_id")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"], name=op.f("fk_approval_substitute_stand_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_substitute")),
    )
    op.create_index("ix_approval_substitute_stand_in", "approval_substitute", ["stand_in_id", "valid_to"], unique=False)
    op.create_index(
        "uq_approval_substitute_standing",
        "approval_substitute",
        ["absent_id", "stand_in_id", "valid_from"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "public_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "ended", "voided", name="noticestate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("objections", sa.Integer(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_public_notice_org_id")),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_public_notice_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_public_notice_key")),
        sa.UniqueConstraint("number", name=op.f("uq_public_notice_number")),
    )
    op.create_index("ix_public_notice_closing", "public_notice", ["state", "closes_on"], unique=False)
    op.create_index(op.f("ix_public_notice_org_id"), "public_notice", ["org_id"], unique=False)
    op.create_table(
        "approval_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_name", sa.String(length=60), nullable=False),
        sa.Column("applicant_unit", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "returned",
                "awaiting_notice",
                "in_notice",
                "approved",
                "rejected",
                "withdrawn",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step_at", sa.Integer(), nullable=False),
        sa.Column("at_role", sa.String(length=40), nullable=True),
        sa.Column("at_org_id", sa.Uuid(), nullable=True),
        sa.Column(
            "at_level",
            sa.Enum(
                "employer",
                "street",
                "county",
                "city",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (state NOT IN ('approved', 'rejected', 'withdrawn'))",
            name=op.f("ck_approval_case_ends_once"),
        ),
        sa.CheckConstraint(
            "state <> 'open' OR (at_role IS NOT NULL AND at_org_id IS NOT NULL)",
            name=op.f("ck_approval_case_open_stands_at"),
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["person.id"], name=op.f("fk_approval_case_applicant_id")),
        sa.ForeignKeyConstraint(["at_org_id"], ["org_unit.id"], name=op.f("fk_approval_case_at_org_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notice.id"], name=op.f("fk_approval_case_notice_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_approval_case_opened_by")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_approval_case_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_case")),
        sa.UniqueConstraint("key", name=op.f("uq_approval_case_key")),
        sa.UniqueConstraint("number", name=op.f("uq_approval_case_number")),
    )
    op.create_index(op.f("ix_approval_case_applicant_id"), "approval_case", ["applicant_id"], unique=False)
    op.create_index("ix_approval_case_at", "approval_case", ["state", "at_role", "at_org_id"], unique=False)
    op.create_index("ix_approval_case_due", "approval_case", ["state", "due_on"], unique=False)
    op.create_index(op.f("ix_approval_case_notice_id"), "approval_case", ["notice_id"], unique=False)
    op.create_index("ix_approval_case_subject", "approval_case", ["subject_id"], unique=False)
    op.create_index("ix_approval_case_unit", "approval_case", ["org_id", "state"], unique=False)
    op.create_table(
        "approval_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("facts_before", sa.JSON(), nullable=False),
        sa.Column("amount_before", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_approval_correction_case_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_approval_correction_submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_correction")),
        sa.UniqueConstraint("case_id", "round", name=op.f("uq_approval_correction_case_id_round")),
        info={"append_only": True},
    )
    op.create_table(
        "approval_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "approved", "returned", "rejected", name="outcome", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("absent", sa.Text(), nullable=False),
        sa.Column("seen", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_approval_decision_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_approval_decision_decided_by")),
        sa.ForeignKeyConstraint(["on_behalf_of"], ["person.id"], name=op.f("fk_approval_decision_on_behalf_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decision")),
        sa.UniqueConstraint("case_id", "round", "step", name=op.f("uq_approval_decision_case_id_round_step")),
        info={"append_only": True},
    )
    op.create_index("ix_approval_decision_by", "approval_decision", ["decided_by", "decided_at"], unique=False)
    op.create_table(
        "approval_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_approval_proof_added_by")),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_approval_proof_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_approval_proof_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_proof")),
        sa.UniqueConstraint("case_id", "kind", "sha256", name=op.f("uq_approval_proof_case_id_kind_sha256")),
        sa.UniqueConstraint("file_id", name=op.f("uq_approval_proof_file_id")),
        info={"append_only": True},
    )
    op.create_table(
        "notice_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_notice_entry_case_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notice.id"], name=op.f("fk_notice_entry_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_entry")),
        sa.UniqueConstraint("notice_id", "case_id", name=op.f("uq_notice_entry_notice_id_case_id")),
        sa.UniqueConstraint("notice_id", "position", name=op.f("uq_notice_entry_notice_id_position")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_notice_entry_case_id"), "notice_entry", ["case_id"], unique=False)
    op.create_table(
        "objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "upheld",
                "dismissed",
                name="objectionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_objection_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_objection_decided_by")),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notice.id"], name=op.f("fk_objection_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("key", name=op.f("uq_objection_key")),
        sa.UniqueConstraint("receipt", name=op.f("uq_objection_receipt")),
    )
    op.create_index("ix_objection_case", "objection", ["case_id", "state"], unique=False)
    op.create_index("ix_objection_notice", "objection", ["notice_id", "state"], unique=False)
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)


def downgrade() -> None:
    op.drop_index("ix_objection_notice", table_name="objection")
    op.drop_index("ix_objection_case", table_name="objection")
    op.drop_table("objection")
    op.drop_index(op.f("ix_notice_entry_case_id"), table_name="notice_entry")
    op.drop_table("notice_entry")
    op.drop_table("approval_proof")
    op.drop_index("ix_approval_decision_by", table_name="approval_decision")
    op.drop_table("approval_decision")
    op.drop_table("approval_correction")
    op.drop_index("ix_approval_case_unit", table_name="approval_case")
    op.drop_index("ix_approval_case_subject", table_name="approval_case")
    op.drop_index(op.f("ix_approval_case_notice_id"), table_name="approval_case")
    op.drop_index("ix_approval_case_due", table_name="approval_case")
    op.drop_index("ix_approval_case_at", table_name="approval_case")
    op.drop_index(op.f("ix_approval_case_applicant_id"), table_name="approval_case")
    op.drop_table("approval_case")
    op.drop_index(op.f("ix_public_notice_org_id"), table_name="public_notice")
    op.drop_index("ix_public_notice_closing", table_name="public_notice")
    op.drop_table("public_notice")
    op.drop_index(
        "uq_approval_substitute_standing",
        table_name="approval_substitute",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_index("ix_approval_substitute_stand_in", table_name="approval_substitute")
    op.drop_table("approval_substitute")
    op.drop_table("working_day")
    op.drop_table("approval_series")
    op.drop_table("approval_chain")
