"""Outside learning claimed as continuing education: rules by date, claims, and the entries that count them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STANDS = sa.text("state IN ('in_review', 'counted')")
STANDS_ONCE = sa.text("once AND state IN ('in_review', 'counted')")
NATIONAL = "民发〔2009〕123 号；申报期限为示例，待市里确定"
OPEN = "示例，待市里确定"


def upgrade() -> None:
    rules = op.create_table(
        "evidence_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("hint", sa.JSON(), nullable=False),
        sa.Column("category", _choice("category", "professional", "public"), nullable=False),
        sa.Column("unit", _choice("unit", "hours", "class_hours", "days", "item"), nullable=False),
        sa.Column("unit_minutes", sa.Integer(), nullable=False),
        sa.Column("cap_activity", sa.Integer(), nullable=True),
        sa.Column("cap_year", sa.Integer(), nullable=True),
        sa.Column("cap_period", sa.Integer(), nullable=True),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("claim_months", sa.Integer(), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "unit_minutes > 0 AND (unit <> 'hours' OR unit_minutes = 60)", name=op.f("ck_evidence_rule_unit_of_minutes")
        ),
        sa.CheckConstraint(
            "cap_activity > 0 AND cap_year > 0 AND cap_period > 0", name=op.f("ck_evidence_rule_caps_leave_something")
        ),
        sa.CheckConstraint("claim_months > 0", name=op.f("ck_evidence_rule_some_months")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_rule")),
        sa.UniqueConstraint("code", "valid_from", "revision", name=op.f("uq_evidence_rule_code_valid_from_revision")),
        info={"append_only": True},
    )
    op.create_table(
        "evidence_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("organiser", sa.String(length=120), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("amount_halves", sa.Integer(), nullable=False),
        sa.Column("stated", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _choice("claimstate", "in_review", "counted", "not_counted", "rejected", "withdrawn", "reversed"),
            nullable=False,
        ),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_evidence_claim_ends_after_start")),
        sa.CheckConstraint("amount_halves > 0", name=op.f("ck_evidence_claim_some_amount")),
        sa.CheckConstraint(
            "(counted > 0) = (state IN ('counted', 'reversed'))", name=op.f("ck_evidence_claim_counts_when_approved")
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (state = 'in_review')", name=op.f("ck_evidence_claim_ends_once")),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_evidence_claim_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evidence_claim_person_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["evidence_rule.id"], name=op.f("fk_evidence_claim_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_claim")),
        sa.UniqueConstraint("case_id", name=op.f("uq_evidence_claim_case_id")),
        sa.UniqueConstraint("key", name=op.f("uq_evidence_claim_key")),
    )
    op.create_index("ix_evidence_claim_person", "evidence_claim", ["person_id", "last_day"])
    for name, columns, where in (
        ("uq_evidence_claim_activity", ["person_id", "code", "fingerprint"], STANDS),
        ("uq_evidence_claim_once", ["person_id", "code"], STANDS_ONCE),
    ):
        op.create_index(name, "evidence_claim", columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.add_column(
        "credit_entry",
        sa.Column(
            "evidence_id",
            sa.Uuid(),
            sa.ForeignKey("evidence_claim.id", name=op.f("fk_credit_entry_evidence_id")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index("ix_credit_entry_evidence_id", "credit_entry", ["evidence_id"])
    protect_append_only(op.get_bind(), "evidence_rule")
    op.bulk_insert(rules, _first_rules())


def downgrade() -> None:
    op.drop_index("ix_credit_entry_evidence_id", table_name="credit_entry")
    op.drop_column("credit_entry", "evidence_id")
    op.drop_table("evidence_claim")
    op.drop_table("evidence_rule")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def _first_rules() -> list[dict[str, object]]:
    """What counts until the city decides: 小时 are 60 minutes, 学时 45; all of it illustrative (示例).

    They are shown in the order they were set in, so each is set a minute after the one before.
    """
    rules = [
        _rule(
            "training", "面授培训", "Face-to-face training",
            "有合格证明的培训，按实际授课的小时数。", "Training with a proof of completion, by the hours actually taught.",
            proofs=["certificate"], note=NATIONAL,
        ),
        _rule(
            "lecture", "会议、讲座、考察", "Conference, lecture or visit",
            "学术会议、专题讲座、考察学习。", "Professional conferences, lectures and study visits.",
            cap_activity=240, cap_year=720, proofs=["notice", "attendance"],
        ),
        _rule(
            "degree", "取得社会工作专业学历或学位", "Degree in social work obtained",
            "毕业并取得证书的，固定计 90 小时，终身一次。", "With the diploma in hand: 90 hours, once in a lifetime.",
            unit="item", unit_minutes=5400, once=True, claim_months=36, proofs=["diploma"], note=NATIONAL,
        ),
        _rule(
            "degree_courses", "学历教育已合格的单科", "Single courses of a degree, passed",
            "尚未毕业的，按已合格专业课程的实际授课学时。", "Without the degree: class hours of the professional courses passed.",
            unit="class_hours", unit_minutes=45, proofs=["transcript"], note=NATIONAL,
        ),
        _rule(
            "self_study_exam", "自学考试单科", "Self-study examination, one course",
            "每通过一科，固定计 15 学时。", "15 class hours for each course passed.",
            unit="item", unit_minutes=675, proofs=["transcript"],
        ),
        _rule(
            "practice", "实践指导", "Practice guidance",
            "指导实习生或在站点开展实务指导。", "Guiding trainees, or practice guidance at a station.",
            unit="days", unit_minutes=360, cap_year=1800, cap_period=3600, proofs=["record"],
        ),
        _rule(
            "public_subject", "公需科目培训", "Training in public subjects",
            "法律法规、政策、职业道德、信息技术等。", "Law, policy, professional ethics, information technology.",
            category="public", unit="class_hours", unit_minutes=45, cap_year=1350, proofs=["certificate"],
        ),
    ]  # fmt: skip
    set_from = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return [rule | {"set_at": set_from + dt.timedelta(minutes=number)} for number, rule in enumerate(rules)]


def _rule(code: str, title: str, english: str, hint: str, english_hint: str, **changes: object) -> dict[str, object]:
    return {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, f"evidence_rule:{code}"),
        "code": code,
        "valid_from": dt.date(2009, 9, 7),
        "revision": 1,
        "title": {"zh_CN": title, "en": english},
        "hint": {"zh_CN": hint, "en": english_hint},
        "category": "professional",
        "unit": "hours",
        "unit_minutes": 60,
        "cap_activity": None,
        "cap_year": None,
        "cap_period": None,
        "once": False,
        "claim_months": 12,
        "is_open": True,
        "illustrative": True,
        "note": OPEN,
        "set_by": None,
        **changes,
    }
