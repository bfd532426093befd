"""A person's calendar put together from every room, and a month of it."""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from lms.access.models import Account
from lms.agenda.rules import Span, clashing
from lms.agenda.sources import CalendarEntry, CalendarSource
from lms.kernel import clock, workdays
from lms.kernel.db import db
from lms.kernel.i18n import SOURCE_LOCALE, pick
from lms.kernel.models import WorkingDay
from lms.webkit.registry import registry

SECONDS = 2.0
"""How long a plugin may take for its entries; the core's are asked without limit."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as pages show it: with the title of its kind, and whether it overlaps another one."""

    entry: CalendarEntry
    kind: str
    clashes: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month: how people work (`work`, `rest`, `off`, `makeup`), why, and what is on it."""

    date: dt.date
    kind: str
    why: str
    shown: Sequence[Shown]


def entries(person_id: uuid.UUID, first: dt.date, last: dt.date) -> list[Shown]:
    """Everything in a person's calendar that touches the days, in the order of time."""
    found: list[tuple[CalendarEntry, str]] = []
    for source in registry().offered(CalendarSource).values():
        call = partial(source.entries, person_id, first, last)
        given = registry().within(source, "calendar", SECONDS, call) or ()
        found += [(entry, str(source.title)) for entry in given]
    clashes = clashing(_spans(entry for entry, _kind in found))
    shown = [Shown(entry, kind, entry.key in clashes) for entry, kind in found]
    return sorted(shown, key=lambda one: (*moment_of(one.entry), one.entry.key))


def _spans(found: Iterable[CalendarEntry]) -> Iterator[Span]:
    """What can be in conflict: entries at a time that keep the person busy and are not called off."""
    for entry in found:
        starts, ends = entry.starts, entry.ends
        if entry.busy and not entry.cancelled and isinstance(starts, dt.datetime) and isinstance(ends, dt.datetime):
            yield entry.key, starts, ends


def moment_of(entry: CalendarEntry) -> tuple[dt.date, dt.datetime]:
    """What entries are ordered by: their city day, those of the whole day first."""
    if isinstance(entry.starts, dt.datetime):
        return clock.local_date(entry.starts), entry.starts
    return entry.starts, clock.start_of_day(entry.starts)


def month(person_id: uuid.UUID, year: int, number: int) -> list[list[Day | None]]:
    """A month of weeks from Monday with what is on each day; None outside the month."""
    first, length = dt.date(year, number, 1), calendar.monthrange(year, number)[1]
    last = first.replace(day=length)
    on = _by_day(entries(person_id, first, last), first, last)
    rows = db.session.scalars(select(WorkingDay).where(WorkingDay.day.between(first, last))).all()
    notes = {row.day: row.note for row in rows}
    working = workdays.WorkCalendar({row.day: row.is_working for row in rows})
    return [
        [_day(day, working, notes, on.get(day, ())) if day.month == number else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, number)
    ]


def locale_of(person_id: uuid.UUID) -> str:
    """The language a person chose."""
    return db.session.scalar(select(Account.locale).where(Account.person_id == person_id)) or SOURCE_LOCALE


def _by_day(shown: Sequence[Shown], first: dt.date, last: dt.date) -> Mapping[dt.date, list[Shown]]:
    found: dict[dt.date, list[Shown]] = {}
    for one in shown:
        starts, ends = one.entry.starts, one.entry.ends
        begin = clock.local_date(starts) if isinstance(starts, dt.datetime) else starts
        end = clock.local_date(ends) if isinstance(ends, dt.datetime) else ends
        day = max(begin, first)
        while day <= min(end, last):
            found.setdefault(day, []).append(one)
            day += dt.timedelta(days=1)
    return found


def _day(day: dt.date, working: workdays.WorkCalendar, notes: Mapping[dt.date, str], shown: Sequence[Shown]) -> Day:
    is_working, on_weekend = working.is_working(day), day.weekday() >= calendar.SATURDAY
    kind = ("makeup" if is_working else "rest") if on_weekend else ("work" if is_working else "off")
    why = notes.get(day) or pick(workdays.festival(day))
    return Day(day, "off" if kind == "rest" and why else kind, why if kind != "work" else "", shown)
