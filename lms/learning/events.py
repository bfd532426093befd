"""What the learning room tells others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CourseCompleted(DomainEvent):
    """A learner has met every completion rule of a course; told once per enrolment. `completed_on` is a city day."""

    name: ClassVar[str] = "learning.course_completed"

    enrolment_id: uuid.UUID
    person_id: uuid.UUID
    course_slug: str
    title: dict[str, str]
    version: str
    category: str
    credit_minutes: int
    completed_on: dt.date


@dataclass(frozen=True, kw_only=True)
class ReleasePublished(DomainEvent):
    """A release is what new learners get from now on."""

    name: ClassVar[str] = "learning.release_published"

    release_id: uuid.UUID
    course_slug: str
    version: str
