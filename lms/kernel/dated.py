"""What counts from a day on, until something later does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Dated(Protocol):
    """Something with the day it begins; a second one for a day, with the higher revision, comes after the first."""

    @property
    def valid_from(self) -> dt.date: ...
    @property
    def revision(self) -> int: ...


D = TypeVar("D", bound=Dated)


def shown(every: Iterable[D], on: dt.date) -> D | None:
    """What names something on a day: the one that counts, else the next to begin; None where there is none."""
    versions = list(every)
    first = min(versions, key=lambda one: (one.valid_from, -one.revision), default=None)
    return in_force(versions, on) or first


def in_force(every: Iterable[D], on: dt.date) -> D | None:
    """The one that counts on a day; None before the first begins."""
    begun = (one for one in every if one.valid_from <= on)
    return max(begun, key=lambda one: (one.valid_from, one.revision), default=None)
