"""The trainer's desk: courses of one's units, their releases, where learners stop, and who is how far."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from lms.access import policy
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.learning.dto import DeskCourse, ProgressRow, ReleaseRow, Stop
from lms.learning.models import (
    Course,
    CourseRelease,
    Enrolment,
    EnrolmentState,
    Lesson,
    LessonProgress,
    ReleaseFile,
    ReleaseStep,
)
from lms.learning.packages import archive
from lms.learning.queries.course import LessonPage, evidence_of
from lms.learning.queries.own import lesson_rows
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person
from lms.webkit.paging import Page, paginate


def desk_courses(actor: Actor, *, words: str = "") -> Page[DeskCourse]:
    """A page of the courses whose unit the actor may see, with their newest release and learners. Four queries."""
    newest = select(CourseRelease.id).where(CourseRelease.course_id == Course.id)
    newest_id = newest.order_by(CourseRelease.id.desc()).limit(1).correlate(Course).scalar_subquery()
    query: Select[*tuple[Any, ...]] = (
        select(Course, CourseRelease, OrgUnit.name)
        .join(CourseRelease, CourseRelease.id == func.coalesce(Course.current_release_id, newest_id))
        .join(OrgUnit, OrgUnit.id == Course.org_id)
        .where(Course.org_id.in_(policy.visible_orgs(actor, "course:view")))
        .order_by(Course.slug)
    )
    if words.strip():
        query = query.where(Course.slug.contains(words, autoescape=True) | _title_holds(words))
    page = paginate(query, scalars=False)
    states = _states([release.id for _course, release, _unit in page.rows])
    counts = _learners_of([course.id for course, _release, _unit in page.rows])
    rows = [
        DeskCourse(
            id=course.id,
            slug=course.slug,
            title=release.title,
            org_name=unit,
            version=release.version,
            state=states[release.id].state,
            active=counts.get(course.id, (0, 0))[0],
            completed=counts.get(course.id, (0, 0))[1],
        )
        for course, release, unit in page.rows
    ]
    return Page(rows, page.total, page.number, page.size)


def course_for(actor: Actor, slug: str, permission: str = "course:view") -> Course:
    """A course on whose unit the actor holds the permission; otherwise `Forbidden` or `NotFound`."""
    course = db.session.scalars(select(Course).where(Course.slug == slug)).first()
    if course is None:
        raise NotFound(_("找不到这门课程。"))
    policy.require(actor, permission, course.org_id)
    return course


def release_for(
    actor: Actor, release_id: uuid.UUID, permission: str = "course:view"
) -> tuple[Course, CourseRelease, Sequence[ReleaseStep]]:
    """A release with its course and steps, for whoever holds the permission on the course's unit."""
    release = db.session.get(CourseRelease, release_id)
    if release is None:
        raise NotFound(_("找不到这个课程版本。"))
    course = db.session.get_one(Course, release.course_id)
    policy.require(actor, permission, course.org_id)
    steps = select(ReleaseStep).where(ReleaseStep.release_id == release_id).order_by(ReleaseStep.position)
    return course, release, db.session.scalars(steps).all()


def releases(course: Course) -> list[ReleaseRow]:
    """All releases of a course, the newest first. Three queries."""
    query = select(CourseRelease).where(CourseRelease.course_id == course.id).order_by(CourseRelease.id.desc())
    found = db.session.scalars(query).all()
    states = _states([release.id for release in found])
    learners = dict(
        db.session.execute(
            select(Enrolment.release_id, func.count())
            .where(Enrolment.course_id == course.id, Enrolment.state != EnrolmentState.WITHDRAWN)
            .group_by(Enrolment.release_id)
        ).all()
    )
    return [
        ReleaseRow(
            id=release.id,
            version=release.version,
            title=release.title,
            state=states[release.id].state,
            current=release.id == course.current_release_id,
            created_at=release.created_at,
            changed_at=states[release.id].at,
            learners=learners.get(release.id, 0),
        )
        for release in found
    ]


def learner_count(course_id: uuid.UUID) -> tuple[int, int]:
    """How many are learning and how many have completed."""
    return _learners_of([course_id]).get(course_id, (0, 0))


