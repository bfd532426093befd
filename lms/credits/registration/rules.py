"""When a registration can be applied for, and from when to when it then counts. Pure: days in, days out.

First registration within a year of obtaining the certificate; it counts for three years; renewal in the last three
months (民发〔2009〕44 号). Some places let people renew later: the late window is data. It is for the
registration only: hours are those of the period, whenever it is renewed (民发〔2009〕123 号).
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from lms.kernel.clock import last_day_of, months_later


class Kind(enum.StrEnum):
    """首次登记 and 再登记."""

    FIRST = "first"
    RENEWAL = "renewal"


class State(enum.StrEnum):
    """Where an application stands, in the words of the national system. Not applied yet is having no application."""

    PENDING = "pending"
    RETURNED = "returned"
    FIRST_PASSED = "first_passed"
    FIRST_FAILED = "first_failed"
    FINAL_FAILED = "final_failed"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    CERTIFIED = "certified"


LIVE = (State.PENDING, State.RETURNED, State.FIRST_PASSED)
"""Under way: no second application for the same certificate meanwhile."""
EDITABLE = (State.PENDING, State.RETURNED)
"""It can still be taken back; once the first check has passed it is locked."""


class Window(enum.StrEnum):
    NOT_YET = "not_yet"
    OPEN = "open"
    LATE = "late"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a window, all included: from when, until when in time, until when at all."""

    opens: dt.date
    closes: dt.date
    late_until: dt.date

    def on(self, day: dt.date) -> Window:
        """Where a day falls."""
        if day < self.opens:
            return Window.NOT_YET
        if day <= self.closes:
            return Window.OPEN
        return Window.LATE if day <= self.late_until else Window.OVER


def first_days(obtained_on: dt.date, months: int, late_months: int) -> Days:
    """The window of a first registration: to the same day so many months later, and the late months after it."""
    closes = months_later(obtained_on, months)
    return Days(obtained_on, closes, months_later(obtained_on, months + late_months))


def term(
    kind: Kind, previous_last: dt.date | None, applied_on: dt.date, approved_on: dt.date, months: int
) -> tuple[dt.date, dt.date]:
    """From when to when a registration counts.

    A renewal asked for in time follows without a gap, however long it was looked at; any other begins when approved.
    """
    first = approved_on
    if kind is Kind.RENEWAL and previous_last is not None and applied_on <= previous_last:
        first = previous_last + dt.timedelta(days=1)
    return first, last_day_of(first, months)


def decided(step: int, outcome: str, *, last: bool) -> State | None:
    """The state after a step's decision; None where the end of the case says more."""
    if outcome == "returned":
        return State.RETURNED
    if outcome == "rejected":
        return State.FIRST_FAILED if step == 1 and not last else State.FINAL_FAILED
    return None if last else State.FIRST_PASSED
