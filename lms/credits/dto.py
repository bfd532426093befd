"""What the ledger says, for pages and other rooms. Every amount is in minutes, every date a city day."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from lms.credits import rules
from lms.credits.rules import Standing
from lms.people.models import QualificationKind


@dataclass(frozen=True, slots=True)
class Period:
    """A registration period (登记周期), both days included. Renewal may be asked for from `renew_from` on."""

    first_day: dt.date
    last_day: dt.date
    renew_from: dt.date
    required: int


@dataclass(frozen=True, slots=True)
class HoursSummary:
    """One person's hours on a day. `professional` and `public` count inside the period, or ever where there is none."""

    person_id: uuid.UUID
    on: dt.date
    level: QualificationKind | None
    period: Period | None
    professional: int
    public: int
    ever: int

    @property
    def earned(self) -> int:
        return self.professional + self.public

    @property
    def required(self) -> int:
        return self.period.required if self.period else 0

    @property
    def missing(self) -> int:
        return max(0, self.required - self.earned)

    @property
    def standing(self) -> Standing:
        return rules.standing(
            holds=self.level is not None,
            last_day=self.period.last_day if self.period else None,
            required=self.required,
            earned=self.earned,
            on=self.on,
        )

    @property
    def renewable(self) -> bool:
        """Whether the window for renewing the registration is open."""
        return self.period is not None and self.period.renew_from <= self.on <= self.period.last_day


@dataclass(frozen=True, slots=True)
class HoursFilter:
    """What an officer's list is narrowed to. `due_months`: the period ends within so many months."""

    text: str = ""
    org_id: uuid.UUID | None = None
    level: QualificationKind | None = None
    standing: Standing | None = None
    due_months: int | None = None


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One row of the officer's list."""

    person_id: uuid.UUID
    name: str
    unit: str
    level: QualificationKind | None
    first_day: dt.date | None
    last_day: dt.date | None
    required: int
    earned: int
    on: dt.date

    @property
    def missing(self) -> int:
        return max(0, self.required - self.earned)

    @property
    def standing(self) -> Standing:
        return rules.standing(
            holds=self.level is not None,
            last_day=self.last_day,
            required=self.required,
            earned=self.earned,
            on=self.on,
        )
