"""What the practice room's use cases take and its pages are given."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from lms.kernel.i18n import Localized
from lms.practice.models import Placement, PracticeRule
from lms.practice.rules import PlacementState, Progress, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFigures:
    """What a category is to ask for from a day on."""

    code: str
    valid_from: dt.date
    title: Localized
    hint: Localized
    least_minutes: int
    day_minutes: int
    reflections: int
    reflection_chars: int
    counted_percent: int
    credit_category: str
    is_open: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A placement to apply for, or to assign. `key` makes it one: sent twice, it is one placement."""

    key: str
    org_id: uuid.UUID
    code: str
    first_day: dt.date
    last_day: dt.date
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours to log. `key` makes them one log."""

    key: str
    span: Span
    activity: str
    reflection: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A category with every set of figures it ever had, the latest first."""

    code: str
    rules: Sequence[PracticeRule]


@dataclass(frozen=True, slots=True)
class Offer:
    """A station that takes people in a category: its places, and how many of them are taken today."""

    org_id: uuid.UUID
    name: str
    path: str
    code: str
    places: int
    taken: int

    @property
    def free(self) -> int:
        return max(0, self.places - self.taken)


@dataclass(frozen=True, slots=True)
class PlacementFilter:
    """What an officer's list is narrowed to."""

    text: str = ""
    code: str = ""
    state: PlacementState | None = None
    org_id: uuid.UUID | None = None
    station_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class PlacementLine:
    """A placement with what pages show beside it."""

    placement: Placement
    rule: PracticeRule
    person: str
    station: str
    supervisor: str
    progress: Progress
    waiting: int
    """Logs that wait for the supervisor."""
