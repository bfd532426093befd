"""Reading the ledger: one person's summary, a unit's list, sums for the proof.

Which period counts and what it requires is said once, as SQL (`_registrations`, `_required`), for the summary and the
list alike, so that a learner and the officer never see different figures.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, literal, or_, select, true

from lms.access import policy
from lms.credits.dto import HoursFilter, HoursSummary, Period, PersonHours
from lms.credits.models import Category, CreditEntry
from lms.credits.rules import Standing, renew_from
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import SettingValue
from lms.kernel.runtime import kernel
from lms.learning import queries as learning
from lms.learning.events import CourseCompleted
from lms.learning.models import CourseRelease
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person, PersonState, Qualification, QualificationKind

HOURS_SETTING = {
    QualificationKind.ASSISTANT: "credits.assistant_hours",
    QualificationKind.INTERMEDIATE: "credits.higher_hours",
    QualificationKind.SENIOR: "credits.higher_hours",
}


def summary(person_id: uuid.UUID, on: dt.date | None = None) -> HoursSummary:
    """A person's hours as of a day (today by default). Two statements and the settings."""
    day = on or clock.today()
    held = _registrations(Qualification.person_id == person_id)
    row = db.session.execute(select(held, _required(held).label("required"))).first()
    period = _period(row, day) if row is not None else None
    sums = _sums(person_id, period)
    return HoursSummary(
        person_id=person_id,
        on=day,
        level=row.kind if row is not None else None,
        period=period,
        professional=sums.get(Category.PROFESSIONAL, (0, 0))[0],
        public=sums.get(Category.PUBLIC, (0, 0))[0],
        ever=sum(ever for _inside, ever in sums.values()),
    )


def entries(person_id: uuid.UUID) -> Select[CreditEntry]:
    """A person's entries, newest activity first."""
    query = select(CreditEntry).where(CreditEntry.person_id == person_id)
    return query.order_by(CreditEntry.occurred_on.desc(), CreditEntry.recorded_at.desc(), CreditEntry.id.desc())


