"""The first tables of the plugin tuition."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.plugin_api.models import protect_append_only

revision = "tuition_0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("tuition_agreement", "tuition_check", "tuition_happening", "tuition_recall", "tuition_revision")


def upgrade() -> None:
    op.create_table(
        "tuition_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("rate_percent", sa.Integer(), nullable=False),
        sa.Column("cap_fen", sa.BigInteger(), nullable=False),
        sa.Column("costs", sa.JSON(), nullable=False),
        sa.Column(
            "timing",
            sa.Enum("term", "graduation", name="timing", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("service_months", sa.Integer(), nullable=False),
        sa.Column(
            "service_from",
            sa.Enum("payment", "graduation", name="servicefrom", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("claim_days", sa.Integer(), nullable=False),
        sa.Column(
            "budget_level",
            sa.Enum(
                "city", "county", "street", name="budgetlevel", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cap_fen > 0", name=op.f("ck_tuition_revision_some_cap")),
        sa.CheckConstraint("claim_days > 0", name=op.f("ck_tuition_revision_some_days")),
        sa.CheckConstraint("rate_percent BETWEEN 1 AND 100", name=op.f("ck_tuition_revision_some_rate")),
        sa.CheckConstraint("service_months >= 0", name=op.f("ck_tuition_revision_no_less_service")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_tuition_revision_ends_after_start")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tuition_revision")),
        sa.UniqueConstraint(
            "level", "valid_from", "revision", name=op.f("uq_tuition_revision_level_valid_from_revision")
        ),
    )
    op.create_table(
        "tuition_study",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("school", sa.String(length=80), nullable=False),
        sa.Column("major", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "in_review",
                "agreed",
                "rejected",
                "withdrawn",
                name="studystate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("graduated_on", sa.Date(), nullable=True),
        sa.Column("diploma_number", sa.String(length=40), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint("left_on IS NULL OR state = 'agreed'", name=op.f("ck_tuition_study_left_when_agreed")),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_tuition_study_ends_after_start")),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_tuition_study_case_id")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_tuition_study_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tuition_study_person_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["tuition_revision.id"], name=op.f("fk_tuition_study_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tuition_study")),
        sa.UniqueConstraint("case_id", name=op.f("uq_tuition_study_case_id")),
        sa.UniqueConstraint("key", name=op.f("uq_tuition_study_key")),
    )
    op.create_index("ix_tuition_study_org_id_state", "tuition_study", ["org_id", "state"], unique=False)
    op.create_index(op.f("ix_tuition_study_person_id"), "tuition_study", ["person_id"], unique=False)
    op.create_index(
        "uq_tuition_study_standing",
        "tuition_study",
        ["person_id", "level"],
        unique=True,
        sqlite_where=sa.text("state IN ('in_review', 'agreed')"),
        postgresql_where=sa.text("state IN ('in_review', 'agreed')"),
    )
    op.create_table(
        "tuition_agreement",
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_as", sa.String(length=80), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["tuition_study.id"], name=op.f("fk_tuition_agreement_study_id")),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_tuition_agreement")),
    )
    op.create_table(
        "tuition_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.Column("claimed_fen", sa.BigInteger(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("graduated_on", sa.Date(), nullable=True),
        sa.Column("diploma_number", sa.String(length=40), nullable=False),
        sa.Column("bank_account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.String(length=4), nullable=False),
        sa.Column("bank_name", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "in_review",
                "approved",
                "bounced",
                "paid",
                "rejected",
                "withdrawn",
                "cancelled",
                name="claimstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("serves_from", sa.Date(), nullable=True),
        sa.Column("serves_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(payment_id IS NULL) = (state IN ('in_review', 'rejected', 'withdrawn'))",
            name=op.f("ck_tuition_claim_pays_when_approved"),
        ),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= claimed_fen", name=op.f("ck_tuition_claim_some_amount")),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_tuition_claim_case_id")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_tuition_claim_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tuition_claim_person_id")),
        sa.ForeignKeyConstraint(["study_id"], ["tuition_study.id"], name=op.f("fk_tuition_claim_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tuition_claim")),
        sa.UniqueConstraint("case_id", name=op.f("uq_tuition_claim_case_id")),
        sa.UniqueConstraint("key", name=op.f("uq_tuition_claim_key")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_tuition_claim_payment_id")),
    )
    op.create_index("ix_tuition_claim_org_id_state", "tuition_claim", ["org_id", "state"], unique=False)
    op.create_index(op.f("ix_tuition_claim_person_id"), "tuition_claim", ["person_id"], unique=False)
    op.create_index(op.f("ix_tuition_claim_study_id"), "tuition_claim", ["study_id"], unique=False)
    op.create_index(
        "uq_tuition_claim_in_review",
        "tuition_claim",
        ["study_id"],
        unique=True,
        sqlite_where=sa.text("state = 'in_review'"),
        postgresql_where=sa.text("state = 'in_review'"),
    )
    op.create_table(
        "tuition_happening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "applied",
                "corrected",
                "agreed",
                "rejected",
                "withdrawn",
                "signed",
                "graduated",
                "left",
                "claimed",
                "checked",
                "differs",
                "approved",
                "account",
                "bounced",
                "paid",
                "cancelled",
                "recalled",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["tuition_study.id"], name=op.f("fk_tuition_happening_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tuition_happening")),
    )
    op.create_index(op.f("ix_tuition_happening_claim_id"), "tuition_happening", ["claim_id"], unique=False)
    op.create_index(op.f("ix_tuition_happening_study_id"), "tuition_happening", ["study_id"], unique=False)
    op.create_table(
        "tuition_recall",
        sa.Column("study_id", sa.Uuid(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("total_fen >= 0", name=op.f("ck_tuition_recall_no_less_than_nothing")),
        sa.ForeignKeyConstraint(["study_id"], ["tuition_study.id"], name=op.f("fk_tuition_recall_study_id")),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_tuition_recall")),
    )
    op.create_table(
        "tuition_voucher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("identity", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "fiscal",
                "einvoice",
                "invoice",
                name="voucherkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("check_code", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column(
            "cost",
            sa.Enum(
                "tuition",
                "defence",
                "exam",
                "books",
                "board",
                "travel",
                name="cost",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("claimed_fen", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("claimed_fen > 0 AND claimed_fen <= amount_fen", name=op.f("ck_tuition_voucher_part_of_it")),
        sa.ForeignKeyConstraint(["claim_id"], ["tuition_claim.id"], name=op.f("fk_tuition_voucher_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tuition_voucher")),
    )
    op.create_index(op.f("ix_tuition_voucher_claim_id"), "tuition_voucher", ["claim_id"], unique=False)
    op.create_index(
        "uq_tuition_voucher_identity",
        "tuition_voucher",
        ["identity"],
        unique=True,
        sqlite_where=sa.text("used"),
        postgresql_where=sa.text("used"),
    )
    op.create_index(
        "uq_tuition_voucher_sha256",
        "tuition_voucher",
        ["sha256"],
        unique=True,
        sqlite_where=sa.text("used"),
        postgresql_where=sa.text("used"),
    )
    op.create_table(
        "tuition_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("right", "wrong", name="verdict", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["voucher_id"], ["tuition_voucher.id"], name=op.f("fk_tuition_check_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tuition_check")),
    )
    op.create_index(op.f("ix_tuition_check_voucher_id"), "tuition_check", ["voucher_id"], unique=False)
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)


def downgrade() -> None:
    for table in (
        "tuition_check",
        "tuition_voucher",
        "tuition_recall",
        "tuition_happening",
        "tuition_claim",
        "tuition_agreement",
        "tuition_study",
        "tuition_revision",
    ):
        op.drop_table(table)
