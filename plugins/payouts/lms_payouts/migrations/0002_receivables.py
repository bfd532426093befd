"""Who approved what is paid, what only one scheme may support, and money that is to come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.plugin_api.models import protect_append_only

revision = "payouts_0002"
down_revision = "payouts_0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("payouts_approver", "payouts_entry")


def upgrade() -> None:
    op.create_table(
        "payouts_approver",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payouts_payment.id"], name=op.f("fk_payouts_approver_payment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payouts_approver_person_id")),
        sa.PrimaryKeyConstraint("payment_id", "person_id", name=op.f("pk_payouts_approver")),
    )
    op.create_index(op.f("ix_payouts_approver_person_id"), "payouts_approver", ["person_id"], unique=False)
    op.create_table(
        "payouts_hold",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.String(length=24), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("uses >= 0", name=op.f("ck_payouts_hold_counted")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payouts_hold_person_id")),
        sa.PrimaryKeyConstraint("person_id", "subject", name=op.f("pk_payouts_hold")),
    )
    op.create_table(
        "payouts_receivable",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("open_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payouts_receivable_some_amount")),
        sa.CheckConstraint("open_fen >= 0 AND open_fen <= amount_fen", name=op.f("ck_payouts_receivable_within")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_payouts_receivable_org_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payouts_payment.id"], name=op.f("fk_payouts_receivable_payment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payouts_receivable_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_receivable")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_receivable_key")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payouts_receivable_payment_id")),
    )
    op.create_index(op.f("ix_payouts_receivable_person_id"), "payouts_receivable", ["person_id"], unique=False)
    op.create_index("ix_payouts_receivable_org_id_open_fen", "payouts_receivable", ["org_id", "open_fen"], unique=False)
    op.create_table(
        "payouts_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "recall", "return", "waive", name="entrykind", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payouts_entry_some_amount")),
        sa.ForeignKeyConstraint(
            ["receivable_id"], ["payouts_receivable.id"], name=op.f("fk_payouts_entry_receivable_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_entry_key")),
    )
    op.create_index(op.f("ix_payouts_entry_receivable_id"), "payouts_entry", ["receivable_id"], unique=False)
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)


def downgrade() -> None:
    for table in ("payouts_entry", "payouts_receivable", "payouts_hold", "payouts_approver"):
        op.drop_table(table)
