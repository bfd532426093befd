"""Time, always injected: UTC inside, Asia/Shanghai on the page."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> dt.datetime:
    """The present moment, timezone-aware, in UTC."""
    return _frozen.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The city's present day: what "valid until" and "due" are counted in."""
    return local_date(now())


def local_date(moment: dt.datetime) -> dt.date:
    return moment.astimezone(CITY_ZONE).date()


def start_of_day(day: dt.date) -> dt.datetime:
    """The moment a city day begins, in UTC."""
    return dt.datetime.combine(day, dt.time(), CITY_ZONE).astimezone(dt.UTC)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later (or, negative, an earlier) month; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day_of(start: dt.date, months: int) -> dt.date:
    """The last valid day of a term of whole months: three years from 1 March 2026 end on 28 February 2029.

    A term that begins on a day the last month lacks ends with that month (民法典 art. 202).
    """
    same_day = months_later(start, months)
    return same_day - dt.timedelta(days=1) if same_day.day == start.day else same_day


@contextmanager
def frozen(moment: dt.datetime) -> Iterator[None]:
    """Stop the clock for the current context: tests, and rehearsing a past or future day."""
    token = _frozen.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
