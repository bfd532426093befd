"""Reading the ledger: one person's summary, a unit's list, sums for the proof.

A person's page is computed from the entries, lists read the standing table; a command proves that both say the same.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select

from lms.access import policy
from lms.credits.cycles.accounts import account
from lms.credits.cycles.models import RANK, CreditStanding
from lms.credits.cycles.rules import PROFESSIONAL, SHORT, Status
from lms.credits.dto import HoursFilter, HoursSummary, PersonHours
from lms.credits.models import CreditEntry
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.rules import HOUR, TimeUnit
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.learning import queries as learning
from lms.learning.events import CourseCompleted
from lms.learning.models import CourseRelease
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person, PersonState, Qualification, QualificationKind


def summary(person_id: uuid.UUID, on: dt.date | None = None, known_at: dt.datetime | None = None) -> HoursSummary:
    """A person's hours as of a day (today by default), with what was recorded until a moment (everything by default).

    Four statements, whatever the history.
    """
    day = on or clock.today()
    found = account(person_id, day, known_at)
    until = [line for line in found.lines if line.occurred_on <= day]
    professional = sum(line.minutes for line in until if line.category == PROFESSIONAL)
    return HoursSummary(
        person_id=person_id,
        on=day,
        level=_level(person_id, day, found.now[0].span.level if found.now else ""),
        cycles=found.now,
        past=found.past,
        professional=professional,
        public=sum(line.minutes for line in until) - professional,
    )


def _level(person_id: uuid.UUID, on: dt.date, of_cycle: str) -> QualificationKind | None:
    """The level of the cycle looked at, or the highest certificate held on a day."""
    held = db.session.scalars(
        select(Qualification.kind).where(Qualification.person_id == person_id, Qualification.obtained_on <= on)
    ).all()
    if of_cycle in set(QualificationKind):
        return QualificationKind(of_cycle)
    return max(held, key=lambda kind: RANK[kind.value], default=None)


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
    """The persons an officer sees, with where they stand with an obligation; the earliest end first.

    Columns: person_id, name, org, level, first_day, last_day, required, counted, missing, status, time_unit,
    unit_minutes. One statement, whatever the filter.
    """
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
            unit.scalar_subquery().label("org"),
            func.coalesce(CreditStanding.level, "").label("level"),
            CreditStanding.first_day,
            CreditStanding.last_day,
            func.coalesce(CreditStanding.required, 0).label("required"),
            func.coalesce(CreditStanding.professional + CreditStanding.public + CreditStanding.carried, 0).label(
                "counted"
            ),
            func.coalesce(CreditStanding.missing, 0).label("missing"),
            CreditStanding.status,
            ObligationPolicy.unit.label("time_unit"),
            ObligationPolicy.unit_minutes,
        )
        .outerjoin(
            CreditStanding,
            and_(CreditStanding.person_id == Person.id, CreditStanding.obligation == wanted.obligation),
        )
        .outerjoin(ObligationPolicy, ObligationPolicy.id == CreditStanding.policy_id)
        .where(Person.state == PersonState.ACTIVE, exists(select(Employment.id).where(works_here)))
        .where(*_narrowed(wanted, on))
    )
    return query.order_by(CreditStanding.last_day.is_(None), CreditStanding.last_day, Person.name, Person.id)


def person_hours(row: Any) -> PersonHours:
    """A row of `unit_hours`."""
    return PersonHours(
        person_id=row.person_id,
        name=row.name,
        org=row.org,
        level=row.level,
        first_day=row.first_day,
        last_day=row.last_day,
        required=row.required,
        counted=row.counted,
        missing=row.missing,
        status=row.status or Status.NO_QUALIFICATION,
        unit=row.time_unit or TimeUnit.HOURS,
        unit_minutes=row.unit_minutes or HOUR,
    )


def count_short(actor: Actor, on: dt.date, due_months: int) -> int:
    """How many persons the actor sees lack hours in a period that ends within `due_months`."""
    wanted = HoursFilter(short=True, due_months=due_months)
    query = unit_hours(actor, wanted, on).order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    return db.session.scalar(query) or 0


def expiries(actor: Actor, on: dt.date, months: int = 12) -> list[tuple[dt.date, int, int]]:
    """The coming months by their first day: how many periods end in each, and how many of those lack hours.

    One statement; the database answers by day, at most a year of rows.
    """
    rows = unit_hours(actor, HoursFilter(due_months=months), on).order_by(None).subquery()
    lacking = func.sum(case((rows.c.missing > 0, 1), else_=0))
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


def _narrowed(wanted: HoursFilter, on: dt.date) -> list[ColumnElement[bool]]:
    """The filter's conditions."""
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        found.append(Person.name.contains(wanted.text, autoescape=True))
    if wanted.level:
        found.append(CreditStanding.level == wanted.level)
    if wanted.due_months is not None:
        found.append(CreditStanding.last_day.between(on, clock.months_later(on, wanted.due_months)))
    if wanted.short:
        found.append(CreditStanding.status.in_(SHORT))
    if wanted.status is Status.NO_QUALIFICATION:
        found.append(CreditStanding.status.is_(None))
    elif wanted.status is not None:
        found.append(CreditStanding.status == wanted.status)
    return found
