"""A person's own learning, for the home page and for other rooms."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, func, select

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import Localized
from lms.learning.dto import Going, LessonRow
from lms.learning.events import CourseCompleted
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState, Lesson, LessonProgress

LISTED = (
    Lesson.id,
    Lesson.slug,
    Lesson.position,
    Lesson.module_title,
    Lesson.title,
    Lesson.minutes,
    Lesson.minimum_minutes,
    func.json_array_length(Lesson.checks),
)
"""What a list needs of a lesson, in the order of `LessonRow`'s fields: its text and its questions are not read."""

_LESSONS_OF = (
    select(Enrolment.id, LessonProgress, *LISTED)
    .join(Lesson, Lesson.release_id == Enrolment.release_id)
    .outerjoin(LessonProgress, (LessonProgress.enrolment_id == Enrolment.id) & (LessonProgress.lesson_id == Lesson.id))
    .order_by(Lesson.position)
)


def going(person_id: uuid.UUID) -> list[Going]:
    """The courses a person is taking, the last touched first. Two queries."""
    enrolments = db.session.execute(
        select(Enrolment, Course.slug, CourseRelease.title)
        .join(Course, Course.id == Enrolment.course_id)
        .join(CourseRelease, CourseRelease.id == Enrolment.release_id)
        .where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE)
    ).all()
    rows = lesson_rows_of([enrolment for enrolment, _slug, _title in enrolments])
    found = [_going(enrolment, slug, title, rows[enrolment.id]) for enrolment, slug, title in enrolments]
    return sorted(found, key=lambda course: course.last_seen_at, reverse=True)


def own_courses(person_id: uuid.UUID) -> bool:
    """Whether the person ever enrolled anywhere."""
    return db.session.scalar(select(Enrolment.id).where(Enrolment.person_id == person_id).limit(1)) is not None


def completed_enrolment(person_id: uuid.UUID, slug: str) -> Enrolment | None:
    """The newest completed round of a person in a course, or None."""
    query = (
        select(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Course.slug == slug, Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.COMPLETED)
        .order_by(Enrolment.round.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()


def completions(*only: ColumnElement[bool]) -> list[CourseCompleted]:
    """Completed enrolments as the events they tell, the first completed first."""
    query = (
        select(Enrolment, CourseRelease, Course.slug, Enrolment.completed_at)
        .join(CourseRelease, CourseRelease.id == Enrolment.release_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.state == EnrolmentState.COMPLETED, *only)
        .order_by(Enrolment.completed_at, Enrolment.id)
    )
    return [
        CourseCompleted(
            enrolment_id=enrolment.id,
            person_id=enrolment.person_id,
            course_slug=slug,
            title=release.title,
            version=release.version,
            category=release.category,
            credit_minutes=release.credit_minutes,
            completed_on=clock.local_date(completed_at),
        )
        for enrolment, release, slug, completed_at in db.session.execute(query)
        if completed_at is not None
    ]


def published_titles() -> Sequence[tuple[str, Localized]]:
    """Slug and title of every published course, for choosing one."""
    query = select(Course.slug, CourseRelease.title).join(CourseRelease, CourseRelease.id == Course.current_release_id)
    return [(slug, title) for slug, title in db.session.execute(query.order_by(Course.slug))]


def lesson_rows_of(enrolments: Sequence[Enrolment]) -> dict[uuid.UUID, list[tuple[LessonRow, LessonProgress | None]]]:
    """Each enrolment's lessons in order with the progress in them. One query."""
    found: dict[uuid.UUID, list[tuple[LessonRow, LessonProgress | None]]] = {entry.id: [] for entry in enrolments}
    if not found:
        return found
    for enrolment_id, progress, *lesson in db.session.execute(_LESSONS_OF.where(Enrolment.id.in_(found))):
        found[enrolment_id].append((lesson_row(lesson, progress), progress))
    return found


def lesson_rows(release_id: uuid.UUID) -> list[LessonRow]:
    """The lessons of a release in order, as nobody's. One query."""
    query = select(*LISTED).where(Lesson.release_id == release_id).order_by(Lesson.position)
    return [lesson_row(lesson) for lesson in db.session.execute(query)]


def lesson_row(lesson: Sequence[Any], progress: LessonProgress | None = None) -> LessonRow:
    """A lesson, read as `LISTED`, for a list."""
    state = "todo" if progress is None else "done" if progress.completed_at else "started"
    return replace(LessonRow(*lesson), state=state, seconds=progress.seconds if progress else 0)


def next_of(rows: Sequence[LessonRow]) -> LessonRow | None:
    """The first lesson that is not complete."""
    return next((row for row in rows if row.state != "done"), None)


def _going(
    enrolment: Enrolment, slug: str, title: Localized, pairs: Sequence[tuple[LessonRow, LessonProgress | None]]
) -> Going:
    rows = [row for row, _progress in pairs]
    seen = [progress.last_seen_at for _row, progress in pairs if progress]
    return Going(
        enrolment_id=enrolment.id,
        slug=slug,
        title=title,
        done=sum(row.state == "done" for row in rows),
        lessons=len(rows),
        minutes_left=sum(max(1, row.minutes - row.seconds // 60) for row in rows if row.state != "done"),
        next_lesson=next_of(rows),
        last_seen_at=max(seen, default=enrolment.enrolled_at),
    )
