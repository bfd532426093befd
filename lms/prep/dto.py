"""What the use cases of preparation take and its pages are given."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.exams.dto import Blueprint
from lms.kernel.i18n import Localized
from lms.prep.models import PrepPaper, PrepSubject, SignUp, Source
from lms.prep.readiness import Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignUp:
    """What somebody typed to sign up. `key` makes it one. `consent` is the version of the text that was agreed to."""

    key: str
    name: str
    phone: str
    email: str
    org_id: uuid.UUID
    source: Source
    username: str
    password: str
    consent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPlan:
    """What an officer says about a subject."""

    title: Localized
    blueprint: Blueprint
    minutes: int
    pass_half_points: int
    course_slug: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class SignUpFilter:
    """What an officer's list is narrowed to."""

    text: str = ""
    source: Source | None = None
    org_id: uuid.UUID | None = None
    passed: bool | None = None
    merged: bool | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class SignUpLine:
    """A sign-up in a list. `person_id` is the record that counts now; `passed_on` the day of a certificate since."""

    sign_up: SignUp
    person_id: uuid.UUID
    merged: bool
    unit: str
    phone: str
    papers: int
    passed_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as a page shows it. `chosen` are shown option numbers; with `answered` the key is shown too."""

    position: int
    kind: str
    several: bool
    stem: str
    options: Sequence[str]
    key: frozenset[int]
    explanation: str
    point: str
    worth: int
    answered: bool
    chosen: frozenset[int]
    half_points: int


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper with how far it is."""

    paper: PrepPaper
    subject: PrepSubject
    answered: Mapping[int, int]
    """Half-points by position."""

    @property
    def items(self) -> int:
        return len(self.paper.rows)

    @property
    def half_points(self) -> int:
        return sum(self.answered.values())

    @property
    def next_position(self) -> int | None:
        """The first position without an answer."""
        return next((place for place in range(self.items) if place not in self.answered), None)


@dataclass(frozen=True, slots=True)
class LessonLink:
    """A lesson that teaches a point. `enrolment_id` where the person takes the course."""

    course_slug: str
    lesson_slug: str
    title: Localized
    enrolment_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A subject with a person's forecast, the points' titles, and where each point is taught."""

    subject: PrepSubject
    forecast: Forecast
    titles: Mapping[str, Localized]
    lessons: Mapping[str, LessonLink]


@dataclass(frozen=True, slots=True)
class WeakPoint:
    """How all learners fare at a point."""

    point: str
    title: Mapping[str, Any]
    learners: int
    answers: int
    percent: int
