"""What counts in a cycle, what is missing, and where it stands on a day. Pure: minutes and days in and out.

The caps work on sums, so that the balance does not depend on the order in which entries were written; which part of
which entry a cap takes is then told in the order of the days. Minutes that a cycle did not need may count once more,
in the cycle after it: they only fill what is missing there, and are never handed on again.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lms.credits.obligations.rules import Terms
from lms.credits.rules import Line
from lms.kernel.clock import last_day_of, months_later

PROFESSIONAL = "professional"


class Status(enum.StrEnum):
    """Where a person stands with an obligation on a day.

    Not under it, a certificate without registration; a period that is still to begin; freed by an officer or by the
    policy; nothing counted yet, something counted, enough, the last months and not enough; past the end but still to be
    renewed, and over.
    """

    NO_QUALIFICATION = "no_qualification"
    UNREGISTERED = "unregistered"
    COMING = "coming"
    FREED = "freed"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    MET = "met"
    WINDOW_OPEN = "window_open"
    OVERDUE = "overdue"
    EXPIRED = "expired"


SHORT = (Status.ASSIGNED, Status.IN_PROGRESS, Status.WINDOW_OPEN)
"""A cycle under way in which something is missing."""
IN_ORDER = (Status.FREED, Status.ASSIGNED, Status.IN_PROGRESS, Status.MET, Status.WINDOW_OPEN)
"""What a registration that has not run out looks like."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a cycle, both included, as extended; `renewed`: it has to be renewed at its end."""

    first_day: dt.date
    last_day: dt.date
    level: str
    renewed: bool = True
    freed: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """Minutes in a cycle until a day, reversals taken away. `next_entry` is the day of the first entry after it."""

    professional: int = 0
    public: int = 0
    next_entry: dt.date | None = None


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Dates:
    """What a cycle's last day means by the policy that rules it. All of them are included days."""

    window_from: dt.date
    late_until: dt.date
    carry_until: dt.date


@dataclass(frozen=True, slots=True)
class Balance:
    """What counts. `carried` fills what own minutes leave missing."""

    required: int
    professional: int
    public: int
    carried: int

    @property
    def counted(self) -> int:
        return self.professional + self.public + self.carried

    @property
    def missing(self) -> int:
        return max(0, self.required - self.counted)


def dates(terms: Terms, span: Span) -> Dates:
    """The days that matter: the window is the cycle's last whole months, the late window whole months after it."""
    return _dates(span.first_day, span.last_day, terms.window_months, terms.late_months, terms.carry_months)


@lru_cache(maxsize=4096)
def _dates(first_day: dt.date, last_day: dt.date, window: int, late: int, carry: int | None) -> Dates:
    """Kept, since each of a cycle's rules asks for them, and a city has few different cycles."""
    after = last_day + dt.timedelta(days=1)
    late_until = last_day_of(after, late) if late else last_day
    carry_until = last_day if carry is None else min(last_day, last_day_of(first_day, carry))
    return Dates(max(first_day, months_later(after, -window)), late_until, carry_until)


def required(terms: Terms, span: Span) -> int:
    """Minutes owed: none where an officer or the policy frees."""
    return 0 if span.freed else terms.required(span.level)


def surplus(terms: Terms, span: Span, sums: Sums) -> int:
    """Minutes of its own that a cycle did not need; none of one that was not met or owed nothing."""
    owed = required(terms, span)
    return max(0, sum(_own(terms, owed, sums)) - owed) if owed else 0


def balance(terms: Terms, span: Span, sums: Sums, handed_on: int, on: dt.date) -> Balance:
    """What counts on a day, after the cycle's end as on its last day. `handed_on` is the surplus of the one before."""
    owed = required(terms, span)
    professional, public = _own(terms, owed, sums)
    carried = 0
    if owed and min(on, span.last_day) <= dates(terms, span).carry_until:
        carried = min(handed_on, terms.carry_most * terms.unit_minutes, max(0, owed - professional - public))
    return Balance(owed, professional, public, carried)


def _own(terms: Terms, owed: int, sums: Sums) -> tuple[int, int]:
    professional, public = sums.professional, sums.public
    if not owed:
        return professional, public
    most_professional, most_public = terms.most_professional(), terms.most_public(owed)
    if most_professional is not None:
        professional = min(professional, most_professional)
    if most_public is not None:
        public = min(public, most_public)
    return professional, public


def status(terms: Terms, span: Span, found: Balance, on: dt.date) -> Status:
    """Where a cycle stands on a day. A registration that has run out is overdue even where its hours are met."""
    if on < span.first_day:
        return Status.COMING
    days = dates(terms, span)
    over = on > span.last_day
    if over and (span.renewed or found.missing):
        return Status.OVERDUE if on <= days.late_until else Status.EXPIRED
    if not found.required:
        return Status.FREED
    if not found.missing:
        return Status.MET
    if on >= days.window_from:
        return Status.WINDOW_OPEN
    return Status.IN_PROGRESS if found.counted else Status.ASSIGNED


def next_change(terms: Terms, span: Span, sums: Sums, on: dt.date, begins: Iterable[dt.date] = ()) -> dt.date | None:
    """The first later day on which the calendar alone may change something. `begins`: days on which cycles begin."""
    days = dates(terms, span)
    one = dt.timedelta(days=1)
    ends = (span.last_day + one, days.late_until + one, days.carry_until + one)
    wanted = [span.first_day, days.window_from, *ends, *begins]
    if sums.next_entry is not None:
        wanted.append(sums.next_entry)
    return min((day for day in wanted if day > on), default=None)


