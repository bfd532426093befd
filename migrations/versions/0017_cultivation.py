"""Cultivation plans: the plan of a term, its confirmed texts and measures, reports, looks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPEND_ONLY = ("cultivation_revision", "cultivation_measure")
TABLES = (
    "cultivation_plan",
    "cultivation_look",
    "cultivation_report",
    "cultivation_revision",
    "cultivation_measure",
)


def upgrade() -> None:
    op.create_table(
        "cultivation_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "agreed",
                "in_force",
                "ended",
                name="planstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("goals", sa.Text(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "end_kind",
            sa.Enum("look", "term", name="planend", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name=op.f("ck_cultivation_plan_ended")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_cultivation_plan_ends_after_start")),
        sa.CheckConstraint("mentor_id <> person_id", name=op.f("ck_cultivation_plan_two_people")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_cultivation_plan_appointment_id")
        ),
        sa.ForeignKeyConstraint(["mentor_id"], ["person.id"], name=op.f("fk_cultivation_plan_mentor_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_cultivation_plan_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_plan")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_cultivation_plan_appointment_id")),
    )
    op.create_index("ix_cultivation_plan_mentor", "cultivation_plan", ["mentor_id"], unique=False)
    op.create_index("ix_cultivation_plan_person", "cultivation_plan", ["person_id"], unique=False)
    op.create_table(
        "cultivation_look",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("go_on", "adjust", "end", name="outcome", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decided_at IS NULL OR written_at IS NOT NULL", name=op.f("ck_cultivation_look_written_first")
        ),
        sa.ForeignKeyConstraint(["mentor_id"], ["person.id"], name=op.f("fk_cultivation_look_mentor_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["cultivation_plan.id"], name=op.f("fk_cultivation_look_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_look")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_cultivation_look_plan_id_number")),
    )
    op.create_index("ix_cultivation_look_due", "cultivation_look", ["due_on"], unique=False)
    op.create_table(
        "cultivation_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Uuid(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("completes", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "confirmed",
                "returned",
                name="reportstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_cultivation_report_file_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["cultivation_plan.id"], name=op.f("fk_cultivation_report_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_report")),
        sa.UniqueConstraint("key", name=op.f("uq_cultivation_report_key")),
    )
    op.create_index("ix_cultivation_report_plan", "cultivation_report", ["plan_id", "line"], unique=False)
    op.create_index(
        "uq_cultivation_report_waiting",
        "cultivation_report",
        ["plan_id", "line"],
        unique=True,
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_table(
        "cultivation_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("goals", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mentor_id"], ["person.id"], name=op.f("fk_cultivation_revision_mentor_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["cultivation_plan.id"], name=op.f("fk_cultivation_revision_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_revision")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_cultivation_revision_plan_id_number")),
        info={"append_only": True},
    )
    op.create_table(
        "cultivation_measure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "course",
                "project",
                "research",
                "exchange",
                "teaching",
                name="measurekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["cultivation_revision.id"], name=op.f("fk_cultivation_measure_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cultivation_measure")),
        sa.UniqueConstraint("revision_id", "line", name=op.f("uq_cultivation_measure_revision_id_line")),
        info={"append_only": True},
    )
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
