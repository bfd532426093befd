"""Tables of courses, releases, enrolment, progress and study evidence."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Course(Base):
    """A course through all its releases. New learners get `current_release_id` (no foreign key: that were a circle)."""

    __tablename__ = "course"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    current_release_id: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]


class CourseRelease(Base):
    """One imported package, frozen. `manifest` is the checked course.yml; `digest` covers every file of the package."""

    __tablename__ = "course_release"
    __table_args__ = (UniqueConstraint("course_id", "version"), UniqueConstraint("course_id", "digest"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course.id"), index=True)
    version: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str]]
    category: Mapped[str] = mapped_column(String(24))
    tier: Mapped[str] = mapped_column(String(24))
    open_to_public: Mapped[bool] = mapped_column(Boolean)
    credit_minutes: Mapped[int]
    manifest: Mapped[dict[str, Any]]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]


class ReleaseStep(Base):
    """What happened to a release: imported, sent for review, published, withdrawn. The last row is its state."""

    __tablename__ = "release_step"
    __table_args__ = (UniqueConstraint("release_id", "position"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_release.id"), index=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(24))
    by: Mapped[uuid.UUID | None]
    at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(default="")


class Lesson(Base):
    """One lesson of a release, rendered and sanitised once. `checks` holds its in-lesson questions with their keys.

    `digest` covers text, media and checks: progress in a lesson that did not change may be carried to a newer release.
    """

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("release_id", "position"), UniqueConstraint("release_id", "slug"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_release.id"))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(80))
    module_title: Mapped[dict[str, str]]
    title: Mapped[dict[str, str]]
    html: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    minutes: Mapped[int]
    minimum_minutes: Mapped[int]
    points: Mapped[list[str]]
    checks: Mapped[list[dict[str, Any]]]


class ReleaseFile(Base):
    """A file of the package, by its path in it. Learners are served those under `media/` only; the export needs all."""

    __tablename__ = "release_file"
    __table_args__ = (APPEND_ONLY,)

    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_release.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_file.id"))


class EnrolmentState(enum.StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Enrolment(Base):
    """A person taking a course, once per round. A second time is a new row: history is never reset."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("person_id", "course_id", "round"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course.id"), index=True)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_release.id"))
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[EnrolmentState] = mapped_column(choice(EnrolmentState))
    enrolled_at: Mapped[dt.datetime]
    completed_at: Mapped[dt.datetime | None]


class LessonProgress(Base):
    """How far a learner is in one lesson. `seconds` is evidenced study time, never more than real time."""

    __tablename__ = "lesson_progress"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    lesson_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    seconds: Mapped[int] = mapped_column(default=0)
    read_to_end: Mapped[bool] = mapped_column(default=False)
    checks_passed: Mapped[list[str]]
    first_opened_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    completed_at: Mapped[dt.datetime | None]


class StudyClock(Base):
    """Up to when a person's time is credited, whatever the tab, device or course: never twice."""

    __tablename__ = "study_clock"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    credited_until: Mapped[dt.datetime]


class StudyBeat(Base):
    """One heartbeat of a reading tab: what the browser claimed and what the server credited, in seconds."""

    __tablename__ = "study_beat"
    __table_args__ = (
        UniqueConstraint("tab", "seq"),
        Index("ix_study_beat_lesson", "enrolment_id", "lesson_id"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolment.id"))
    lesson_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lesson.id"))
    tab: Mapped[uuid.UUID]
    seq: Mapped[int]
    claimed_seconds: Mapped[int]
    credited_seconds: Mapped[int]
    at: Mapped[dt.datetime]
