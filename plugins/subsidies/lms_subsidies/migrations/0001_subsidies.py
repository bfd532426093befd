"""The first tables of the plugin subsidies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.plugin_api.models import protect_append_only

revision = "subsidies_0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("subsidies_happening", "subsidies_revision")


def upgrade() -> None:
    op.create_table(
        "subsidies_scheme",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_subsidies_scheme")),
        sa.UniqueConstraint("basis", name=op.f("uq_subsidies_scheme_basis")),
    )
    op.create_table(
        "subsidies_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("claim_days", sa.Integer(), nullable=False),
        sa.Column(
            "budget_level",
            sa.Enum(
                "city", "county", "street", name="budgetlevel", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column(
            "stacking",
            sa.Enum(
                "full", "difference", "none", name="stacking", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("reclaim", sa.Boolean(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidies_revision_some_amount")),
        sa.CheckConstraint("claim_days > 0", name=op.f("ck_subsidies_revision_some_days")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_subsidies_revision_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["code"], ["subsidies_scheme.code"], name=op.f("fk_subsidies_revision_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidies_revision")),
        sa.UniqueConstraint(
            "code", "valid_from", "revision", name=op.f("uq_subsidies_revision_code_valid_from_revision")
        ),
    )
    op.create_table(
        "subsidies_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=True),
        sa.Column("qualification_id", sa.Uuid(), nullable=True),
        sa.Column("award_key", sa.String(length=60), nullable=False),
        sa.Column("obtained_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(certificate_id IS NULL) <> (qualification_id IS NULL)", name=op.f("ck_subsidies_invitation_one_basis")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_subsidies_invitation_certificate_id")
        ),
        sa.ForeignKeyConstraint(["code"], ["subsidies_scheme.code"], name=op.f("fk_subsidies_invitation_code")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subsidies_invitation_person_id")),
        sa.ForeignKeyConstraint(
            ["qualification_id"], ["qualification.id"], name=op.f("fk_subsidies_invitation_qualification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidies_invitation")),
        sa.UniqueConstraint("person_id", "basis", name=op.f("uq_subsidies_invitation_person_id_basis")),
    )
    op.create_index(
        op.f("ix_subsidies_invitation_certificate_id"), "subsidies_invitation", ["certificate_id"], unique=False
    )
    op.create_index(op.f("ix_subsidies_invitation_code"), "subsidies_invitation", ["code"], unique=False)
    op.create_table(
        "subsidies_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(length=60), nullable=False),
        sa.Column("ladder", sa.String(length=60), nullable=False),
        sa.Column("award_key", sa.String(length=60), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.String(length=4), nullable=False),
        sa.Column("bank_name", sa.String(length=80), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
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
        sa.Column("recalled_number", sa.Text(), nullable=False),
        sa.Column("recall_settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(payment_id IS NULL) = (state IN ('in_review', 'rejected', 'withdrawn'))",
            name=op.f("ck_subsidies_claim_pays_when_approved"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidies_claim_some_amount")),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_subsidies_claim_case_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["subsidies_invitation.id"], name=op.f("fk_subsidies_claim_invitation_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_subsidies_claim_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subsidies_claim_person_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["subsidies_revision.id"], name=op.f("fk_subsidies_claim_revision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidies_claim")),
        sa.UniqueConstraint("case_id", name=op.f("uq_subsidies_claim_case_id")),
        sa.UniqueConstraint("key", name=op.f("uq_subsidies_claim_key")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_subsidies_claim_payment_id")),
    )
    op.create_index(op.f("ix_subsidies_claim_invitation_id"), "subsidies_claim", ["invitation_id"], unique=False)
    op.create_index("ix_subsidies_claim_org_id_state", "subsidies_claim", ["org_id", "state"], unique=False)
    op.create_index(
        "uq_subsidies_claim_in_review",
        "subsidies_claim",
        ["person_id", "ladder"],
        unique=True,
        sqlite_where=sa.text("state = 'in_review'"),
        postgresql_where=sa.text("state = 'in_review'"),
    )
    op.create_index(
        "uq_subsidies_claim_latest",
        "subsidies_claim",
        ["invitation_id"],
        unique=True,
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
    op.create_index(
        "uq_subsidies_claim_live",
        "subsidies_claim",
        ["person_id", "basis"],
        unique=True,
        sqlite_where=sa.text("state IN ('in_review', 'approved', 'bounced', 'paid')"),
        postgresql_where=sa.text("state IN ('in_review', 'approved', 'bounced', 'paid')"),
    )
    op.create_table(
        "subsidies_happening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "claimed",
                "corrected",
                "approved",
                "rejected",
                "withdrawn",
                "account",
                "bounced",
                "paid",
                "cancelled",
                "recall",
                "settled",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["subsidies_claim.id"], name=op.f("fk_subsidies_happening_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidies_happening")),
    )
    op.create_index(op.f("ix_subsidies_happening_claim_id"), "subsidies_happening", ["claim_id"], unique=False)
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)


def downgrade() -> None:
    for table in (
        "subsidies_happening",
        "subsidies_claim",
        "subsidies_invitation",
        "subsidies_revision",
        "subsidies_scheme",
    ):
        op.drop_table(table)
