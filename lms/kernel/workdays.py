"""Working days (工作日): weekdays without the public holidays, and the weekends worked in exchange (调休).

The State Council's arrangements come with `chinesecalendar`, up to the last year it knows. Later years fall back to
Monday to Friday. Days kept in the table `working_day` come before both. Deadlines already computed stay as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import chinese_calendar
from chinese_calendar.constants import Holiday
from sqlalchemy import select

from lms.kernel.db import db
from lms.kernel.i18n import Localized, zh
from lms.kernel.models import WorkingDay

PUBLISHED = range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1)
"""The years whose arrangements the library knows."""

_SATURDAY = 5
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The city's working days, with what officers entered passed in. Pure: no database, no clock."""

    entered: Mapping[dt.date, bool] = field(default_factory=dict)

    def is_working(self, day: dt.date) -> bool:
        """Whether people work on a day."""
        entered = self.entered.get(day)
        return published(day) if entered is None else entered

    def add(self, start: dt.date, days: int) -> dt.date:
        """The last valid day of a term of working days; the day it starts on does not count (民法典 art. 201).

        A term of 0 days ends where it starts. Raises `ValueError` for one below that or above 1,000 days.
        """
        if not 0 <= days <= _LONGEST:
            raise ValueError(f"a term has 0 to {_LONGEST} working days, not {days}")
        day = start
        while days:
            day += dt.timedelta(days=1)
            days -= self.is_working(day)
        return day


def published(day: dt.date) -> bool:
    """Whether people work on a day by the published arrangements, or by the week where a year has none yet."""
    return bool(chinese_calendar.is_workday(day)) if is_published(day) else day.weekday() < _SATURDAY


def is_published(day: dt.date) -> bool:
    """Whether the arrangements of the day's year are known. Where not, say so beside every deadline in it."""
    return day.year in PUBLISHED


def festival(day: dt.date) -> Localized | None:
    """The festival a published day off or make-up day belongs to."""
    name = chinese_calendar.get_holiday_detail(day)[1] if is_published(day) else None
    return zh(Holiday(name).chinese, name) if name else None


def calendar() -> WorkCalendar:
    """The calendar as it stands now. One SELECT: whoever computes many deadlines asks once."""
    rows = db.session.execute(select(WorkingDay.day, WorkingDay.is_working))
    return WorkCalendar({row.day: row.is_working for row in rows})


def is_working(day: dt.date) -> bool:
    """Whether people work on a day, as the calendar stands now."""
    return calendar().is_working(day)


def add_working_days(start: dt.date, days: int) -> dt.date:
    """The last valid day of a term of working days from `start`, which does not count itself."""
    return calendar().add(start, days)
