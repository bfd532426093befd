"""What the ledger says, for pages and other rooms. Every amount is in minutes, every date a city day."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from lms.credits.cycles.dto import CycleView
from lms.credits.cycles.rules import Status
from lms.credits.obligations.rules import Obligation, TimeUnit
from lms.people.models import QualificationKind


@dataclass(frozen=True, slots=True)
class HoursSummary:
    """One person's hours on a day.

    `cycles` are those looked at, one of each obligation the person falls under, `past` the others. `professional`,
    `public` and `ever` are of all entries until that day, whether a cycle counts them or not.
    """

    person_id: uuid.UUID
    on: dt.date
    level: QualificationKind | None
    cycles: tuple[CycleView, ...]
    past: tuple[CycleView, ...]
    professional: int
    public: int

    @property
    def ever(self) -> int:
        return self.professional + self.public

    @property
    def registration(self) -> CycleView | None:
        """The registration period looked at."""
        return next((cycle for cycle in self.cycles if cycle.obligation is Obligation.REGISTRATION), None)

    def containing(self, day: dt.date) -> CycleView | None:
        """The registration period a day falls into, the one that ends last."""
        found = [
            cycle
            for cycle in (*self.cycles, *self.past)
            if cycle.obligation is Obligation.REGISTRATION and cycle.first_day <= day <= cycle.last_day
        ]
        return max(found, key=lambda cycle: cycle.last_day, default=None)

    @property
    def status(self) -> Status:
        """Where the person stands with the registration."""
        if self.registration is not None:
            return self.registration.status
        return Status.NO_QUALIFICATION if self.level is None else Status.UNREGISTERED


@dataclass(frozen=True, slots=True)
class HoursFilter:
    """What an officer's list is narrowed to.

    `due_months`: the cycle ends within so many months. `short`: something is missing in a cycle under way.
    """

    text: str = ""
    org_id: uuid.UUID | None = None
    obligation: Obligation = Obligation.REGISTRATION
    level: str = ""
    status: Status | None = None
    short: bool = False
    due_months: int | None = None


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One row of the officer's list. `unit` and `unit_minutes` are those of the obligation's policy."""

    person_id: uuid.UUID
    name: str
    org: str
    level: str
    first_day: dt.date | None
    last_day: dt.date | None
    required: int
    counted: int
    missing: int
    status: Status
    unit: TimeUnit
    unit_minutes: int
