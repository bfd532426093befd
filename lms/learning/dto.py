"""What passes between the parts of the learning room, and what its pages show."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lms.kernel.i18n import Localized
from lms.kernel.search import Fragment
from lms.learning.models import EnrolmentState
from lms.questions.dto import ParsedItem, Problem


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file of a package: its path with `/`, its size in bytes and SHA-256 in hex."""

    path: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class CheckedLesson:
    """A lesson whose text, media and questions hold together. `source` is Markdown without its title line."""

    slug: str
    module_title: Localized
    title: Localized
    source: str
    minutes: int
    minimum_minutes: int
    points: tuple[str, ...]
    checks: tuple[ParsedItem, ...]
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedBank:
    """A question bank of a package."""

    slug: str
    title: Localized
    items: tuple[ParsedItem, ...]


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """A package without faults. `digest` covers the path and content of every file."""

    folder: Path
    manifest: Mapping[str, Any]
    digest: str
    files: Mapping[str, PackageFile]
    lessons: tuple[CheckedLesson, ...]
    banks: tuple[CheckedBank, ...]

    @property
    def slug(self) -> str:
        return str(self.manifest["id"])

    @property
    def version(self) -> str:
        return str(self.manifest["version"])


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of a check: a package, or the problems that stand in its way, by file and line."""

    package: CheckedPackage | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: a new release, or the earlier one with the very same content."""

    release_id: uuid.UUID
    slug: str
    version: str
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Beat:
    """One claim of a reading tab: its number in that tab, and the active seconds since the claim before."""

    seq: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a lesson stands; `seconds` is what the server credited so far."""

    seconds: int
    needed_seconds: int
    read_to_end: bool
    checks_passed: int
    checks_total: int
    lesson_complete: bool
    course_complete: bool

    @property
    def seconds_left(self) -> int:
        return max(0, self.needed_seconds - self.seconds)


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in the catalogue. `percent` is None for whoever is not enrolled; `found` are hits in its lessons."""

    slug: str
    title: Localized
    summary: Localized
    category: str
    tier: str
    credit_minutes: int
    minutes: int
    lessons: int
    open_to_public: bool
    state: EnrolmentState | None = None
    percent: int | None = None
    found: tuple[LessonHit, ...] = ()


@dataclass(frozen=True, slots=True)
class LessonHit:
    """A lesson whose text holds what was searched for."""

    title: Localized
    fragments: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson in a course's list. `state`: todo, started or done; `seconds` credited."""

    id: uuid.UUID
    slug: str
    position: int
    module_title: Localized
    title: Localized
    minutes: int
    minimum_minutes: int
    checks: int
    state: str = "todo"
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Going:
    """A course somebody is taking: how far, what comes next, how much is left."""

    enrolment_id: uuid.UUID
    slug: str
    title: Localized
    done: int
    lessons: int
    minutes_left: int
    next_lesson: LessonRow | None
    last_seen_at: dt.datetime

    @property
    def percent(self) -> int:
        return self.done * 100 // self.lessons if self.lessons else 0


@dataclass(frozen=True, slots=True)
class Move:
    """What moving to the newer release would mean: which lessons keep their progress and which are to be read anew."""

    enrolment_id: uuid.UUID
    from_version: str
    to_version: str
    to_release_id: uuid.UUID
    kept: tuple[Localized, ...]
    anew: tuple[Localized, ...]
    gone: tuple[Localized, ...]


@dataclass(frozen=True, slots=True)
class DeskCourse:
    """A course on the trainer's desk."""

    id: uuid.UUID
    slug: str
    title: Localized
    org_name: str
    version: str
    state: str
    active: int
    completed: int


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release and where it stands: imported, in_review, returned, published or withdrawn."""

    id: uuid.UUID
    version: str
    title: Localized
    state: str
    current: bool
    created_at: dt.datetime
    changed_at: dt.datetime
    learners: int


@dataclass(frozen=True, slots=True)
class Stop:
    """How many learners of a release opened a lesson, and how many completed it."""

    title: Localized
    position: int
    opened: int
    completed: int


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A learner in the progress list."""

    name: str
    unit: str
    version: str
    round: int
    state: EnrolmentState
    enrolled_at: dt.datetime
    completed_at: dt.datetime | None
    done: int
    lessons: int
    seconds: int
