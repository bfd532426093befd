"""Opening cycles: for registrations as people records them, for each calendar year. Opened twice, it is one cycle."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, case, exists, or_, select

from lms.credits.cycles import rules
from lms.credits.cycles.models import KIND_RANK, RANK, ChangeKind, CreditCycle, CycleChange
from lms.credits.cycles.rules import Opened, Registered
from lms.credits.cycles.standing import hold, refresh, some_of
from lms.credits.obligations import rules as obligations
from lms.credits.obligations.queries import Policies, policies
from lms.credits.obligations.rules import UNCERTIFIED, Obligation
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new_rows
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.events import QualificationRecorded
from lms.people.models import Employment, Person, PersonState, Qualification, QualificationKind


def on_qualification(event: QualificationRecorded) -> None:
    """Follow a recorded or renewed registration, in its transaction."""
    with unit_of_work(SYSTEM) as uow:
        sync(uow, [event.person_id])
        open_year(uow, clock.today().year, [event.person_id])
        refresh(uow, [event.person_id])


def open_all() -> int:
    """Open what is missing for the whole city: after a roster, at the new year. How many persons it concerned."""
    number = 0
    for some in some_of(unfollowed()):
        with unit_of_work(SYSTEM) as uow:
            sync(uow, some)
            refresh(uow, some)
        number += len(some)
    for some in some_of(sorted(missing_year(clock.today().year, policies()))):
        with unit_of_work(SYSTEM) as uow:
            open_year(uow, clock.today().year, some)
            refresh(uow, some)
        number += len(some)
    return number


def unfollowed() -> Sequence[uuid.UUID]:
    """Persons with a registration whose cycle is not there, or ends on another day. One SELECT."""
    followed = exists().where(
        CreditCycle.person_id == Qualification.person_id,
        CreditCycle.obligation == Obligation.REGISTRATION,
        CreditCycle.first_day == Qualification.registered_from,
        ~CreditCycle.void,
        or_(
            and_(CreditCycle.level == Qualification.kind, CreditCycle.last_day == Qualification.registered_until),
            case(RANK, value=CreditCycle.level) > case(KIND_RANK, value=Qualification.kind),
        ),
    )
    registered = Qualification.registered_from.is_not(None), Qualification.registered_until.is_not(None)
    query = select(Qualification.person_id).where(*registered, ~followed).distinct()
    return db.session.scalars(query.order_by(Qualification.person_id)).all()


def sync(uow: UnitOfWork, person_ids: Collection[uuid.UUID]) -> None:
    """Let the registration cycles of persons be what their recorded registrations say."""
    hold(uow, person_ids)
    held, cycles, versions = _registered(person_ids), _opened(person_ids), policies()
    wanted: list[dict[str, Any]] = []
    for person_id in person_ids:
        there = cycles.get(person_id, ())
        live = [Opened(one.id, one.first_day, one.last_day, one.level) for one in there if not one.void]
        plan = rules.plan(held.get(person_id, ()), live, RANK)
        aside = {one.first_day: one for one in there if one.void}
        for new in plan.open:
            if new.first_day in aside:
                _put_right(uow, aside[new.first_day], new)
            else:
                wanted.append(_row(person_id, Obligation.REGISTRATION, new, versions))
        by_id = {one.id: one for one in there}
        for cycle_id, new in plan.put_right:
            _put_right(uow, by_id[cycle_id], new)
        for cycle_id in plan.set_aside:
            by_id[cycle_id].void = True
            record(uow, by_id[cycle_id], ChangeKind.SET_ASIDE)
    _open(uow, wanted)
    uow.session.flush()


def open_year(uow: UnitOfWork, year: int, person_ids: Collection[uuid.UUID]) -> None:
    """Open the year's cycles of those among the persons who fall under the yearly obligation and have none."""
    versions = policies()
    found = missing_year(year, versions, person_ids)
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    _open(uow, [
        _row(person_id, Obligation.YEAR, Registered(first, last, level), versions) for person_id, level in found.items()
    ])  # fmt: skip


