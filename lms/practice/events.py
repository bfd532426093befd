"""What the practice room tells the others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PracticeHoursSigned(DomainEvent):
    """Hours were signed off; `minutes` is negative where signed hours were undone."""

    name: ClassVar[str] = "practice.hours_signed"

    entry_id: uuid.UUID
    placement_id: uuid.UUID
    person_id: uuid.UUID
    code: str
    minutes: int
    day: dt.date


@dataclass(frozen=True, kw_only=True)
class PracticeCompleted(DomainEvent):
    """A placement is complete; told once. `minutes` were signed off, `counted` of them are continuing education.

    `category` is the category of continuing education, `completed_on` a city day.
    """

    name: ClassVar[str] = "practice.practice_completed"

    placement_id: uuid.UUID
    person_id: uuid.UUID
    code: str
    title: dict[str, str]
    station: str
    minutes: int
    counted: int
    counted_percent: int
    category: str
    completed_on: dt.date
