"""Stations, their places and their people."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, or_, select

from lms.access import policy as access
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.orgs.models import OrgKind, OrgUnit
from lms.people.models import Employment, Person, PersonState
from lms.practice.dto import Offer
from lms.practice.models import Placement, PracticePlaces
from lms.practice.rules import PlacementState


def offers(code: str, on: dt.date, within: uuid.UUID | None = None) -> list[Offer]:
    """The stations that take people in a category, by code; `within` narrows to a unit. Three SELECTs."""
    query = (
        select(PracticePlaces, OrgUnit.name)
        .join(OrgUnit, OrgUnit.id == PracticePlaces.org_id)
        .where(PracticePlaces.code == code, PracticePlaces.places > 0, OrgUnit.active)
        .order_by(OrgUnit.code)
    )
    if within is not None:
        query = query.where(OrgUnit.id.in_(orgs.within(within)))
    rows = db.session.execute(query).all()
    paths = orgs.paths(places.org_id for places, _name in rows)
    taken: Counter[uuid.UUID] = Counter()
    here = select(Placement.org_id, func.count()).where(
        Placement.code == code,
        Placement.state == PlacementState.ACTIVE,
        Placement.first_day <= on,
        Placement.last_day >= on,
    )
    for org_id, number in db.session.execute(here.group_by(Placement.org_id)):
        taken[org_id] = number
    return [
        Offer(places.org_id, name, paths[places.org_id], code, places.places, taken[places.org_id])
        for places, name in rows
    ]


def places_by_station(org_ids: Sequence[uuid.UUID]) -> Mapping[tuple[uuid.UUID, str], int]:
    """Places by station and category. One SELECT."""
    rows = db.session.execute(
        select(PracticePlaces.org_id, PracticePlaces.code, PracticePlaces.places).where(
            PracticePlaces.org_id.in_(org_ids)
        )
    )
    return {(org_id, code): number for org_id, code, number in rows}


def active_terms(org_id: uuid.UUID, code: str, but: uuid.UUID | None = None) -> list[tuple[dt.date, dt.date]]:
    """First and last days of the placements that fill a station's places in a category."""
    query = select(Placement.first_day, Placement.last_day).where(
        Placement.org_id == org_id, Placement.code == code, Placement.state == PlacementState.ACTIVE
    )
    if but is not None:
        query = query.where(Placement.id != but)
    return [(first, last) for first, last in db.session.execute(query)]


def staff(org_id: uuid.UUID, but: uuid.UUID, most: int = 200) -> list[tuple[uuid.UUID, str]]:
    """Who works at a station or below: whom to name as supervisor."""
    query = (
        select(Person.id, Person.name)
        .join(Employment, Employment.person_id == Person.id)
        .where(
            Employment.org_id.in_(orgs.within(org_id)),
            Employment.ended_on.is_(None),
            Person.state == PersonState.ACTIVE,
            Person.id != but,
        )
        .distinct()
        .order_by(Person.name, Person.id)
        .limit(most)
    )
    return [(person_id, name) for person_id, name in db.session.execute(query)]


def can_supervise(actor: Actor, org_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether somebody may be named as supervisor at a station: one of its people, or one that the officer sees."""
    here = select(Employment.person_id).where(Employment.org_id.in_(orgs.within(org_id)), Employment.ended_on.is_(None))
    seen = access.visible_persons(actor, "person:view")
    query = select(Person.id).where(Person.id == person_id, Person.state == PersonState.ACTIVE)
    return db.session.scalar(query.where(or_(Person.id.in_(here), Person.id.in_(seen)))) is not None


def stations(visible: Select[uuid.UUID], text: str = "") -> Select[OrgUnit]:
    """The stations among visible units, by code; `text` narrows by name or code."""
    query = select(OrgUnit).where(OrgUnit.kind == OrgKind.STATION, OrgUnit.active, OrgUnit.id.in_(visible))
    if text:
        query = query.where(orgs.matching(text))
    return query.order_by(OrgUnit.code)


def places_in(visible: Select[uuid.UUID]) -> list[tuple[uuid.UUID, str, str, int]]:
    """What visible stations take: id, name, category, places. One SELECT."""
    query = (
        select(OrgUnit.id, OrgUnit.name, PracticePlaces.code, PracticePlaces.places)
        .join(PracticePlaces, PracticePlaces.org_id == OrgUnit.id)
        .where(OrgUnit.id.in_(visible), OrgUnit.active, PracticePlaces.places > 0)
        .order_by(OrgUnit.code, PracticePlaces.code)
    )
    return [(org_id, name, code, number) for org_id, name, code, number in db.session.execute(query)]