def missing_year(
    year: int, versions: Policies, only: Collection[uuid.UUID] | None = None, on: dt.date | None = None
) -> Mapping[uuid.UUID, str]:
    """Who falls under the yearly obligation of a year and has no cycle: the level they had on its first day.

    Whoever obtains a certificate during a year falls under it from the next year on. Two SELECTs.
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    if Obligation.YEAR not in versions:
        return {}
    terms = obligations.ruling(versions[Obligation.YEAR], first, last, on or clock.today()).terms
    if not terms.is_on:
        return {}
    found: dict[uuid.UUID, str] = {}
    for person_id, level in db.session.execute(_holders(first, only)):
        found[person_id] = max(level.value, found.get(person_id, level.value), key=RANK.__getitem__)
    if terms.owes(UNCERTIFIED):
        found |= dict.fromkeys(db.session.scalars(_employed(first, only)), UNCERTIFIED)
    return {person_id: level for person_id, level in found.items() if terms.owes(level)}


def record(uow: UnitOfWork, cycle: CreditCycle, kind: ChangeKind, reason: str = "") -> None:
    """Keep how a cycle stands after a change."""
    uow.session.add(
        CycleChange(
            id=new_id(), cycle_id=cycle.id, kind=kind, level=cycle.level, last_day=cycle.last_day,
            extended_to=cycle.extended_to, freed=cycle.freed, void=cycle.void, reason=reason,
            changed_by=uow.actor.person_id, changed_at=clock.now(),
        )
    )  # fmt: skip


def _registered(person_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Registered]]:
    query = select(Qualification).where(
        Qualification.person_id.in_(person_ids),
        Qualification.registered_from.is_not(None),
        Qualification.registered_until.is_not(None),
    )
    found: dict[uuid.UUID, list[Registered]] = {}
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        if row.registered_from and row.registered_until:
            period = Registered(row.registered_from, row.registered_until, row.kind.value)
            found.setdefault(row.person_id, []).append(period)
    return found


def _opened(person_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[CreditCycle]]:
    query = select(CreditCycle).where(
        CreditCycle.person_id.in_(person_ids), CreditCycle.obligation == Obligation.REGISTRATION
    )
    found: dict[uuid.UUID, list[CreditCycle]] = {}
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        found.setdefault(row.person_id, []).append(row)
    return found


def _put_right(uow: UnitOfWork, cycle: CreditCycle, new: Registered) -> None:
    """What people records now; an extension that is not one any more falls away."""
    cycle.level, cycle.void = new.level, False
    if cycle.extended_to is not None and cycle.extended_to <= new.last_day:
        cycle.extended_to = None
    cycle.last_day = new.last_day
    record(uow, cycle, ChangeKind.PUT_RIGHT)


def _row(person_id: uuid.UUID, obligation: Obligation, period: Registered, versions: Policies) -> dict[str, Any]:
    policy = obligations.ruling(versions[obligation], period.first_day, period.last_day, period.first_day)
    return {
        "id": new_id(), "person_id": person_id, "obligation": obligation, "level": period.level,
        "first_day": period.first_day, "last_day": period.last_day, "extended_to": None, "freed": False,
        "void": False, "policy_id": policy.id, "opened_at": clock.now(),
    }  # fmt: skip


def _open(uow: UnitOfWork, wanted: Sequence[Mapping[str, Any]]) -> None:
    new = insert_new_rows(uow.session, CreditCycle, wanted, CreditCycle.id)
    opened = [
        {
            "id": new_id(), "cycle_id": row["id"], "kind": ChangeKind.OPENED, "level": row["level"],
            "last_day": row["last_day"], "extended_to": None, "freed": False, "void": False, "reason": "",
            "changed_by": uow.actor.person_id, "changed_at": row["opened_at"],
        }
        for row in wanted if row["id"] in new
    ]  # fmt: skip
    insert_new_rows(uow.session, CycleChange, opened, CycleChange.id)


def _holders(first: dt.date, only: Collection[uuid.UUID] | None) -> Select[uuid.UUID, QualificationKind]:
    query = select(Qualification.person_id, Qualification.kind).where(
        Qualification.obtained_on <= first, ~_has_cycle(Qualification.person_id, first)
    )
    return query if only is None else query.where(Qualification.person_id.in_(only))


def _employed(first: dt.date, only: Collection[uuid.UUID] | None) -> Select[uuid.UUID]:
    """Who works on a day and held no certificate then."""
    held = exists().where(Qualification.person_id == Person.id, Qualification.obtained_on <= first)
    works = exists().where(
        Employment.person_id == Person.id,
        Employment.started_on <= first,
        or_(Employment.ended_on.is_(None), Employment.ended_on >= first),
    )
    query = select(Person.id).where(Person.state == PersonState.ACTIVE, works, ~held, ~_has_cycle(Person.id, first))
    return query if only is None else query.where(Person.id.in_(only))


def _has_cycle(person_id: Any, first: dt.date) -> Any:
    return exists().where(
        and_(
            CreditCycle.person_id == person_id,
            CreditCycle.obligation == Obligation.YEAR,
            CreditCycle.first_day == first,
        )
    )
