"""What passes between views, services and other rooms."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from lms.classes.models import Audience, CreditMode, GroupState, MemberState
from lms.kernel.i18n import Localized


@dataclass(frozen=True, slots=True)
class NewGroup:
    """What an officer says about a class group. `quotas` are places by district."""

    org_id: uuid.UUID
    category: str
    title: Localized
    about: str
    places: int
    audience: Audience
    waitlist: bool
    enrol_from: dt.datetime
    enrol_until: dt.datetime
    starts_on: dt.date
    ends_on: dt.date
    course_id: uuid.UUID | None = None
    quotas: Mapping[uuid.UUID, int] | None = None


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting as an officer plans it."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    room_id: uuid.UUID | None
    place: str
    trainers: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class NewRule:
    """How classes of a category run from a day on; see `ClassRule`."""

    category: str
    valid_from: dt.date
    credit_mode: CreditMode
    credit_category: str
    late_minutes: int
    warn_percent: int
    absent_percent: int
    missing_assignments: int
    warn_days: int
    pass_points: int
    capstone_gap: int
    repeat_months: int
    note: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a person stands in a group: with a seat, or waiting as number `position` (from 1)."""

    member_id: uuid.UUID
    state: MemberState
    position: int = 0


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """What an officer's list is narrowed to."""

    text: str = ""
    category: str = ""
    state: GroupState | None = None
    org_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How full a group is."""

    enrolled: int = 0
    waiting: int = 0
