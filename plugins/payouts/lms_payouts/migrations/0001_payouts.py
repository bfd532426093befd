"""The first tables of the plugin payouts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.plugin_api.models import protect_append_only

revision = "payouts_0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "payouts_check",
    "payouts_line",
    "payouts_outcome",
    "payouts_posting",
    "payouts_signature",
    "payouts_transaction",
)


def upgrade() -> None:
    op.create_table(
        "payouts_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transactions", sa.Integer(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_check")),
    )
    op.create_table(
        "payouts_scheme",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_payouts_scheme")),
    )
    op.create_table(
        "payouts_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_payouts_series")),
    )
    op.create_table(
        "payouts_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "first",
                "signed",
                "sent",
                "settled",
                "returned",
                name="batchstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_payouts_batch_file_id")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_payouts_batch_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_batch")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_batch_key")),
        sa.UniqueConstraint("number", name=op.f("uq_payouts_batch_number")),
    )
    op.create_index(op.f("ix_payouts_batch_org_id"), "payouts_batch", ["org_id"], unique=False)
    op.create_table(
        "payouts_budget",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_payouts_budget_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_budget")),
        sa.UniqueConstraint("org_id", "year", "scheme", name=op.f("uq_payouts_budget_org_id_year_scheme")),
    )
    op.create_table(
        "payouts_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "appropriation",
                "available",
                "reserved",
                "paid",
                name="accountkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'appropriation' AND balance <= 0) OR (kind <> 'appropriation' AND balance >= 0)",
            name=op.f("ck_payouts_account_right_side"),
        ),
        sa.ForeignKeyConstraint(["budget_id"], ["payouts_budget.id"], name=op.f("fk_payouts_account_budget_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_account")),
        sa.UniqueConstraint("budget_id", "kind", name=op.f("uq_payouts_account_budget_id_kind")),
    )
    op.create_table(
        "payouts_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("award_key", sa.String(length=160), nullable=False),
        sa.Column("scheme", sa.String(length=60), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("account_name", sa.String(length=80), nullable=False),
        sa.Column("bank_account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("bank_account_index", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.String(length=4), nullable=False),
        sa.Column("bank_name", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "batched",
                "sent",
                "paid",
                "bounced",
                "cancelled",
                name="paymentstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounce_reason", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payouts_payment_some_amount")),
        sa.CheckConstraint("state <> 'cancelled' OR paid_at IS NULL", name=op.f("ck_payouts_payment_paid_stays_paid")),
        sa.ForeignKeyConstraint(["batch_id"], ["payouts_batch.id"], name=op.f("fk_payouts_payment_batch_id")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["person.id"], name=op.f("fk_payouts_payment_beneficiary_id")),
        sa.ForeignKeyConstraint(["budget_id"], ["payouts_budget.id"], name=op.f("fk_payouts_payment_budget_id")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_payouts_payment_org_id")),
        sa.ForeignKeyConstraint(["scheme"], ["payouts_scheme.code"], name=op.f("fk_payouts_payment_scheme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_payment")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_payment_key")),
    )
    op.create_index(op.f("ix_payouts_payment_batch_id"), "payouts_payment", ["batch_id"], unique=False)
    op.create_index(op.f("ix_payouts_payment_beneficiary_id"), "payouts_payment", ["beneficiary_id"], unique=False)
    op.create_index(op.f("ix_payouts_payment_budget_id"), "payouts_payment", ["budget_id"], unique=False)
    op.create_index("ix_payouts_payment_org_id_state", "payouts_payment", ["org_id", "state"], unique=False)
    op.create_index(
        "uq_payouts_payment_award_key",
        "payouts_payment",
        ["award_key"],
        unique=True,
        sqlite_where=sa.text("state <> 'cancelled'"),
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "payouts_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "faulty",
                "ready",
                "applying",
                "applied",
                name="resultstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["payouts_batch.id"], name=op.f("fk_payouts_result_batch_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_payouts_result_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_result")),
        sa.UniqueConstraint("batch_id", "sha256", name=op.f("uq_payouts_result_batch_id_sha256")),
    )
    op.create_table(
        "payouts_signature",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_payouts_signature_two_places")),
        sa.ForeignKeyConstraint(["batch_id"], ["payouts_batch.id"], name=op.f("fk_payouts_signature_batch_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payouts_signature_person_id")),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("pk_payouts_signature")),
        sa.UniqueConstraint("batch_id", "person_id", name=op.f("uq_payouts_signature_batch_id_person_id")),
    )
    op.create_table(
        "payouts_line",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("beneficiary_id", sa.Uuid(), nullable=False),
        sa.Column("account_name", sa.String(length=80), nullable=False),
        sa.Column("bank_account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("bank_account_index", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.String(length=4), nullable=False),
        sa.Column("bank_name", sa.String(length=80), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["payouts_batch.id"], name=op.f("fk_payouts_line_batch_id")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["person.id"], name=op.f("fk_payouts_line_beneficiary_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payouts_payment.id"], name=op.f("fk_payouts_line_payment_id")),
        sa.PrimaryKeyConstraint("batch_id", "serial", name=op.f("pk_payouts_line")),
        sa.UniqueConstraint("batch_id", "payment_id", name=op.f("uq_payouts_line_batch_id_payment_id")),
    )
    op.create_index(op.f("ix_payouts_line_payment_id"), "payouts_line", ["payment_id"], unique=False)
    op.create_table(
        "payouts_outcome",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["payouts_batch.id"], name=op.f("fk_payouts_outcome_batch_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payouts_payment.id"], name=op.f("fk_payouts_outcome_payment_id")),
        sa.ForeignKeyConstraint(["result_id"], ["payouts_result.id"], name=op.f("fk_payouts_outcome_result_id")),
        sa.PrimaryKeyConstraint("batch_id", "serial", name=op.f("pk_payouts_outcome")),
    )
    op.create_index(op.f("ix_payouts_outcome_payment_id"), "payouts_outcome", ["payment_id"], unique=False)
    op.create_table(
        "payouts_transaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "appropriate",
                "reduce",
                "reserve",
                "release",
                "pay",
                name="transactionkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payouts_payment.id"], name=op.f("fk_payouts_transaction_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts_transaction")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_transaction_key")),
    )
    op.create_index("ix_payouts_transaction_at", "payouts_transaction", ["at", "id"], unique=False)
    op.create_index(op.f("ix_payouts_transaction_payment_id"), "payouts_transaction", ["payment_id"], unique=False)
    op.create_table(
        "payouts_posting",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payouts_posting_some_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["payouts_account.id"], name=op.f("fk_payouts_posting_account_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["payouts_transaction.id"], name=op.f("fk_payouts_posting_transaction_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_payouts_posting")),
        sa.UniqueConstraint("transaction_id", "account_id", name=op.f("uq_payouts_posting_transaction_id_account_id")),
    )
    op.create_index(op.f("ix_payouts_posting_account_id"), "payouts_posting", ["account_id"], unique=False)
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)


def downgrade() -> None:
    op.drop_table("payouts_posting")
    op.drop_table("payouts_transaction")
    op.drop_table("payouts_outcome")
    op.drop_table("payouts_line")
    op.drop_table("payouts_signature")
    op.drop_table("payouts_result")
    op.drop_table("payouts_payment")
    op.drop_table("payouts_account")
    op.drop_table("payouts_budget")
    op.drop_table("payouts_batch")
    op.drop_table("payouts_series")
    op.drop_table("payouts_scheme")
    op.drop_table("payouts_check")