class Reason(enum.StrEnum):
    """Why an entry counts as it does."""

    COUNTED = "counted"
    PROFESSIONAL_CAP = "professional_cap"
    PUBLIC_CAP = "public_cap"
    SHARE = "share"
    REVERSED = "reversed"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of one entry counts in a cycle. `limit` and `before` say what a cap allows and had been used of it."""

    entry_id: uuid.UUID
    minutes: int
    counted: int
    reason: Reason
    limit: int = 0
    before: int = 0


def line_by_line(terms: Terms, span: Span, lines: Iterable[Line], on: dt.date) -> Mapping[uuid.UUID, Counted]:
    """Why 3.5 of 4 counted: for every entry of the cycle until a day how much of it counts, and what took the rest.

    The sum is that of `balance` without what was carried over.
    """
    inside = [line for line in lines if span.first_day <= line.occurred_on <= min(on, span.last_day)]
    inside.sort(key=lambda line: (line.occurred_on, line.id))
    undone = {line.reverses_id for line in inside if line.reverses_id}
    owed = required(terms, span)
    used = {True: 0, False: 0}
    found: dict[uuid.UUID, Counted] = {}
    for line in inside:
        if line.reverses_id is not None:
            found[line.id] = Counted(line.id, line.minutes, 0, Reason.REVERSAL)
        elif line.id in undone:
            found[line.id] = Counted(line.id, line.minutes, 0, Reason.REVERSED)
        else:
            professional = line.category == PROFESSIONAL
            found[line.id] = _one(terms, owed, line, used[professional])
            used[professional] += found[line.id].counted
    return found


def _one(terms: Terms, owed: int, line: Line, used: int) -> Counted:
    if line.category == PROFESSIONAL:
        limit, reason = terms.most_professional(), Reason.PROFESSIONAL_CAP
    else:
        limit, reason = terms.most_public(owed), _public_reason(terms, owed)
    if limit is None or not owed:
        return Counted(line.id, line.minutes, line.minutes, Reason.COUNTED)
    counted = min(line.minutes, max(0, limit - used))
    return Counted(line.id, line.minutes, counted, Reason.COUNTED if counted == line.minutes else reason, limit, used)


def _public_reason(terms: Terms, owed: int) -> Reason:
    """Which of the two limits of public subjects is the narrower one."""
    capped = terms.cap_public is not None and terms.cap_public * terms.unit_minutes == terms.most_public(owed)
    return Reason.PUBLIC_CAP if capped else Reason.SHARE


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration period as people records it."""

    first_day: dt.date
    last_day: dt.date
    level: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A cycle that was opened for a registration period, as it is recorded."""

    id: uuid.UUID
    first_day: dt.date
    last_day: dt.date
    level: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that the cycles are those of the registrations: open, put right, set aside."""

    open: tuple[Registered, ...] = ()
    put_right: tuple[tuple[uuid.UUID, Registered], ...] = ()
    set_aside: tuple[uuid.UUID, ...] = ()


def plan(registered: Sequence[Registered], opened: Sequence[Opened], rank: Mapping[str, int]) -> Plan:
    """The cycles of one person that recorded registrations ask for.

    Of two that begin on the same day the higher level counts. A cycle of the same level that overlaps a registration
    which begins on another day was recorded wrongly: it is set aside, never rewritten. Cycles before stay.
    """
    wanted: dict[dt.date, Registered] = {}
    for one in sorted(registered, key=lambda one: rank[one.level]):
        wanted[one.first_day] = one
    there = {cycle.first_day: cycle for cycle in opened}
    new = tuple(one for day, one in sorted(wanted.items()) if day not in there)
    changed = tuple(
        (cycle.id, one) for day, one in sorted(wanted.items())
        if (cycle := there.get(day)) is not None and (cycle.last_day, cycle.level) != (one.last_day, one.level)
    )  # fmt: skip
    wrong = tuple(cycle.id for cycle in opened if cycle.first_day not in wanted and _overlapped(cycle, wanted.values()))
    return Plan(new, changed, wrong)


def _overlapped(cycle: Opened, registered: Iterable[Registered]) -> bool:
    return any(
        one.level == cycle.level and one.first_day <= cycle.last_day and cycle.first_day <= one.last_day
        for one in registered
    )


def current(spans: Sequence[Span], on: dt.date, rank: Mapping[str, int]) -> int | None:
    """Which of a person's cycles of one obligation is looked at on a day, as its place; None without any.

    Of those that have begun the one that ends last, then the higher level; before the first has begun, the first.
    """
    begun = [place for place, span in enumerate(spans) if span.first_day <= on]
    if begun:
        return max(begun, key=lambda place: (spans[place].last_day, rank[spans[place].level], spans[place].first_day))
    return min(range(len(spans)), key=lambda place: spans[place].first_day, default=None)


def followed_until(spans: Sequence[Span], place: int) -> dt.date | None:
    """The last day of the cycle that comes after one: a registration that has been renewed already. None for none."""
    coming = [span for span in spans if span.first_day > spans[place].last_day]
    return min(coming, key=lambda span: span.first_day).last_day if coming else None


def before(spans: Sequence[Span], place: int) -> int | None:
    """The cycle whose surplus one takes over: the last that ended before it began."""
    first_day = spans[place].first_day
    ended = [other for other, span in enumerate(spans) if span.last_day < first_day]
    return max(ended, key=lambda other: (spans[other].last_day, spans[other].first_day), default=None)
