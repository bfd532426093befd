"""What rooms put into people's calendars: each offers a `CalendarSource`, as it offers anything else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One thing in a calendar, at a time or on whole days.

    `key` is its own for ever, `revision` counts its changes, `changed_at` is the last of them. `starts` and `ends` are
    moments, or both days: then `ends` is the last day, included. `busy` entries that overlap are shown as a conflict.
    `path` is a page of this site.
    """

    key: str
    title: str
    starts: dt.datetime | dt.date
    ends: dt.datetime | dt.date
    path: str
    place: str = ""
    text: str = ""
    revision: int = 0
    changed_at: dt.datetime | None = None
    cancelled: bool = False
    busy: bool = True

    @property
    def all_day(self) -> bool:
        """Whether it is about days, not moments."""
        return not isinstance(self.starts, dt.datetime)


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """A kind of entries. `entries(person_id, first, last)` gives one person's that touch the days, both included.

    It is asked in the person's language and must cost a constant number of statements.
    """

    key: str
    title: Any
    entries: Callable[[uuid.UUID, dt.date, dt.date], Sequence[CalendarEntry]]
