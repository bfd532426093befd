"""A ring with its words, drawn from a computed cycle or from a kept standing: pages show both alike."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.credits import wording
from lms.credits.cycles.dto import CycleView
from lms.credits.cycles.models import CreditStanding
from lms.credits.cycles.rules import Status
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.rules import Obligation, TimeUnit
from lms.kernel import clock
from lms.kernel.db import db


@dataclass(frozen=True, slots=True)
class Ring:
    """What a ring shows. Amounts are minutes."""

    obligation: Obligation
    level: str
    status: Status
    counted: int
    required: int
    missing: int
    unit: TimeUnit
    unit_minutes: int
    window_from: dt.date
    last_day: dt.date
    followed_until: dt.date | None
    dates: str

    def said(self, minutes: int, *, missing: bool = False) -> str:
        """A length of time in the obligation's unit."""
        return wording.amount(minutes, self.unit, self.unit_minutes, missing=missing)

    def number(self, minutes: int) -> str:
        return wording.number(minutes, self.unit_minutes)

    @property
    def unit_name(self) -> str:
        return wording.unit_name(self.unit)


def of_cycle(cycle: CycleView) -> Ring:
    """The ring of a computed cycle."""
    found, terms = cycle.balance, cycle.policy.terms
    return Ring(
        cycle.obligation, cycle.span.level, cycle.status, found.counted, found.required, found.missing,
        terms.unit, terms.unit_minutes, cycle.days.window_from, cycle.last_day, cycle.followed_until,
        wording.cycle_dates(cycle),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """What the standing table holds of a person; `stale` where the calendar has moved on since."""

    rings: tuple[Ring, ...]
    unregistered: str
    stale: bool


def kept(person_id: uuid.UUID) -> Kept:
    """A person's rings from the standing table. One SELECT by its key."""
    today = clock.today()
    query = (
        select(CreditStanding, ObligationPolicy.unit, ObligationPolicy.unit_minutes)
        .outerjoin(ObligationPolicy, ObligationPolicy.id == CreditStanding.policy_id)
        .where(CreditStanding.person_id == person_id)
        .order_by(CreditStanding.obligation)
    )
    rows = db.session.execute(query).all()
    standings = [row[0] for row in rows]
    return Kept(
        tuple(_of_row(*row, today) for row in rows if row[0].cycle_id),
        next((row.level for row in standings if row.status is Status.UNREGISTERED), ""),
        any(row.next_change_on is not None and row.next_change_on <= today for row in standings),
    )


def of_cycles(cycles: Sequence[CycleView]) -> tuple[Ring, ...]:
    """The rings of computed cycles."""
    return tuple(of_cycle(cycle) for cycle in cycles)


def _of_row(row: CreditStanding, unit: TimeUnit, unit_minutes: int, on: dt.date) -> Ring:
    assert row.last_day is not None  # noqa: S101 - a row with a cycle has its days
    assert row.window_from is not None  # noqa: S101
    assert row.late_until is not None  # noqa: S101
    days = wording.Days(row.last_day, row.window_from, row.late_until, row.followed_until)
    dates = wording.dates_text(row.obligation, row.status, days, on)
    return Ring(
        row.obligation, row.level, row.status, row.professional + row.public + row.carried, row.required, row.missing,
        unit, unit_minutes, row.window_from, row.last_day, row.followed_until, dates,
    )  # fmt: skip
