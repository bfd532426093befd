"""How long somebody has served, in several stretches: by the calendar, 29 February included. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lms.kernel.clock import last_day_of, months_later

DAYS_OF_A_MONTH = 30
"""How many single days, left over of several employments, make a month of service."""


@dataclass(frozen=True, slots=True)
class Served:
    """A length of service: whole months, and the days left over."""

    months: int
    days: int


def served(spans: Iterable[tuple[dt.date, dt.date | None]], on: dt.date) -> Served:
    """How long somebody has worked by the end of a day. Days worked at two places count once, gaps not at all.

    Each unbroken stretch counts in calendar months, so that a year from 29 February is full on 28 February; what is
    left over of several, 30 days to a month.
    """
    months = days = 0
    stretches = list(_merged(spans, on))
    for first, last in stretches:
        whole = _whole_months(first, last)
        months += whole
        days += (last - last_day_of(first, whole)).days
    more, rest = divmod(days, DAYS_OF_A_MONTH) if len(stretches) > 1 else (0, days)
    return Served(months + more, rest)


def days_left(have: Served, months: int, on: dt.date) -> int:
    """In how many days after a day so many months are full, for who goes on serving; one at the least."""
    return max(1, (months_later(on, months - have.months) - on).days - have.days)


def _merged(spans: Iterable[tuple[dt.date, dt.date | None]], on: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    known = sorted((first, min(last or on, on)) for first, last in spans if first <= on)
    start: dt.date | None = None
    end = dt.date.min
    for first, last in known:
        if start is None:
            start, end = first, last
        elif first <= end + dt.timedelta(days=1):
            end = max(end, last)
        else:
            yield start, end
            start, end = first, last
    if start is not None:
        yield start, end


def _whole_months(first: dt.date, last: dt.date) -> int:
    """Months that are full at the end of `last`."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    while months and last_day_of(first, months) > last:
        months -= 1
    return months
