"""How outside learning counts: stated amount to minutes, then the caps, each step kept. Pure.

民发〔2009〕123 号: training with a proof of completion counts its actual hours; a degree in social work, 90 小时 once;
single courses passed without the degree, the hours taught. Everything else is policy: data with a day it begins.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from lms.kernel.clock import months_later
from lms.kernel.dated import Dated, in_force

FULL_DAY = 8 * 60
"""Minutes of learning that fill a day: activities on the same day that come to more are pointed out."""
MOST_PER_DAY = 12 * 60
"""Minutes that nobody learns in a day, on the average of an activity's days; more is a mistake."""
MOST_DAYS = 3660
"""The longest activity, in days: a degree may take years, ten are a mistake."""
MOST_HALVES = 20_000


class Unit(enum.StrEnum):
    """In what people state an amount: 小时 of 60 minutes, 学时 and 天 of as many as the rule says, the whole (项)."""

    HOURS = "hours"
    CLASS_HOURS = "class_hours"
    DAYS = "days"
    ITEM = "item"


class ClaimState(enum.StrEnum):
    IN_REVIEW = "in_review"
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


LIVE = (ClaimState.IN_REVIEW, ClaimState.COUNTED)
"""States in which a claim stands in the way of another one for the same activity."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule says. Caps are minutes, None for none; `once` is once in a person's life."""

    unit: Unit
    unit_minutes: int
    cap_activity: int | None = None
    cap_year: int | None = None
    cap_period: int | None = None
    once: bool = False
    claim_months: int = 12


@dataclass(frozen=True, slots=True)
class Tally:
    """What the ledger holds of a kind for a person: in the activity's calendar year and its registration period."""

    year: int = 0
    period: int = 0
    period_days: tuple[dt.date, dt.date] | None = None
    """The period the activity falls into; None for one outside every period."""


