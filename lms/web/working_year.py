"""A year of working days as the page draws it."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import extract, select

from lms.kernel import workdays
from lms.kernel.db import db
from lms.kernel.i18n import pick
from lms.kernel.models import WorkingDay
from lms.kernel.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class Day:
    """A cell. `kind`: `work`, `rest` (a weekend), `off` (a holiday), `makeup` (a weekend worked)."""

    date: dt.date
    kind: str
    entered: bool
    why: str


def entries(year: int) -> Sequence[WorkingDay]:
    """What officers entered for a year, by day."""
    query = select(WorkingDay).where(extract("year", WorkingDay.day) == year)
    return db.session.scalars(query.order_by(WorkingDay.day)).all()


def months(year: int, entered: Sequence[WorkingDay]) -> list[list[list[Day | None]]]:
    """Twelve months of weeks of seven days from Monday; None outside the month."""
    notes = {row.day: row.note for row in entered}
    working = WorkCalendar({row.day: row.is_working for row in entered})
    weeks = calendar.Calendar().monthdatescalendar
    return [
        [[_cell(day, working, notes) if day.month == month else None for day in week] for week in weeks(year, month)]
        for month in range(1, 13)
    ]


def _cell(day: dt.date, working: WorkCalendar, notes: Mapping[dt.date, str]) -> Day:
    is_working, on_weekend = working.is_working(day), day.weekday() >= calendar.SATURDAY
    kind = ("makeup" if is_working else "rest") if on_weekend else ("work" if is_working else "off")
    why = notes.get(day) or pick(workdays.festival(day))
    if kind == "rest" and why:
        kind = "off"
    return Day(day, kind, day in notes, why)
