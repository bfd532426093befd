"""Appointments: who holds what on a day, lists for officers, ratios by county."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from lms.access import policy as access
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES, OrgClosure, OrgUnit
from lms.people.models import Employment, Person
from lms.programmes import policy, rules
from lms.programmes.appointment_models import Appointment, AppointmentAssessment, AppointmentEnd, EndKind
from lms.programmes.models import Programme
from lms.programmes.rules import Held


def held_on(day: dt.date) -> ColumnElement[bool]:
    """Appointments that are held on a day. Needs `AppointmentEnd` joined outer."""
    return (
        (Appointment.starts_on <= day)
        & or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day)
        & or_(AppointmentEnd.id.is_(None), AppointmentEnd.last_day >= day)
    )


def with_ends() -> Select[Appointment, AppointmentEnd]:
    """Appointments with how they ended."""
    return select(Appointment, AppointmentEnd).outerjoin(
        AppointmentEnd, AppointmentEnd.appointment_id == Appointment.id
    )


def last_day(appointment: Appointment, end: AppointmentEnd | None) -> dt.date | None:
    """The last day an appointment is or was held; None for no end."""
    days = [day for day in (appointment.ends_on, end.last_day if end else None) if day is not None]
    return min(days, default=None)


def of_person(person_id: uuid.UUID) -> Sequence[tuple[Appointment, AppointmentEnd | None]]:
    """A person's appointments, the latest first."""
    query = with_ends().where(Appointment.person_id == person_id)
    rows = db.session.execute(query.order_by(Appointment.starts_on.desc(), Appointment.id))
    return [(appointment, end) for appointment, end in rows]


def is_held(appointment: Appointment, end: AppointmentEnd | None, on: dt.date) -> bool:
    """Whether an appointment is held on a day."""
    return rules.is_held(appointment.starts_on, last_day(appointment, end), on)


def held_by(person_id: uuid.UUID, on: dt.date) -> list[tuple[Appointment, dt.date | None]]:
    """What a person holds on a day with the last day of each, the latest first."""
    return [(one, last_day(one, end)) for one, end in of_person(person_id) if is_held(one, end, on)]


def further_term(appointment_id: uuid.UUID) -> Appointment | None:
    """The term that follows an appointment by renewal and stands."""
    query = with_ends().where(Appointment.renews_id == appointment_id, AppointmentEnd.id.is_(None))
    return db.session.scalars(query).first()


def corrected(key: str) -> int:
    """How many appointments that were recorded under a key have been taken back as errors of the record."""
    query = select(func.count()).select_from(Appointment).join(AppointmentEnd)
    same = Appointment.key.startswith(key, autoescape=True)
    return db.session.scalar(query.where(same, AppointmentEnd.kind == EndKind.CORRECTED)) or 0