class StepKind(enum.StrEnum):
    STATED = "stated"
    CONVERTED = "converted"
    ACTIVITY = "activity"
    YEAR = "year"
    PERIOD = "period"
    NO_PERIOD = "no_period"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the counting: `minutes` are what is left after it. The other figures are those it rests on."""

    kind: StepKind
    minutes: int
    halves: int = 0
    unit: Unit = Unit.HOURS
    unit_minutes: int = 0
    cap: int = 0
    used: int = 0
    year: int = 0
    first_day: dt.date | None = None
    last_day: dt.date | None = None

    def plain(self) -> dict[str, Any]:
        """The step as JSON, without the figures it does not need."""
        found = {name: value for name, value in asdict(self).items() if value or name == "minutes"}
        days = {name: value.isoformat() for name, value in found.items() if isinstance(value, dt.date)}
        return found | days


@dataclass(frozen=True, slots=True)
class Counting:
    """What a claim counts for, and how that came about."""

    stated: int
    minutes: int
    steps: tuple[Step, ...]


def converted(terms: Terms, halves: int) -> int:
    """Whole minutes of an amount given in halves of the unit; what is less than a minute falls away."""
    return halves * terms.unit_minutes // 2


def count(terms: Terms, halves: int, day: dt.date, tally: Tally) -> Counting:
    """What an activity that ended on a day counts for, given what the ledger already holds of its kind."""
    stated = converted(terms, halves)
    steps = [Step(StepKind.STATED, stated, halves=halves, unit=terms.unit)]
    if terms.unit is not Unit.HOURS:
        steps.append(Step(StepKind.CONVERTED, stated, unit=terms.unit, unit_minutes=terms.unit_minutes))
    steps.extend(_capped(terms, stated, day, tally))
    minutes = steps[-1].minutes
    return Counting(stated, minutes, (*steps, Step(StepKind.COUNTED, minutes)))


def _capped(terms: Terms, minutes: int, day: dt.date, tally: Tally) -> Iterator[Step]:
    if terms.cap_activity is not None:
        minutes = min(minutes, terms.cap_activity)
        yield Step(StepKind.ACTIVITY, minutes, cap=terms.cap_activity)
    if terms.cap_year is not None:
        minutes = min(minutes, _left(terms.cap_year, tally.year))
        yield Step(StepKind.YEAR, minutes, cap=terms.cap_year, used=tally.year, year=day.year)
    if terms.cap_period is not None and tally.period_days is None:
        yield Step(StepKind.NO_PERIOD, minutes, cap=terms.cap_period)
    elif terms.cap_period is not None and tally.period_days is not None:
        first, last = tally.period_days
        minutes = min(minutes, _left(terms.cap_period, tally.period))
        yield Step(
            StepKind.PERIOD, minutes, cap=terms.cap_period, used=tally.period, first_day=first, last_day=last
        )  # fmt: skip


def room(terms: Terms, day: dt.date, tally: Tally) -> int | None:
    """The most that one more activity of the kind may count for; None where nothing caps it."""
    if terms.cap_activity is None and terms.cap_year is None and (terms.cap_period is None or not tally.period_days):
        return None
    steps = list(_capped(terms, MOST_DAYS * MOST_PER_DAY, day, tally))
    return steps[-1].minutes


def _left(cap: int, used: int) -> int:
    return max(0, cap - used)


class Claimable(Dated, Protocol):
    """A rule as far as it says until when something may be claimed."""

    @property
    def is_open(self) -> bool: ...
    @property
    def claim_months(self) -> int: ...


C = TypeVar("C", bound=Claimable)


def claimable(rules: Sequence[C], today: dt.date) -> C | None:
    """The rule of the latest day whose activities can still be claimed: an earlier one where the kind was closed."""
    day, rule = today, in_force(rules, today)
    while rule is not None:
        if rule.is_open and today <= last_claim_day(day, rule.claim_months):
            return rule
        day = rule.valid_from - dt.timedelta(days=1)
        rule = in_force(rules, day)
    return None


@dataclass(frozen=True, slots=True)
class Span:
    """The days of an activity, both included, and the minutes stated for them together."""

    first_day: dt.date
    last_day: dt.date
    minutes: int

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def per_day(self) -> Fraction:
        return Fraction(self.minutes, self.days)

    def covers_any(self, other: Span) -> bool:
        """Whether the two share a day."""
        return self.first_day <= other.last_day and other.first_day <= self.last_day


K = TypeVar("K")


def crowded(one: Span, others: Mapping[K, Span]) -> list[K]:
    """Which others share a day with an activity on which they all come to more than a full day.

    Each is spread evenly over its days. A day's load grows only where an activity begins, so these are looked at.
    """
    touching = {key: span for key, span in others.items() if span.covers_any(one)}
    begins = {max(one.first_day, span.first_day) for span in touching.values()}
    found: set[K] = set()
    for day in begins:
        there = {key: span for key, span in touching.items() if span.first_day <= day <= span.last_day}
        if one.per_day + sum(span.per_day for span in there.values()) > FULL_DAY:
            found |= there.keys()
    return [key for key in touching if key in found]


def last_claim_day(last_day: dt.date, months: int) -> dt.date:
    """The last day on which an activity may be claimed: the same day so many months later, or that month's last."""
    return months_later(last_day, months)


def day_faults(first_day: dt.date, last_day: dt.date, today: dt.date) -> Iterator[tuple[str, str]]:
    """What is wrong with an activity's days: (field, code)."""
    if last_day > today:
        yield "last_day", "future"
    if first_day > last_day:
        yield "last_day", "before_start"
    elif (last_day - first_day).days >= MOST_DAYS:
        yield "first_day", "too_long"


def amount_fault(terms: Terms, halves: int, span: Span) -> str:
    """What is wrong with a stated amount, as a code; empty for one that can be."""
    if halves <= 0:
        return "nothing"
    if terms.unit is Unit.DAYS and halves > 2 * span.days:
        return "more_days"
    if terms.unit is not Unit.ITEM and (halves > MOST_HALVES or span.minutes > MOST_PER_DAY * span.days):
        return "absurd"
    return ""


def fingerprint(title: str, organiser: str, first_day: dt.date, last_day: dt.date) -> str:
    """The same for two ways of writing the same activity: width, case, blanks and punctuation do not matter."""
    texts = (_bare(title), _bare(organiser), first_day.isoformat(), last_day.isoformat())
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