def stops(release_id: uuid.UUID) -> list[Stop]:
    """For each lesson of a release, how many of its learners opened and completed it. One query."""
    query = (
        select(
            Lesson.title,
            Lesson.position,
            func.count(LessonProgress.enrolment_id),
            func.count(LessonProgress.completed_at),
        )
        .outerjoin(LessonProgress, LessonProgress.lesson_id == Lesson.id)
        .where(Lesson.release_id == release_id)
        .group_by(Lesson.id, Lesson.title, Lesson.position)
        .order_by(Lesson.position)
    )
    if db.engine.dialect.name == "postgresql":  # json has no equality, and the primary key decides the title anyway
        query = query.group_by(None).group_by(Lesson.id)
    return [Stop(*row) for row in db.session.execute(query)]


def preview_lesson(actor: Actor, release_id: uuid.UUID, lesson_slug: str) -> LessonPage:
    """A lesson as learners will see it, for whoever may view the course on the desk."""
    course, release, _steps = release_for(actor, release_id)
    lesson = db.session.scalars(
        select(Lesson).where(Lesson.release_id == release_id, Lesson.slug == lesson_slug)
    ).first()
    if lesson is None:
        raise NotFound(_("找不到这一课。"))
    return LessonPage(
        slug=course.slug,
        course_title=release.title,
        lesson=lesson,
        rows=lesson_rows(release_id),
        evidence=evidence_of(lesson, release, None, None),
        passed=frozenset(),
    )


def progress_rows(actor: Actor, course: Course) -> Iterator[ProgressRow]:
    """Learners of a course employed in units the actor may see, with their progress. One query."""
    visible = policy.visible_persons(actor, "course:view")
    unit = (
        select(func.min(OrgUnit.name))
        .join(Employment, Employment.org_id == OrgUnit.id)
        .where(Employment.person_id == Enrolment.person_id, Employment.ended_on.is_(None))
        .scalar_subquery()
    )
    own_lesson = and_(Lesson.id == LessonProgress.lesson_id, Lesson.release_id == Enrolment.release_id)
    progress = (
        select(
            LessonProgress.enrolment_id,
            func.count(LessonProgress.completed_at).label("done"),
            func.sum(LessonProgress.seconds).label("seconds"),
        )
        .join(Enrolment, Enrolment.id == LessonProgress.enrolment_id)
        .join(Lesson, own_lesson)
        .where(Enrolment.course_id == course.id)
        .group_by(LessonProgress.enrolment_id)
        .subquery()
    )
    lessons = select(func.count()).where(Lesson.release_id == Enrolment.release_id).scalar_subquery()
    query = (
        select(Person.name, unit, CourseRelease.version, Enrolment, progress.c.done, progress.c.seconds, lessons)
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .join(CourseRelease, CourseRelease.id == Enrolment.release_id)
        .outerjoin(progress, progress.c.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id == course.id, Enrolment.person_id.in_(visible))
        .order_by(Person.name, Enrolment.id)
    )
    for name, unit_name, version, enrolment, done, seconds, total in db.session.execute(query):
        yield ProgressRow(
            name=name,
            unit=unit_name or "",
            version=version,
            round=enrolment.round,
            state=enrolment.state,
            enrolled_at=enrolment.enrolled_at,
            completed_at=enrolment.completed_at,
            done=int(done or 0),
            lessons=total,
            seconds=int(seconds or 0),
        )


def packed(release: CourseRelease, slug: str) -> bytes:
    """The package of a release as a ZIP; imported anywhere it has the same digest."""
    query = select(ReleaseFile.path, ReleaseFile.file_id).where(ReleaseFile.release_id == release.id)
    files = db.session.execute(query.order_by(ReleaseFile.path))
    return archive.pack(slug, ((path, kernel().files.read(file_id)) for path, file_id in files))


def _title_holds(words: str) -> ColumnElement[bool]:
    title: ColumnElement[str] = CourseRelease.title["zh_CN"].as_string()
    return title.contains(words, autoescape=True)


def _states(release_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ReleaseStep]:
    """The last step of each release."""
    query = select(ReleaseStep).where(ReleaseStep.release_id.in_(release_ids)).order_by(ReleaseStep.position)
    return {step.release_id: step for step in db.session.scalars(query)}


def _learners_of(course_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    active = func.sum(case((Enrolment.state == EnrolmentState.ACTIVE, 1), else_=0))
    completed = func.sum(case((Enrolment.state == EnrolmentState.COMPLETED, 1), else_=0))
    query = (
        select(Enrolment.course_id, active, completed)
        .where(Enrolment.course_id.in_(course_ids))
        .group_by(Enrolment.course_id)
    )
    return {course_id: (int(active), int(completed)) for course_id, active, completed in db.session.execute(query)}