def spans(programme: str, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[tuple[dt.date, dt.date | None]]]:
    """From when to when each person has held what a programme gives. One SELECT."""
    query = with_ends().where(Appointment.programme == programme, Appointment.person_id.in_(person_ids))
    found: dict[uuid.UUID, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
    for appointment, end in db.session.execute(query):
        found[appointment.person_id].append((appointment.starts_on, last_day(appointment, end)))
    return found


class Status(enum.StrEnum):
    """How a list of appointments is narrowed by where they are in their term."""

    HELD = "held"
    SOON = "soon"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class AppointmentFilter:
    """What an officer's list is narrowed to."""

    text: str = ""
    programme: str = ""
    org_id: uuid.UUID | None = None
    status: Status | None = None


def narrowed(actor: Actor, text: str, programme: str, org_id: uuid.UUID | None) -> Iterator[ColumnElement[bool]]:
    """What an officer sees of appointments joined to persons: by name, programme and unit, where these are given."""
    yield policy.visible_appointments(actor)
    if text:
        yield Person.name.contains(text, autoescape=True)
    if programme:
        yield Appointment.programme == programme
    if org_id is not None:
        yield Appointment.org_id.in_(orgs.within(org_id))


def listed(
    actor: Actor, wanted: AppointmentFilter, today: dt.date, soon: dt.date
) -> Select[Appointment, AppointmentEnd, str]:
    """The appointments an officer sees with their ends and the people's names, those that end first ahead."""
    query = with_ends().join(Person, Person.id == Appointment.person_id).add_columns(Person.name)
    query = query.where(*narrowed(actor, wanted.text, wanted.programme, wanted.org_id))
    if wanted.status is Status.OVER:
        query = query.where(~held_on(today))
    elif wanted.status is not None:
        query = query.where(held_on(today))
        if wanted.status is Status.SOON:
            query = query.where(Appointment.ends_on <= soon)
    return query.order_by(Appointment.ends_on.is_(None), Appointment.ends_on, Appointment.id)


def assessments(appointment_id: uuid.UUID) -> Sequence[AppointmentAssessment]:
    """The assessments that count, the latest year first."""
    query = select(AppointmentAssessment).where(AppointmentAssessment.appointment_id == appointment_id)
    latest: dict[int, AppointmentAssessment] = {}
    for row in db.session.scalars(query.order_by(AppointmentAssessment.revision)):
        latest[row.year] = row
    return [latest[year] for year in sorted(latest, reverse=True)]


def renewed(appointment_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Which appointments have a further term after them."""
    found = select(Appointment.renews_id).where(Appointment.renews_id.in_(list(appointment_ids)))
    return {one for one in db.session.scalars(found) if one is not None}


def all_held() -> list[Held]:
    """Every appointment with its days and rung, for the checks. One SELECT."""
    query = with_ends().join(Programme, Programme.code == Appointment.programme).add_columns(Programme)
    return [
        Held(one.id, one.person_id, one.programme, programme.rung, one.starts_on, last_day(one, end))
        for one, end, programme in db.session.execute(query.order_by(Appointment.id))
    ]


@dataclass(frozen=True, slots=True)
class CountyLine:
    """A county: people employed there, and how many of them hold each programme."""

    org_id: uuid.UUID
    name: str
    workers: int
    held: Mapping[str, int]


def by_county(actor: Actor, codes: Sequence[str], today: dt.date) -> list[CountyLine]:
    """The counties an officer sees with their workers and who of them holds what. Three SELECTs."""
    county = aliased(OrgClosure)
    visible = access.visible_orgs(actor, policy.VIEW)
    units = db.session.execute(
        select(OrgUnit.id, OrgUnit.name)
        .where(OrgUnit.kind.in_(COUNTIES), OrgUnit.active, OrgUnit.id.in_(visible))
        .order_by(OrgUnit.code)
    ).all()
    employed = (
        select(Employment.person_id, county.ancestor_id.label("county_id"))
        .join(county, county.descendant_id == Employment.org_id)
        .where(Employment.ended_on.is_(None), county.ancestor_id.in_([unit.id for unit in units]))
        .distinct()
        .subquery()
    )
    by_unit = db.session.execute(select(employed.c.county_id, func.count()).group_by(employed.c.county_id))
    workers: dict[uuid.UUID, int] = {county_id: int(count) for county_id, count in by_unit}
    held: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    counted = (
        select(employed.c.county_id, Appointment.programme, func.count(func.distinct(Appointment.person_id)))
        .join(Appointment, Appointment.person_id == employed.c.person_id)
        .outerjoin(AppointmentEnd, AppointmentEnd.appointment_id == Appointment.id)
        .where(Appointment.programme.in_(codes), held_on(today))
        .group_by(employed.c.county_id, Appointment.programme)
    )
    for county_id, code, count in db.session.execute(counted):
        held[county_id][code] = int(count)
    return [CountyLine(unit.id, unit.name, workers.get(unit.id, 0), held[unit.id]) for unit in units]
