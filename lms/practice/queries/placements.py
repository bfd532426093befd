"""Placements, and what pages show beside them. Who may see which is asked of `policy`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people.models import Person
from lms.practice import policy, rules
from lms.practice.dto import PlacementFilter, PlacementLine
from lms.practice.models import Placement, PracticeEntry, PracticeLog, PracticeRule
from lms.practice.rules import LogState, PlacementState, Progress


def own(person_id: uuid.UUID) -> list[Placement]:
    """A person's placements, live ones first, then the latest."""
    live = case((Placement.state.in_(rules.LIVE), 0), else_=1)
    query = select(Placement).where(Placement.person_id == person_id)
    return list(db.session.scalars(query.order_by(live, Placement.first_day.desc(), Placement.id.desc())))


def active_of(person_id: uuid.UUID, on: dt.date) -> list[Placement]:
    """The placements in which a person may log hours on a day, or could until lately."""
    mine = Placement.person_id == person_id, Placement.state == PlacementState.ACTIVE, Placement.first_day <= on
    return list(db.session.scalars(select(Placement).where(*mine).order_by(Placement.first_day, Placement.id)))


def listed(actor: Actor, wanted: PlacementFilter) -> Select[Placement]:
    """The placements an officer sees: what waits for a decision first, then the latest."""
    query = (
        select(Placement)
        .join(Person, Person.id == Placement.person_id)
        .join(OrgUnit, OrgUnit.id == Placement.org_id)
        .where(policy.visible(actor))
    )
    if wanted.text:
        query = query.where(
            or_(*(one.contains(wanted.text, autoescape=True) for one in (Person.name, OrgUnit.name)))
        )  # fmt: skip
    if wanted.code:
        query = query.where(Placement.code == wanted.code)
    if wanted.state is not None:
        query = query.where(Placement.state == wanted.state)
    if wanted.org_id is not None:
        query = query.where(Placement.org_id.in_(orgs.within(wanted.org_id)))
    if wanted.station_id is not None:
        query = query.where(Placement.org_id == wanted.station_id)
    waits = case((Placement.state == PlacementState.APPLIED, 0), else_=1)
    return query.order_by(waits, Placement.first_day.desc(), Placement.id.desc())


def stations_in(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The stations of the placements an officer sees, for the filter."""
    query = select(OrgUnit.id, OrgUnit.name).where(
        OrgUnit.id.in_(select(Placement.org_id).where(policy.visible(actor)))
    )
    return [(org_id, name) for org_id, name in db.session.execute(query.order_by(OrgUnit.code).limit(300))]


def lines(placements: Sequence[Placement]) -> list[PlacementLine]:
    """Placements with what a page shows beside them. Five SELECTs, whatever their number."""
    rule_of = _by_id(PracticeRule, {one.rule_id for one in placements})
    station_of = _by_id(OrgUnit, {one.org_id for one in placements})
    name_of = names({one.person_id for one in placements} | {one.supervisor_id for one in placements})
    ids = [one.id for one in placements]
    had, waiting = sums(ids), _waiting(ids)
    return [
        PlacementLine(
            placement=one,
            rule=rule_of[one.rule_id],
            person=name_of.get(one.person_id, ""),
            station=station_of[one.org_id].name,
            supervisor=name_of.get(one.supervisor_id, "") if one.supervisor_id else "",
            progress=Progress(*had.get(one.id, (0, 0)), rule_of[one.rule_id].figures()),
            waiting=waiting.get(one.id, 0),
        )
        for one in placements
    ]


def sums(placement_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[int, int]]:
    """What is signed off in each placement: minutes and reflections. One SELECT."""
    counted = case((PracticeEntry.reflected.is_(False), 0), (PracticeEntry.minutes > 0, 1), else_=-1)
    query = select(PracticeEntry.placement_id, func.sum(PracticeEntry.minutes), func.sum(counted))
    rows = db.session.execute(
        query.where(PracticeEntry.placement_id.in_(placement_ids)).group_by(PracticeEntry.placement_id)
    )
    return {placement_id: (int(minutes), int(reflections)) for placement_id, minutes, reflections in rows}


def names(person_ids: Iterable[uuid.UUID | None]) -> Mapping[uuid.UUID, str]:
    """Names by id. One SELECT."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_([one for one in person_ids if one])))
    return dict(rows.all())


def _waiting(placement_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    query = select(PracticeLog.placement_id, func.count()).where(
        PracticeLog.placement_id.in_(placement_ids), PracticeLog.state == LogState.SENT
    )
    rows = db.session.execute(query.group_by(PracticeLog.placement_id))
    return dict(rows.all())


def _by_id(model: Any, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Any]:
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(list(ids))))}
