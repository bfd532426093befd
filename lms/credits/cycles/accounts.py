"""One person's cycles on any day, as known at any moment. A constant number of statements whatever the history."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from lms.credits.cycles import rules
from lms.credits.cycles.computing import ruled
from lms.credits.cycles.dto import CycleView
from lms.credits.cycles.models import RANK, CreditCycle, CycleChange
from lms.credits.cycles.rules import Span, Sums
from lms.credits.models import CreditEntry
from lms.credits.obligations.dto import Policy
from lms.credits.obligations.queries import Policies, policies
from lms.credits.obligations.rules import Obligation
from lms.credits.rules import Line
from lms.kernel.db import db


@dataclass(frozen=True, slots=True)
class Account:
    """A person's cycles on a day: `now` the one looked at of each obligation, `past` the others, the latest first."""

    now: tuple[CycleView, ...]
    past: tuple[CycleView, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Cycle:
    id: uuid.UUID
    obligation: Obligation
    span: Span
    registered_until: dt.date


def account(person_id: uuid.UUID, on: dt.date, known_at: dt.datetime | None = None) -> Account:
    """How a person stands on a day, with what was recorded until a moment (everything by default). Three SELECTs."""
    by, cycles, lines = policies(known_at), _cycles(person_id, known_at), entry_lines(person_id, known_at)
    now: list[CycleView] = []
    past: list[CycleView] = []
    for obligation in Obligation:
        group = [cycle for cycle in cycles if cycle.obligation is obligation]
        if not group or obligation not in by:
            continue
        place = rules.current([cycle.span for cycle in group], on, RANK)
        views = [_view(group, number, by, lines, on, looked_at=number == place) for number in range(len(group))]
        now.extend(view for number, view in enumerate(views) if number == place)
        past.extend(view for number, view in enumerate(views) if number != place)
    past.sort(key=lambda view: (view.last_day, view.first_day), reverse=True)
    return Account(tuple(now), tuple(past), tuple(lines))


def entry_lines(person_id: uuid.UUID, known_at: dt.datetime | None = None) -> list[Line]:
    """The entries of a person as the rules see them."""
    columns = (
        CreditEntry.id,
        CreditEntry.person_id,
        CreditEntry.minutes,
        CreditEntry.category,
        CreditEntry.occurred_on,
        CreditEntry.reverses_id,
    )
    query = select(*columns).where(CreditEntry.person_id == person_id)
    if known_at is not None:
        query = query.where(CreditEntry.recorded_at <= known_at)
    return [
        Line(entry_id, person, minutes, category.value, day, reverses_id)
        for entry_id, person, minutes, category, day, reverses_id in db.session.execute(query)
    ]


def sums(lines: Sequence[Line], span: Span, on: dt.date) -> Sums:
    """What the entries of a cycle come to on a day."""
    inside = [line for line in lines if span.first_day <= line.occurred_on <= span.last_day]
    until = [line for line in inside if line.occurred_on <= on]
    professional = sum(line.minutes for line in until if line.category == rules.PROFESSIONAL)
    after = min((line.occurred_on for line in inside if line.occurred_on > on), default=None)
    return Sums(professional, sum(line.minutes for line in until) - professional, after)


def _view(
    group: Sequence[_Cycle], place: int, by: Policies, lines: Sequence[Line], on: dt.date, *, looked_at: bool
) -> CycleView:
    """One of the cycles. A registration that another one followed has not run out: it was met, or it was not."""
    cycle = group[place]
    policy = _ruled(cycle, by, on)
    terms, span = policy.terms, cycle.span
    handed_on = 0
    before = rules.before([one.span for one in group], place)
    if before is not None:
        earlier = group[before]
        handed_on = rules.surplus(_ruled(earlier, by, on).terms, earlier.span, sums(lines, earlier.span, on))
    found = rules.balance(terms, span, sums(lines, span, on), handed_on, on)
    return CycleView(
        cycle_id=cycle.id,
        obligation=cycle.obligation,
        span=span,
        registered_until=cycle.registered_until,
        policy=policy,
        days=rules.dates(terms, span),
        balance=found,
        status=rules.status(terms, span if looked_at else replace(span, renewed=False), found, on),
        followed_until=rules.followed_until([one.span for one in group], place),
        on=on,
        lines=rules.line_by_line(terms, span, lines, on),
    )


def _ruled(cycle: _Cycle, by: Policies, on: dt.date) -> Policy:
    return ruled(by[cycle.obligation], cycle.span, on)


def _cycles(person_id: uuid.UUID, known_at: dt.datetime | None) -> list[_Cycle]:
    """The cycles as they were known at a moment, in the order of their first days."""
    order = CreditCycle.first_day, CreditCycle.id
    if known_at is None:
        query = select(CreditCycle).where(CreditCycle.person_id == person_id, ~CreditCycle.void).order_by(*order)
        return [_cycle(row, row) for row in db.session.scalars(query)]
    changes = (
        select(CreditCycle, CycleChange)
        .join(CycleChange, CycleChange.cycle_id == CreditCycle.id)
        .where(CreditCycle.person_id == person_id, CycleChange.changed_at <= known_at)
        .order_by(*order, CycleChange.changed_at, CycleChange.id)
    )
    last = {cycle.id: (cycle, change) for cycle, change in db.session.execute(changes)}
    return [_cycle(cycle, change) for cycle, change in last.values() if not change.void]


def _cycle(row: CreditCycle, state: CreditCycle | CycleChange) -> _Cycle:
    renewed = row.obligation is Obligation.REGISTRATION
    span = Span(row.first_day, state.extended_to or state.last_day, state.level, renewed, state.freed)
    return _Cycle(row.id, row.obligation, span, state.last_day)
