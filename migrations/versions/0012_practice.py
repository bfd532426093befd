"""Practice training: figures by category and date, places, placements, logs, and the record of what was signed off."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('applied', 'active')")
STANDING = sa.text("state IN ('sent', 'returned', 'signed')")
OPEN = "示例，待市里确定"


def upgrade() -> None:
    rules = op.create_table(
        "practice_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("hint", sa.JSON(), nullable=False),
        sa.Column("least_minutes", sa.Integer(), nullable=False),
        sa.Column("day_minutes", sa.Integer(), nullable=False),
        sa.Column("reflections", sa.Integer(), nullable=False),
        sa.Column("reflection_chars", sa.Integer(), nullable=False),
        sa.Column("counted_percent", sa.Integer(), nullable=False),
        sa.Column("credit_category", sa.String(length=24), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "least_minutes > 0 AND day_minutes > 0 AND day_minutes <= 1440", name=op.f("ck_practice_rule_some_minutes")
        ),
        sa.CheckConstraint(
            "reflections >= 0 AND reflection_chars >= 0", name=op.f("ck_practice_rule_reflections_counted")
        ),
        sa.CheckConstraint("counted_percent BETWEEN 0 AND 100", name=op.f("ck_practice_rule_a_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_rule")),
        sa.UniqueConstraint("code", "valid_from", "revision", name=op.f("uq_practice_rule_code_valid_from_revision")),
        info={"append_only": True},
    )
    op.create_table(
        "practice_places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("places >= 0", name=op.f("ck_practice_places_not_negative")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_practice_places_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_places")),
        sa.UniqueConstraint("org_id", "code", name=op.f("uq_practice_places_org_id_code")),
    )
    op.create_index(op.f("ix_practice_places_code"), "practice_places", ["code"])
    _placements()
    _logs()
    protect_append_only(op.get_bind(), "practice_rule")
    protect_append_only(op.get_bind(), "practice_entry")
    op.bulk_insert(rules, _first_rules())


def _placements() -> None:
    op.create_table(
        "practice_placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _choice("placementstate", "applied", "active", "refused", "withdrawn", "ended", "completed"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_practice_placement_ends_after_start")),
        sa.CheckConstraint(
            "supervisor_id <> person_id", name=op.f("ck_practice_placement_nobody_supervises_themselves")
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'completed') OR supervisor_id IS NOT NULL",
            name=op.f("ck_practice_placement_has_a_supervisor"),
        ),
        sa.CheckConstraint(
            "(state = 'completed') = (completed_on IS NOT NULL)", name=op.f("ck_practice_placement_completed_once")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_practice_placement_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_placement_person_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["practice_rule.id"], name=op.f("fk_practice_placement_rule_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["person.id"], name=op.f("fk_practice_placement_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_placement")),
        sa.UniqueConstraint("key", name=op.f("uq_practice_placement_key")),
    )
    op.create_index(op.f("ix_practice_placement_person_id"), "practice_placement", ["person_id"])
    op.create_index("ix_practice_placement_station", "practice_placement", ["org_id", "code", "state"])
    op.create_index("ix_practice_placement_supervisor", "practice_placement", ["supervisor_id", "state"])
    op.create_index(
        "uq_practice_placement_live",
        "practice_placement",
        ["person_id", "code"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def _logs() -> None:
    op.create_table(
        "practice_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_hours(),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column(
            "state", _choice("logstate", "sent", "returned", "signed", "taken_back", "reversed"), nullable=False
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "begins >= 0 AND begins < ends AND ends <= 1440", name=op.f("ck_practice_log_a_stretch_of_a_day")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_log_person_id")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["practice_placement.id"], name=op.f("fk_practice_log_placement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_log")),
        sa.UniqueConstraint("key", name=op.f("uq_practice_log_key")),
    )
    op.create_index("ix_practice_log_placement", "practice_log", ["placement_id", "state"])
    op.create_index(
        "uq_practice_log_time",
        "practice_log",
        ["person_id", "day", "begins"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_table(
        "practice_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("log_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        *_hours(),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("reflected", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes <> 0", name=op.f("ck_practice_entry_not_nothing")),
        sa.CheckConstraint(
            "(minutes < 0) = (reverses_id IS NOT NULL)", name=op.f("ck_practice_entry_takes_away_by_reversing")
        ),
        sa.ForeignKeyConstraint(["log_id"], ["practice_log.id"], name=op.f("fk_practice_entry_log_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_entry_person_id")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["practice_placement.id"], name=op.f("fk_practice_entry_placement_id")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["practice_entry.id"], name=op.f("fk_practice_entry_reverses_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"], name=op.f("fk_practice_entry_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_practice_entry_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_practice_entry_reverses_id")),
        info={"append_only": True},
    )
    op.create_index("ix_practice_entry_person", "practice_entry", ["person_id", "day"])
    op.create_index(op.f("ix_practice_entry_log_id"), "practice_entry", ["log_id"])
    op.create_index(op.f("ix_practice_entry_placement_id"), "practice_entry", ["placement_id"])


def downgrade() -> None:
    for table in ("practice_entry", "practice_log", "practice_placement", "practice_places", "practice_rule"):
        op.drop_table(table)


def _hours() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("begins", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.Column("activity", sa.String(length=120), nullable=False),
    )


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def _first_rules() -> list[dict[str, object]]:
    """The city's eight categories with figures that stand until it decides (示例), shown in this order."""
    rules = [
        _rule(
            "five_parties", "五社联动", "Five-party linkage",
            "社区、社会组织、社会工作者、社区志愿者和社会慈善资源一起办成一件事。",
            "Community, organisations, social workers, volunteers and charity get one thing done together.",
        ),
        _rule(
            "charity", "社工 + 慈善", "Social work and charity",
            "链接慈善资源，参与募集、使用和公示。", "Finding charitable resources, using them and accounting for them.",
        ),
        _rule(
            "property", "物业 + 社工", "Property management and social work",
            "与物业一起处理小区里的人和事。", "Working with property managers on what concerns a compound.",
        ),
        _rule(
            "relief", "关爱援助", "Care and relief",
            "困难家庭和低收入人口的走访、评估和帮扶。", "Visiting, assessing and helping families in hardship.",
        ),
        _rule(
            "older_people", "老年人服务", "Services for older people",
            "独居、高龄、失能老年人的探访和照护支持。", "Visits and support in care for older people.",
        ),
        _rule(
            "children", "儿童青少年服务", "Services for children and young people",
            "困境儿童和青少年的陪伴、评估和转介。", "Company, assessment and referral for children in need.",
        ),
        _rule(
            "disability", "残障人士服务", "Services for people with disabilities",
            "康复、就业和家庭支持。", "Rehabilitation, employment and support of families.",
        ),
        _rule(
            "community", "社区营造", "Community building",
            "居民议事、社区活动和公共空间改善。", "Residents' meetings, activities and better public places.",
        ),
    ]  # fmt: skip
    set_from = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return [rule | {"set_at": set_from + dt.timedelta(minutes=number)} for number, rule in enumerate(rules)]


def _rule(code: str, title: str, english: str, hint: str, english_hint: str) -> dict[str, object]:
    return {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, f"practice_rule:{code}"),
        "code": code,
        "valid_from": dt.date(2026, 1, 1),
        "revision": 1,
        "title": {"zh_CN": title, "en": english},
        "hint": {"zh_CN": hint, "en": english_hint},
        "least_minutes": 2400,
        "day_minutes": 480,
        "reflections": 4,
        "reflection_chars": 50,
        "counted_percent": 50,
        "credit_category": "professional",
        "is_open": True,
        "illustrative": True,
        "note": OPEN,
        "set_by": None,
    }
