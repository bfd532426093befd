"""From the records to where people stand: sums are made by the database, what they mean is decided by the rules.

One way for one person and for the whole city, for what is and for what a drafted policy would do.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import and_, case, func, select

from lms.credits.cycles import rules
from lms.credits.cycles.dto import StandingRow
from lms.credits.cycles.models import RANK, CreditCycle
from lms.credits.cycles.rules import Span, Status, Sums
from lms.credits.models import Category, CreditEntry
from lms.credits.obligations import rules as obligations
from lms.credits.obligations.dto import Policy
from lms.credits.obligations.queries import Policies
from lms.credits.obligations.rules import Obligation
from lms.kernel.db import db
from lms.people.models import Qualification

BATCH = 5000


@dataclass(frozen=True, slots=True)
class Tallied:
    """A cycle with the sums of its entries. `cycle_id` is None for one that would be opened."""

    cycle_id: uuid.UUID | None
    person_id: uuid.UUID
    obligation: Obligation
    span: Span
    sums: Sums


def tallied(who: Any, on: dt.date, only: Collection[Obligation] = tuple(Obligation)) -> Iterator[Tallied]:
    """The cycles of persons with their sums on a day, person by person. `who` makes the condition from a column."""
    ends = func.coalesce(CreditCycle.extended_to, CreditCycle.last_day)
    inside = and_(
        CreditEntry.person_id == CreditCycle.person_id,
        CreditEntry.occurred_on.between(CreditCycle.first_day, ends),
        who(CreditEntry.person_id),  # said twice: a part of the city is then read by its index, not out of everything
    )
    until = CreditEntry.occurred_on <= on
    query = (
        select(
            CreditCycle.id,
            CreditCycle.person_id,
            CreditCycle.obligation,
            CreditCycle.level,
            CreditCycle.first_day,
            CreditCycle.last_day,
            CreditCycle.extended_to,
            CreditCycle.freed,
            func.sum(case((and_(until, CreditEntry.category == Category.PROFESSIONAL), CreditEntry.minutes), else_=0)),
            func.sum(case((and_(until, CreditEntry.category == Category.PUBLIC), CreditEntry.minutes), else_=0)),
            func.min(case((CreditEntry.occurred_on > on, CreditEntry.occurred_on))),
        )
        .outerjoin(CreditEntry, inside)
        .where(~CreditCycle.void, CreditCycle.obligation.in_(only), who(CreditCycle.person_id))
        .group_by(CreditCycle.id)
        .order_by(CreditCycle.person_id, CreditCycle.obligation, CreditCycle.first_day)
    )
    for row in db.session.execute(query):
        cycle_id, person_id, obligation, level, first, last, extended, freed, professional, public, after = row
        span = Span(first, extended or last, level, obligation is Obligation.REGISTRATION, freed)
        yield Tallied(cycle_id, person_id, obligation, span, Sums(int(professional or 0), int(public or 0), after))


def in_year(who: Any, year: int, on: dt.date) -> Mapping[uuid.UUID, Sums]:
    """The sums of persons in a calendar year until a day: what a cycle that would be opened for it would hold."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    until = CreditEntry.occurred_on <= on
    query = (
        select(
            CreditEntry.person_id,
            func.sum(case((and_(until, CreditEntry.category == Category.PROFESSIONAL), CreditEntry.minutes), else_=0)),
            func.sum(case((and_(until, CreditEntry.category == Category.PUBLIC), CreditEntry.minutes), else_=0)),
            func.min(case((CreditEntry.occurred_on > on, CreditEntry.occurred_on))),
        )
        .where(CreditEntry.occurred_on.between(first, last), who(CreditEntry.person_id))
        .group_by(CreditEntry.person_id)
    )
    return {
        person_id: Sums(int(professional), int(public), after)
        for person_id, professional, public, after in db.session.execute(query)
    }


def unregistered(who: Any) -> Iterator[StandingRow]:
    """Persons with a certificate and no registration."""
    has_cycle = (
        select(CreditCycle.id)
        .where(
            CreditCycle.person_id == Qualification.person_id,
            CreditCycle.obligation == Obligation.REGISTRATION,
            ~CreditCycle.void,
        )
        .exists()
    )
    query = select(Qualification.person_id, Qualification.kind).where(~has_cycle, who(Qualification.person_id))
    highest: dict[uuid.UUID, str] = {}
    for person_id, kind in db.session.execute(query):
        highest[person_id] = max(kind.value, highest.get(person_id, kind.value), key=RANK.__getitem__)
    for person_id, level in highest.items():
        nothing = (None, None, None, None, None, None, None)
        yield StandingRow(person_id, Obligation.REGISTRATION, level, *nothing, 0, 0, 0, 0, 0, Status.UNREGISTERED, None)


def computed(cycles: Iterable[Tallied], policies: Policies, on: dt.date) -> Iterator[StandingRow]:
    """Where people stand on a day by policies. `cycles` come person by person, obligation by obligation."""
    for (person_id, obligation), group in groupby(cycles, key=lambda one: (one.person_id, one.obligation)):
        yield _row(person_id, obligation, list(group), policies[obligation], on)


def _row(
    person_id: uuid.UUID,
    obligation: Obligation,
    cycles: Sequence[Tallied],
    versions: Sequence[Policy],
    on: dt.date,
) -> StandingRow:
    spans = [one.span for one in cycles]
    place = rules.current(spans, on, RANK)
    assert place is not None  # noqa: S101 - a group is never empty
    span, sums = spans[place], cycles[place].sums
    policy = ruled(versions, span, on)
    terms = policy.terms
    found = rules.balance(terms, span, sums, handed_on(cycles, place, versions, on), on)
    days = rules.dates(terms, span)
    begins = [other.first_day for other in spans]
    followed = rules.followed_until(spans, place)
    return StandingRow(
        person_id, obligation, span.level, cycles[place].cycle_id, policy.id, span.first_day, span.last_day,
        days.window_from, days.late_until, followed, found.required, found.professional, found.public, found.carried,
        found.missing, rules.status(terms, span, found, on), rules.next_change(terms, span, sums, on, begins),
    )  # fmt: skip


def handed_on(cycles: Sequence[Tallied], place: int, versions: Sequence[Policy], on: dt.date) -> int:
    """The surplus of the cycle before one."""
    before = rules.before([one.span for one in cycles], place)
    if before is None:
        return 0
    span = cycles[before].span
    return rules.surplus(ruled(versions, span, on).terms, span, cycles[before].sums)


def ruled(versions: Sequence[Policy], span: Span, on: dt.date) -> Policy:
    """The policy of a cycle on a day, its late window as it is then."""
    policy = obligations.ruling(versions, span.first_day, span.last_day, on)
    late = obligations.late_ruling(versions, span.first_day, on).terms.late_months
    return (
        policy if late == policy.terms.late_months else replace(policy, terms=replace(policy.terms, late_months=late))
    )
