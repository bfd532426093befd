"""Trying a policy out before it is saved: whom it moves, expires, frees.

What would be on the day it begins is computed twice by the rules that will then decide, once without the draft and
once with it; the difference is what the draft does. Entries and registrations are those known now.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from lms.credits.cycles import opening
from lms.credits.cycles.computing import Tallied, computed, in_year, tallied
from lms.credits.cycles.dto import StandingRow
from lms.credits.cycles.rules import NOTHING, Span, Status, Sums
from lms.credits.cycles.standing import Between, everybody
from lms.credits.obligations import rules as obligations
from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.queries import Policies, policies
from lms.credits.obligations.rules import Obligation
from lms.credits.obligations.setting import drafted
from lms.kernel.db import db
from lms.orgs.models import COUNTIES, OrgClosure, OrgUnit
from lms.people.models import Employment

OVER = (Status.OVERDUE, Status.EXPIRED)


class Effect(enum.StrEnum):
    """What a draft does to a person, the gravest first: only that one is told."""

    EXPIRES = "expires"
    BOUND = "bound"
    FALLS_SHORT = "falls_short"
    FREED = "freed"
    REVIVED = "revived"
    NOW_MET = "now_met"
    MORE = "more"
    LESS = "less"
    OTHER_DATES = "other_dates"


@dataclass(frozen=True, slots=True)
class Moved:
    """A person whom the draft moves: where they would stand without it and with it, None for not under it at all."""

    person_id: uuid.UUID
    effect: Effect
    before: StandingRow | None
    after: StandingRow | None


@dataclass(frozen=True, slots=True)
class Future:
    """Where everybody would stand on a day, without the draft and with it, for one batch of persons."""

    without: Mapping[uuid.UUID, StandingRow]
    with_draft: Mapping[uuid.UUID, StandingRow]


def simulate(new: NewPolicy, done: Callable[[int], None] = lambda _number: None) -> Iterator[Moved]:
    """Everybody whom a draft moves on the day it begins, in the order of their ids.

    Raises `Invalid` for a faulty draft. `done` is told the number of each batch of persons.
    """
    for number, future in enumerate(futures(new), 1):
        for person_id in sorted(future.without.keys() | future.with_draft.keys()):
            before, after = future.without.get(person_id), future.with_draft.get(person_id)
            effect = effect_of(before, after)
            if effect is not None:
                yield Moved(person_id, effect, before, after)
        done(number)


def futures(new: NewPolicy) -> Iterator[Future]:
    """Batch by batch where everybody would stand with the obligation of a draft on the day it begins."""
    on, draft = new.valid_from, drafted(new)
    now = policies()
    versions = [*now.get(new.obligation, ()), draft]
    then: Policies = {**now, new.obligation: obligations.in_order(versions)}
    opens = [_opens(new.obligation, by, on) for by in (now, then)]
    for part in everybody():
        cycles = list(tallied(part, on, [new.obligation]))
        added = in_year(part, on.year, on) if any(opens) else {}
        found = [
            {row.person_id: row for row in computed(_with_new(cycles, part, wanted, added, on), by, on)}
            for by, wanted in zip((now, then), opens, strict=True)
        ]
        yield Future(found[0], found[1])


def effect_of(before: StandingRow | None, after: StandingRow | None) -> Effect | None:
    """The gravest thing that happens to a person between the two."""
    owed = before.required if before else 0
    owes = after.required if after else 0
    was, now = _status(before), _status(after)
    found = (
        (Effect.EXPIRES, now in OVER and was is not now and was is not Status.EXPIRED),
        (Effect.BOUND, owes > 0 and not owed),
        (Effect.FALLS_SHORT, was is Status.MET and now is not Status.MET and owes > 0),
        (Effect.FREED, owed > 0 and not owes),
        (Effect.REVIVED, was in OVER and was is not now),
        (Effect.NOW_MET, now is Status.MET and was is not Status.MET),
        (Effect.MORE, _missing(after) > _missing(before)),
        (Effect.LESS, _missing(after) < _missing(before)),
        (Effect.OTHER_DATES, _dates(before) != _dates(after)),
    )
    return next((effect for effect, happens in found if happens), None)


def counties(person_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, uuid.UUID]:
    """The county or zone in which each person works, by the latest employment going on. One SELECT."""
    wanted = set(person_ids)
    query = (
        select(Employment.person_id, OrgUnit.id)
        .join(OrgClosure, OrgClosure.descendant_id == Employment.org_id)
        .join(OrgUnit, OrgUnit.id == OrgClosure.ancestor_id)
        .where(Employment.ended_on.is_(None), OrgUnit.kind.in_(COUNTIES))
        .order_by(Employment.started_on, Employment.id)
    )
    return {person_id: unit for person_id, unit in db.session.execute(query) if person_id in wanted}


def _opens(obligation: Obligation, by: Policies, on: dt.date) -> Mapping[uuid.UUID, str]:
    """Whose cycle of the year would be opened on the day."""
    return opening.missing_year(on.year, by, on=on) if obligation is Obligation.YEAR else {}


def _with_new(
    cycles: Sequence[Tallied],
    part: Between,
    wanted: Mapping[uuid.UUID, str],
    added: Mapping[uuid.UUID, Sums],
    on: dt.date,
) -> Sequence[Tallied]:
    """The cycles of a part of all persons with those that would be opened for them."""
    first, last = dt.date(on.year, 1, 1), dt.date(on.year, 12, 31)
    new = [
        Tallied(
            None, person_id, Obligation.YEAR, Span(first, last, level, renewed=False), added.get(person_id, NOTHING)
        )
        for person_id, level in wanted.items()
        if person_id in part
    ]
    return sorted([*cycles, *new], key=lambda one: (one.person_id, one.span.first_day)) if new else cycles


def _status(row: StandingRow | None) -> Status | None:
    return row.status if row else None


def _missing(row: StandingRow | None) -> int:
    return row.missing if row else 0


def _dates(row: StandingRow | None) -> tuple[Any, ...]:
    return (row.window_from, row.late_until, row.required, row.carried) if row else ()
