"""What classes tell the other rooms."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ClassAttended(DomainEvent):
    """Time in class that counts as continuing education, or counts anew after a correction.

    `occasion` names the meeting or the whole class and the person: 64 characters, the same after a correction.
    `minutes` is all of it, 0 when nothing counts any more; `planned` what was on the timetable. `attended_on` is a
    city day, `category` professional or public.
    """

    name: ClassVar[str] = "classes.attended"

    occasion: str
    person_id: uuid.UUID
    title: dict[str, str]
    category: str
    minutes: int
    planned: int
    attended_on: dt.date


@dataclass(frozen=True, kw_only=True)
class ClassGraduated(DomainEvent):
    """Somebody graduated from a class; told once. `graduated_on` is a city day."""

    name: ClassVar[str] = "classes.graduated"

    group_id: uuid.UUID
    person_id: uuid.UUID
    category: str
    title: dict[str, str]
    graduated_on: dt.date
