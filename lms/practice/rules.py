"""What practice hours may be and when a placement is complete. Pure: days, minutes and figures in, findings out.

No figure is in the code: the city sets them by category and day (示例 until it does).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DAY = 24 * 60
MOST_DAYS = 731
"""The longest placement, in days: two years; more is a mistake."""


class PlacementState(enum.StrEnum):
    APPLIED = "applied"
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    COMPLETED = "completed"


class LogState(enum.StrEnum):
    """A log waits, was sent back, stands signed off, was taken back by its writer, or was undone after signing."""

    SENT = "sent"
    RETURNED = "returned"
    SIGNED = "signed"
    TAKEN_BACK = "taken_back"
    REVERSED = "reversed"


LIVE = (PlacementState.APPLIED, PlacementState.ACTIVE)
"""States in which a placement stands in the way of another one of the same person and category."""
STANDING = (LogState.SENT, LogState.RETURNED, LogState.SIGNED)
"""States in which a log takes up its time of the day."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a category asks for. Minutes are whole; `counted_percent` is the share that counts as continuing education.

    A reflection counts from `reflection_chars` characters on.
    """

    least_minutes: int
    day_minutes: int
    reflections: int
    reflection_chars: int
    counted_percent: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one day, in minutes from its midnight; `end` is not part of it."""

    day: dt.date
    start: int
    end: int

    @property
    def minutes(self) -> int:
        return self.end - self.start

    def touches(self, other: Span) -> bool:
        """Whether the two share a minute."""
        return self.day == other.day and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: a code that `wording` turns into a sentence, and the figures it names."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def span_faults(
    span: Span,
    figures: Figures,
    term: tuple[dt.date, dt.date],
    now: tuple[dt.date, int],
    others: Sequence[Span] = (),
) -> Iterator[Fault]:
    """Why these hours cannot be logged. `term` is the placement's first and last day, `now` today and its minute.

    `others` are the person's other logs of the day, at whatever station: a day holds so much of a person, not so much
    of a placement.
    """
    today, minute = now
    if not 0 <= span.start < span.end <= DAY:
        yield Fault("end", "reversed")
        return
    if span.day > today:
        yield Fault("day", "future")
    elif span.day == today and span.end > minute:
        yield Fault("end", "not_over")
    if not term[0] <= span.day <= term[1]:
        yield Fault("day", "outside", {"first": term[0], "last": term[1]})
    for other in others:
        if span.touches(other):
            yield Fault("start", "overlap", {"start": other.start, "end": other.end})
            return
    had = sum(other.minutes for other in others if other.day == span.day)
    if had + span.minutes > figures.day_minutes:
        yield Fault("end", "too_much", {"most": figures.day_minutes, "had": had})


def suggestion(now: tuple[dt.date, int], length: int, taken: Sequence[Span]) -> Span | None:
    """What a form may begin with: as long as last time, ending at the half hour just past; None where no room is."""
    today, minute = now
    end = minute - minute % 30
    start = max([0, end - length, *(span.end for span in taken if span.day == today)])
    return Span(today, start, end) if start < end else None


def term_faults(first_day: dt.date, last_day: dt.date, *, earliest: dt.date) -> Iterator[Fault]:
    """What is wrong with a placement's days."""
    if first_day < earliest:
        yield Fault("first_day", "too_early", {"earliest": earliest})
    if last_day < first_day:
        yield Fault("last_day", "before_start")
    elif (last_day - first_day).days >= MOST_DAYS:
        yield Fault("last_day", "too_long")


def most_at_once(terms: Iterable[tuple[dt.date, dt.date]], within: tuple[dt.date, dt.date]) -> int:
    """The most terms that share a day of `within`. The number grows only where a term begins."""
    first, last = within
    touching = [(max(begin, first), end) for begin, end in terms if begin <= last and first <= end]
    return max((sum(begin <= day <= end for begin, end in touching) for day, _end in touching), default=0)


def reflects(text: str, figures: Figures) -> bool:
    """Whether a text is long enough to be one of the reflections asked for; blanks do not count."""
    return len("".join(text.split())) >= max(1, figures.reflection_chars)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a placement is: what is signed off, against what its figures ask for."""

    minutes: int
    reflections: int
    figures: Figures

    @property
    def missing_minutes(self) -> int:
        return max(0, self.figures.least_minutes - self.minutes)

    @property
    def missing_reflections(self) -> int:
        return max(0, self.figures.reflections - self.reflections)

    @property
    def met(self) -> bool:
        return not self.missing_minutes and not self.missing_reflections

    @property
    def counted(self) -> int:
        """Minutes of continuing education on completion; what is less than a minute falls away."""
        return self.minutes * self.figures.counted_percent // 100

    @property
    def percent(self) -> int:
        """The share of the hours, 100 at the most."""
        least = self.figures.least_minutes
        return min(100, self.minutes * 100 // least) if least else 100


@dataclass(frozen=True, slots=True)
class Signed:
    """A line of the record: minutes negative for one that undoes another."""

    minutes: int
    reflected: bool


def progress(figures: Figures, lines: Iterable[Signed]) -> Progress:
    """Add the record up; a line that undoes another takes its reflection back as well."""
    minutes = reflections = 0
    for line in lines:
        minutes += line.minutes
        reflections += line.reflected * (1 if line.minutes > 0 else -1)
    return Progress(minutes, reflections, figures)
