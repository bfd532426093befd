"""Applications to register a national certificate, and to register it again; what follows a cycle in its standing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATES = (
    "pending", "returned", "first_passed", "first_failed", "final_failed", "withdrawn", "completed", "certified",
)  # fmt: skip
LIVE = sa.text("state IN ('pending', 'returned', 'first_passed')")
TABLE = "registration_application"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("qualification_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("kind", _choice("kind", "first", "renewal"), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("previous_last", sa.Date(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("state", _choice("state", *STATES), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=24), nullable=False),
        sa.Column("registered_from", sa.Date(), nullable=True),
        sa.Column("registered_until", sa.Date(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(registered_from IS NULL) = (registered_until IS NULL)",
            name=op.f("ck_registration_application_both_days"),
        ),
        sa.CheckConstraint(
            "(registered_from IS NOT NULL) = (state IN ('completed', 'certified'))",
            name=op.f("ck_registration_application_registered_when_completed"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_application_person_id")),
        sa.ForeignKeyConstraint(
            ["qualification_id"], ["qualification.id"], name=op.f("fk_registration_application_qualification_id")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["credit_cycle.id"], name=op.f("fk_registration_application_cycle_id")),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_registration_application_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_application")),
        sa.UniqueConstraint("case_id", name=op.f("uq_registration_application_case_id")),
        sa.UniqueConstraint("key", name=op.f("uq_registration_application_key")),
    )
    op.create_index(
        "uq_registration_application_live",
        TABLE,
        ["qualification_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index("ix_registration_application_person", TABLE, ["person_id", "applied_at"])
    op.create_index("ix_registration_application_state", TABLE, ["state", "applied_at"])
    op.add_column("credit_standing", sa.Column("followed_until", sa.Date(), nullable=True))
    op.execute("DELETE FROM credit_standing")  # the hourly job makes it anew, with what follows each cycle


def downgrade() -> None:
    op.drop_column("credit_standing", "followed_until")
    op.drop_table(TABLE)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
