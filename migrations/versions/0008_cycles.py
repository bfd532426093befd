"""Obligations as dated policies, cycles as records, and the standing kept of each person.

The settings of 2026 (credits.assistant_hours, credits.higher_hours, credits.renewal_months) become versions of the
registration policy; their rows stay where they are, since that table is only added to.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from lms.kernel.ids import new_id
from lms.kernel.migrate import protect_append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FIRST = dt.date(2009, 9, 7)
NATIONAL = "民发〔2009〕123 号、民发〔2009〕44 号；补办期限为示例，待市里确定"
YEARLY = "人社部令第 25 号；是否对社会工作者另行要求，示例，待市里确定"
KEYS = ("credits.assistant_hours", "credits.higher_hours", "credits.renewal_months")
DEFAULTS = (72, 90, 3)
LEVELS = "level IN ('assistant', 'intermediate', 'senior', 'uncertified')"
STATUSES = (
    "no_qualification", "unregistered", "coming", "freed", "assigned", "in_progress", "met", "window_open", "overdue",
    "expired",
)  # fmt: skip
CHANGES = ("opened", "put_right", "set_aside", "extended", "freed", "bound")
AT_ONCE = 1000


def upgrade() -> None:
    policies = op.create_table(
        "obligation_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("obligation", _choice("obligation", "registration", "year"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("unit", _choice("timeunit", "hours", "class_hours"), nullable=False),
        sa.Column("unit_minutes", sa.Integer(), nullable=False),
        sa.Column("assistant", sa.Integer(), nullable=True),
        sa.Column("intermediate", sa.Integer(), nullable=True),
        sa.Column("senior", sa.Integer(), nullable=True),
        sa.Column("uncertified", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("cap_professional", sa.Integer(), nullable=True),
        sa.Column("cap_public", sa.Integer(), nullable=True),
        sa.Column("carry_most", sa.Integer(), nullable=False),
        sa.Column("carry_months", sa.Integer(), nullable=True),
        sa.Column("window_months", sa.Integer(), nullable=False),
        sa.Column("late_months", sa.Integer(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "unit_minutes > 0 AND (unit <> 'hours' OR unit_minutes = 60)",
            name=op.f("ck_obligation_policy_unit_of_minutes"),
        ),
        sa.CheckConstraint(
            "parts >= 0 AND parts <= whole AND whole > 0", name=op.f("ck_obligation_policy_share_of_whole")
        ),
        sa.CheckConstraint(
            "carry_most >= 0 AND late_months >= 0 AND window_months > 0", name=op.f("ck_obligation_policy_some_months")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_policy")),
        sa.UniqueConstraint(
            "obligation", "valid_from", "revision", name=op.f("uq_obligation_policy_obligation_valid_from_revision")
        ),
        info={"append_only": True},
    )
    cycles = op.create_table(
        "credit_cycle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("obligation", _choice("obligation", "registration", "year"), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("extended_to", sa.Date(), nullable=True),
        sa.Column("freed", sa.Boolean(), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_credit_cycle_ends_after_start")),
        sa.CheckConstraint("extended_to > last_day", name=op.f("ck_credit_cycle_extended_beyond_its_end")),
        sa.CheckConstraint(LEVELS, name=op.f("ck_credit_cycle_known_level")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_cycle_person_id")),
        sa.ForeignKeyConstraint(["policy_id"], ["obligation_policy.id"], name=op.f("fk_credit_cycle_policy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_cycle")),
        sa.UniqueConstraint(
            "person_id", "obligation", "first_day", name=op.f("uq_credit_cycle_person_id_obligation_first_day")
        ),
    )
    changes = op.create_table(
        "credit_cycle_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("changekind", *CHANGES), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("extended_to", sa.Date(), nullable=True),
        sa.Column("freed", sa.Boolean(), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["credit_cycle.id"], name=op.f("fk_credit_cycle_change_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_cycle_change")),
        info={"append_only": True},
    )
    op.create_index("ix_credit_cycle_change_cycle", "credit_cycle_change", ["cycle_id", "changed_at"])
    op.create_table(
        "credit_standing",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("obligation", _choice("obligation", "registration", "year"), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("policy_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("window_from", sa.Date(), nullable=True),
        sa.Column("late_until", sa.Date(), nullable=True),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("professional", sa.Integer(), nullable=False),
        sa.Column("public", sa.Integer(), nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("status", _choice("status", *STATUSES), nullable=False),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_standing_person_id")),
        sa.ForeignKeyConstraint(["cycle_id"], ["credit_cycle.id"], name=op.f("fk_credit_standing_cycle_id")),
        sa.ForeignKeyConstraint(["policy_id"], ["obligation_policy.id"], name=op.f("fk_credit_standing_policy_id")),
        sa.PrimaryKeyConstraint("person_id", "obligation", name=op.f("pk_credit_standing")),
    )
    op.create_index("ix_credit_standing_status", "credit_standing", ["obligation", "status"])
    op.create_index("ix_credit_standing_last_day", "credit_standing", ["obligation", "last_day"])
    op.create_index("ix_credit_standing_next_change", "credit_standing", ["next_change_on"])
    protect_append_only(op.get_bind(), "obligation_policy")
    protect_append_only(op.get_bind(), "credit_cycle_change")
    rows = [*_registration_policies(), _yearly_policy()]
    op.bulk_insert(policies, rows)
    _open_cycles(cycles, changes, [row for row in rows if row["obligation"] == "registration"])


def downgrade() -> None:
    op.drop_table("credit_standing")
    op.drop_table("credit_cycle_change")
    op.drop_table("credit_cycle")
    op.drop_table("obligation_policy")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def _registration_policies() -> Iterator[dict[str, Any]]:
    """The national rule, and one version for each day on which one of the former settings took another value.

    Of several settings for one day the version is what the last of them, as they were set, made it.
    """
    setting = sa.table(
        "setting_value",
        sa.column("key", sa.String()), sa.column("value", sa.JSON()), sa.column("valid_from", sa.Date()),
        sa.column("revision", sa.Integer()), sa.column("note", sa.Text()), sa.column("set_by", sa.Uuid()),
        sa.column("set_at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    query = sa.select(setting).where(setting.c.key.in_(KEYS)).order_by(setting.c.valid_from, setting.c.set_at)
    values = dict(zip(KEYS, DEFAULTS, strict=True))
    versions = {FIRST: _registration(FIRST, values, None)}
    for row in op.get_bind().execute(query):
        values[row.key] = row.value
        versions[row.valid_from] = _registration(row.valid_from, values, row)
    yield from versions.values()


def _registration(valid_from: dt.date, values: dict[str, Any], row: Any) -> dict[str, Any]:
    assistant, higher, window = (values[key] for key in KEYS)
    return _policy(
        obligation="registration", valid_from=valid_from, assistant=assistant, intermediate=higher, senior=higher,
        window_months=window, late_months=12, illustrative=row is None, note=NATIONAL if row is None else row.note,
        **({"set_by": row.set_by, "set_at": row.set_at} if row else {}),
    )  # fmt: skip


def _yearly_policy() -> dict[str, Any]:
    """Off until the city says that it asks for it: 90 学时 of 45 minutes a year, two thirds of them professional."""
    return _policy(
        obligation="year", valid_from=dt.date(2015, 10, 1), is_on=False, unit="class_hours", unit_minutes=45,
        assistant=90, intermediate=90, senior=90, parts=2, whole=3, window_months=3, late_months=0, note=YEARLY,
    )  # fmt: skip


def _policy(**changes: Any) -> dict[str, Any]:
    return {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, f"obligation:{changes['obligation']}:{changes['valid_from']}"),
        "revision": 1, "is_on": True, "running": False, "unit": "hours", "unit_minutes": 60, "uncertified": None,
        "parts": 0, "whole": 1, "cap_professional": None, "cap_public": None, "carry_most": 0, "carry_months": None,
        "illustrative": True, "set_by": None, "set_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), **changes,
    }  # fmt: skip


def _open_cycles(cycles: sa.Table, changes: sa.Table, policies: list[dict[str, Any]]) -> None:
    """A cycle for each registration there is; of two of a person that begin on one day, the higher level's."""
    held = sa.table(
        "qualification",
        sa.column("person_id", sa.Uuid()), sa.column("kind", sa.String()),
        sa.column("registered_from", sa.Date()), sa.column("registered_until", sa.Date()),
    )  # fmt: skip
    registered = held.c.registered_from.is_not(None), held.c.registered_until.is_not(None)
    ranks = {"assistant": 1, "intermediate": 2, "senior": 3}
    found: dict[tuple[uuid.UUID, dt.date], Any] = {}
    for row in op.get_bind().execute(sa.select(held).where(*registered)):
        key = row.person_id, row.registered_from
        if key not in found or ranks[found[key].kind] < ranks[row.kind]:
            found[key] = row
    now = dt.datetime.now(dt.UTC)
    rows = [
        {
            "id": new_id(), "person_id": row.person_id, "obligation": "registration", "level": row.kind,
            "first_day": row.registered_from, "last_day": row.registered_until, "extended_to": None, "freed": False,
            "void": False, "policy_id": _ruling(policies, row.registered_from), "opened_at": now,
        }
        for row in found.values()
    ]  # fmt: skip
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        op.bulk_insert(cycles, some)
        op.bulk_insert(changes, [
            {
                "id": new_id(), "cycle_id": row["id"], "kind": "opened", "level": row["level"],
                "last_day": row["last_day"], "extended_to": None, "freed": False, "void": False, "reason": "",
                "changed_by": None, "changed_at": now,
            }
            for row in some
        ])  # fmt: skip


def _ruling(policies: list[dict[str, Any]], first_day: dt.date) -> uuid.UUID:
    begun = [one for one in policies if one["valid_from"] <= first_day]
    return max(begun, key=lambda one: one["valid_from"])["id"] if begun else policies[0]["id"]
