"""Keeping the standing table: in the transaction that writes an entry or a cycle, by a job for what the calendar does.

The table says nothing of its own: `differences` proves that it equals what is computed from the records.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

from sqlalchemy import and_, case, delete, exists, or_, select, union

from lms.credits.cycles.computing import BATCH, computed, tallied, unregistered
from lms.credits.cycles.dto import StandingRow
from lms.credits.cycles.models import KIND_RANK, RANK, CreditCycle, CreditStanding
from lms.credits.obligations.queries import Policies, policies
from lms.credits.obligations.rules import Obligation
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.bulk import insert_many, refresh_statistics
from lms.kernel.db import db
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.models import Person, Qualification

Who = Callable[[Any], Any]
COLUMNS = tuple(field.name for field in fields(StandingRow))
SOME = 500
"""Persons whose ids fit into one statement."""


def refresh(uow: UnitOfWork, person_ids: Iterable[uuid.UUID]) -> None:
    """Write anew where persons stand today. Whoever writes for the same person waits: nobody's entry is missed."""
    for some in some_of(sorted(set(person_ids))):
        hold(uow, some)
        _write(uow, _one_of(some), policies())


def hold(uow: UnitOfWork, person_ids: Iterable[uuid.UUID]) -> None:
    """Let nobody else write cycles or standings of these persons until the transaction ends.

    Locks are taken in the order of the ids. SQLite has one writer at a time anyway.
    """
    _hold(uow, _one_of(sorted(set(person_ids))))


def _hold(uow: UnitOfWork, who: Who) -> None:
    query = select(Person.id).where(who(Person.id)).order_by(Person.id)
    uow.session.execute(query.with_for_update(key_share=True)).all()


def refresh_due(done: Callable[[int], None] = lambda _number: None) -> int:
    """Rows whose day has come, or from before a policy that now reaches them. How many persons it were.

    Each batch is a transaction of its own, so that it may break off and be run again.
    """
    number = 0
    for some in some_of(due()):
        with unit_of_work(SYSTEM) as uow:
            refresh(uow, some)
        number += len(some)
        done(number)
    return number


def due() -> Sequence[uuid.UUID]:
    """Persons whose row is no longer that of today."""
    today = clock.today()
    reached = [
        and_(CreditStanding.obligation == obligation, CreditStanding.as_of < version.valid_from)
        for obligation, versions in policies().items()
        for version in versions
        if version.running and version.valid_from <= today
    ]
    condition = or_(CreditStanding.next_change_on <= today, *reached)
    return db.session.scalars(select(CreditStanding.person_id).where(condition).distinct()).all()


def rebuild(done: Callable[[int], None] = lambda _number: None) -> int:
    """Throw the table away and make it anew, thousands of persons at a time. How many rows there are now.

    Whoever writes for one of them meanwhile waits, as everywhere: no entry is missed.
    """
    number = 0
    for who in everybody():
        with unit_of_work(SYSTEM) as uow:
            _hold(uow, who)
            number += _write(uow, who, policies())
        done(number)
    with unit_of_work(SYSTEM) as uow:
        refresh_statistics(uow.session, CreditStanding.person_id)
    return number


@dataclass(frozen=True, slots=True)
class Between:
    """Persons from one id to another: a condition on a column, and of an id whether it is one of them."""

    first: uuid.UUID
    last: uuid.UUID

    def __call__(self, column: Any) -> Any:
        return column.between(self.first, self.last)

    def __contains__(self, person_id: uuid.UUID) -> bool:
        return self.first <= person_id <= self.last


def everybody() -> Iterator[Between]:
    """All persons in parts, in the order of their ids."""
    ids = db.session.scalars(select(Person.id).order_by(Person.id)).all()
    for some in some_of(ids, BATCH):
        yield Between(some[0], some[-1])


def _one_of(ids: Sequence[uuid.UUID]) -> Who:
    return lambda column: column.in_(ids)


def rows(who: Who, by: Policies, on: dt.date) -> Iterator[StandingRow]:
    """Where persons stand on a day, from the records."""
    return chain(computed(tallied(who, on), by, on), unregistered(who))


def differences() -> Iterator[tuple[uuid.UUID, str]]:
    """Where the table is not what the records say today: (person, what). Empty when it holds."""
    today, by = clock.today(), policies()
    for who in everybody():
        kept = {
            (row.person_id, row.obligation): tuple(getattr(row, name) for name in COLUMNS)
            for row in db.session.scalars(select(CreditStanding).where(who(CreditStanding.person_id)))
        }
        true = {(row.person_id, row.obligation): values(row) for row in rows(who, by, today)}
        for key in sorted(kept.keys() | true.keys()):
            if kept.get(key) != true.get(key):
                yield key[0], f"{key[1]}: kept {_brief(kept.get(key))}, computed {_brief(true.get(key))}"
        db.session.expunge_all()


def values(row: StandingRow) -> tuple[Any, ...]:
    """A row in the order of `COLUMNS`."""
    return tuple(getattr(row, name) for name in COLUMNS)


def without_row() -> Sequence[uuid.UUID]:
    """Persons with a cycle or a certificate that the table does not know: a roster's, a database upgraded.

    The row of a registration knows every certificate; that of none knows those up to its level.
    """
    of_cycle = exists().where(
        CreditStanding.person_id == CreditCycle.person_id, CreditStanding.obligation == CreditCycle.obligation
    )
    knows = case(RANK, value=CreditStanding.level) >= case(KIND_RANK, value=Qualification.kind)
    of_certificate = exists().where(
        CreditStanding.person_id == Qualification.person_id,
        CreditStanding.obligation == Obligation.REGISTRATION,
        or_(CreditStanding.cycle_id.is_not(None), knows),
    )
    cycles = select(CreditCycle.person_id).where(~CreditCycle.void, ~of_cycle)
    certificates = select(Qualification.person_id).where(~of_certificate)
    return sorted(db.session.scalars(union(cycles, certificates)))


def _write(uow: UnitOfWork, who: Who, by: Policies) -> int:
    today = clock.today()
    new = [(*values(row), today) for row in rows(who, by, today)]
    uow.session.execute(
        delete(CreditStanding).where(who(CreditStanding.person_id)).execution_options(synchronize_session=False)
    )
    insert_many(uow.session, CreditStanding, (*COLUMNS, "as_of"), new)
    return len(new)


def some_of(ids: Sequence[uuid.UUID], size: int = SOME) -> Iterator[Sequence[uuid.UUID]]:
    """The ids, so many at a time."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _brief(found: tuple[Any, ...] | None) -> str:
    return "nothing" if found is None else ", ".join(str(one) for one in found[3:])
