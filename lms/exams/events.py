"""What the exam room tells others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class SittingSubmitted(DomainEvent):
    """A candidate handed in, or time ran out; told once per sitting."""

    name: ClassVar[str] = "exams.sitting_submitted"

    sitting_id: uuid.UUID
    seat_id: uuid.UUID
    person_id: uuid.UUID
    session_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class ResultsPublished(DomainEvent):
    """An officer published the results of a session."""

    name: ClassVar[str] = "exams.results_published"

    session_id: uuid.UUID
    exam_slug: str


@dataclass(frozen=True, kw_only=True)
class ResultPublished(DomainEvent):
    """One person's result became known. `outcome` is scored, absent or void; half-points are None unless scored."""

    name: ClassVar[str] = "exams.result_published"

    result_id: uuid.UUID
    seat_id: uuid.UUID
    person_id: uuid.UUID
    exam_slug: str
    session_id: uuid.UUID
    outcome: str
    passed: bool
    half_points: int | None
    total_half_points: int