def reversed_among(ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these entries have been reversed."""
    return set(db.session.scalars(select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.in_(ids))))


def entry(actor: Actor, entry_id: uuid.UUID, permission: str) -> CreditEntry:
    """One entry of a person on whom the actor holds the permission. Raises `NotFound` or `Forbidden`."""
    found = db.session.get(CreditEntry, entry_id)
    if found is None:
        raise NotFound(_("找不到这条学习记录。"))
    policy.require_person(actor, permission, found.person_id)
    return found


def unit_hours(actor: Actor, wanted: HoursFilter, on: dt.date) -> Select[Any]:
    """The persons an officer sees, with what they have and need in their present period; the earliest end first.

    Columns: person_id, name, unit, level, first_day, last_day, required, earned. One statement, whatever the filter.
    """
    held = _registrations()
    required = case((held.c.last_day.is_(None), 0), else_=_required(held))
    earned = (
        select(func.coalesce(func.sum(CreditEntry.minutes), 0))
        .where(
            CreditEntry.person_id == Person.id,
            or_(held.c.first_day.is_(None), CreditEntry.occurred_on.between(held.c.first_day, held.c.last_day)),
        )
        .correlate(Person, held)
        .scalar_subquery()
    )
    works_here = and_(
        Employment.person_id == Person.id,
        Employment.ended_on.is_(None),
        Employment.org_id.in_(policy.visible_orgs(actor, "credit:view")),
    )
    if wanted.org_id is not None:
        works_here = and_(works_here, Employment.org_id.in_(orgs.within(wanted.org_id)))
    unit = select(OrgUnit.name).join(Employment, Employment.org_id == OrgUnit.id).where(works_here)
    unit = unit.order_by(Employment.started_on.desc(), OrgUnit.id).limit(1).correlate(Person)
    query = (
        select(
            Person.id.label("person_id"),
            Person.name,
            unit.scalar_subquery().label("unit"),
            held.c.kind.label("level"),
            held.c.first_day,
            held.c.last_day,
            required.label("required"),
            earned.label("earned"),
        )
        .outerjoin(held, held.c.person_id == Person.id)
        .where(Person.state == PersonState.ACTIVE, exists(select(Employment.id).where(works_here)))
        .where(*_narrowed(wanted, held, required, earned, on))
    )
    return query.order_by(held.c.last_day.is_(None), held.c.last_day, Person.name, Person.id)


def person_hours(row: Any, on: dt.date) -> PersonHours:
    """A row of `unit_hours`."""
    return PersonHours(
        person_id=row.person_id,
        name=row.name,
        unit=row.unit,
        level=row.level,
        first_day=row.first_day,
        last_day=row.last_day,
        required=row.required,
        earned=row.earned,
        on=on,
    )


def count_short(actor: Actor, on: dt.date, due_months: int) -> int:
    """How many persons the actor sees lack hours in a period that ends within `due_months`."""
    wanted = HoursFilter(standing=Standing.SHORT, due_months=due_months)
    query = unit_hours(actor, wanted, on).order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    return db.session.scalar(query) or 0


def expiries(actor: Actor, on: dt.date, months: int = 12) -> list[tuple[dt.date, int, int]]:
    """The coming months by their first day: how many periods end in each, and how many of those lack hours.

    One statement; the database answers by day, at most a year of rows.
    """
    rows = unit_hours(actor, HoursFilter(due_months=months), on).order_by(None).subquery()
    lacking = func.sum(case((rows.c.earned < rows.c.required, 1), else_=0))
    ends: Counter[dt.date] = Counter()
    short: Counter[dt.date] = Counter()
    for day, number, without in db.session.execute(
        select(rows.c.last_day, func.count(), lacking).group_by(rows.c.last_day)
    ):
        ends[day.replace(day=1)] += number
        short[day.replace(day=1)] += without
    first = on.replace(day=1)
    coming = (clock.months_later(first, number) for number in range(months))
    return [(month, ends[month], short[month]) for month in coming]


def balances() -> Mapping[tuple[uuid.UUID, str], int]:
    """Minutes by person and category as the database adds them up, for the proof."""
    minutes = func.sum(CreditEntry.minutes)
    query = select(CreditEntry.person_id, CreditEntry.category, minutes)
    query = query.group_by(CreditEntry.person_id, CreditEntry.category).having(minutes != 0)
    return {(person_id, category.value): total for person_id, category, total in db.session.execute(query)}


def unrecorded_completions() -> list[CourseCompleted]:
    """Completed enrolments whose course grants hours but has no entry, as the events they should have told."""
    source_id = select(CreditEntry.source_id).where(CreditEntry.source == "course")
    recorded = {uuid.UUID(hex=text) for text in db.session.scalars(source_id)}
    granting = learning.completions(CourseRelease.credit_minutes > 0)
    return [completed for completed in granting if completed.enrolment_id not in recorded]


def _registrations(*only: ColumnElement[bool]) -> Subquery:
    """One row per holder: the qualification whose registration ends last, then the highest one.

    `first_day` and `registered_until` are both set, or both missing for one who has not registered.
    """
    rank = case({kind: place for place, kind in enumerate(QualificationKind)}, value=Qualification.kind)
    registered = and_(Qualification.registered_from.is_not(None), Qualification.registered_until.is_not(None))
    place = func.row_number().over(
        partition_by=Qualification.person_id,
        order_by=(case((registered, 0), else_=1), Qualification.registered_until.desc(), rank.desc()),
    )
    ranked = select(
        Qualification.person_id,
        Qualification.kind,
        case((registered, Qualification.registered_from)).label("first_day"),
        case((registered, Qualification.registered_until)).label("last_day"),
        place.label("place"),
    ).where(*only)
    inner = ranked.subquery()
    return select(inner).where(inner.c.place == 1).subquery("registration")


def _required(held: Subquery) -> ColumnElement[int]:
    """Minutes required in a period: by level, as ruled on the period's first day. A later rule leaves it alone."""
    settings = kernel().settings
    histories = settings.histories(HOURS_SETTING.values())
    by_level = {
        kind: _in_force(histories[key], settings.spec(key).default, held.c.first_day)
        for kind, key in HOURS_SETTING.items()
    }
    return case(by_level, value=held.c.kind) * 60


def _in_force(history: Sequence[SettingValue], default: int, day: ColumnElement[dt.date]) -> ColumnElement[int]:
    """A setting's value on the day of each row."""
    if not history:
        return literal(default)
    return case(*((day >= row.valid_from, row.value) for row in history), else_=literal(default))


def _narrowed(
    wanted: HoursFilter, held: Subquery, required: ColumnElement[int], earned: Any, on: dt.date
) -> list[ColumnElement[bool]]:
    """The filter's conditions."""
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        found.append(Person.name.contains(wanted.text, autoescape=True))
    if wanted.level is not None:
        found.append(held.c.kind == wanted.level)
    if wanted.due_months is not None:
        found.append(held.c.last_day.between(on, clock.months_later(on, wanted.due_months)))
    current = held.c.last_day >= on
    by_standing = {
        Standing.NO_QUALIFICATION: held.c.kind.is_(None),
        Standing.UNREGISTERED: and_(held.c.kind.is_not(None), held.c.last_day.is_(None)),
        Standing.LAPSED: held.c.last_day < on,
        Standing.SHORT: and_(current, earned < required),
        Standing.MET: and_(current, earned >= required),
    }
    return [*found, by_standing[wanted.standing]] if wanted.standing is not None else found


def _period(row: Any, on: dt.date) -> Period | None:
    if row.last_day is None:
        return None
    window = kernel().settings.value("credits.renewal_months", on)
    return Period(row.first_day, row.last_day, renew_from(row.last_day, window), row.required)


def _sums(person_id: uuid.UUID, period: Period | None) -> Mapping[Category, tuple[int, int]]:
    """Minutes by category: inside the period (all of them where there is none), and ever."""
    inside = CreditEntry.occurred_on.between(period.first_day, period.last_day) if period else true()
    query = select(
        CreditEntry.category, func.sum(case((inside, CreditEntry.minutes), else_=0)), func.sum(CreditEntry.minutes)
    )
    rows = db.session.execute(query.where(CreditEntry.person_id == person_id).group_by(CreditEntry.category))
    return {category: (int(counted), int(ever)) for category, counted, ever in rows}
