"""A course's page, a lesson's page, and what moving to a newer release would mean."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, or_, select

from lms.access import policy
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound, Unauthenticated
from lms.kernel.i18n import gettext as _
from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel
from lms.learning import rules
from lms.learning.dto import Evidence, LessonRow, Move
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState, Lesson, LessonProgress, ReleaseFile
from lms.learning.queries.own import lesson_rows, lesson_rows_of, next_of


@dataclass(frozen=True)
class CoursePage:
    """What a course's page shows: the reader's own release where they are enrolled, else the current one."""

    slug: str
    release: CourseRelease
    lessons: Sequence[LessonRow]
    enrolment: Enrolment | None
    newer: bool
    open_for_enrolment: bool

    @property
    def manifest(self) -> Mapping[str, Any]:
        return self.release.manifest

    @property
    def minutes(self) -> int:
        return sum(row.minutes for row in self.lessons)

    @property
    def done(self) -> int:
        return sum(row.state == "done" for row in self.lessons)

    @property
    def studied_seconds(self) -> int:
        return sum(row.seconds for row in self.lessons)

    @property
    def next_lesson(self) -> LessonRow | None:
        return next_of(self.lessons)

    @property
    def studying(self) -> bool:
        return self.enrolment is not None and self.enrolment.state is not EnrolmentState.WITHDRAWN


@dataclass(frozen=True)
class LessonPage:
    """A lesson as one learner reads it, or as a trainer previews it (no enrolment)."""

    slug: str
    course_title: Mapping[str, str]
    lesson: Lesson
    rows: Sequence[LessonRow]
    evidence: Evidence
    passed: frozenset[str]
    enrolment: Enrolment | None = None

    @property
    def previous(self) -> LessonRow | None:
        return next((row for row in self.rows if row.position == self.lesson.position - 1), None)

    @property
    def following(self) -> LessonRow | None:
        return next((row for row in self.rows if row.position == self.lesson.position + 1), None)


def course_page(actor: Actor, slug: str) -> CoursePage:
    """The page of a course. Whoever is not signed in gets those open to the public (`Unauthenticated`)."""
    course = db.session.scalars(select(Course).where(Course.slug == slug)).first()
    enrolment = _latest(actor, course) if course else None
    release_id = enrolment.release_id if enrolment else course and course.current_release_id
    release = db.session.get(CourseRelease, release_id) if release_id else None
    if actor.is_anonymous and (release is None or not release.open_to_public):
        raise Unauthenticated(_("请先登录。"), todo=_("登录后可以看到全部课程。"))
    if course is None or release is None:
        raise NotFound(_("找不到这门课程。"), why=_("它可能还没有发布，或已停止招生。"), todo=_("请从课程目录进入。"))
    if enrolment:
        rows = [row for row, _progress in lesson_rows_of([enrolment])[enrolment.id]]
    else:
        rows = lesson_rows(release.id)
    newer = bool(
        enrolment
        and enrolment.state is EnrolmentState.ACTIVE
        and course.current_release_id not in {None, enrolment.release_id}
    )
    return CoursePage(slug, release, rows, enrolment, newer, course.current_release_id is not None)


def resume(actor: Actor, enrolment_id: uuid.UUID) -> tuple[str, str | None]:
    """The course of an own enrolment and the lesson to go on with, None when all are complete."""
    enrolment, slug, _release = _own(actor, enrolment_id)
    row = next_of([row for row, _progress in lesson_rows_of([enrolment])[enrolment.id]])
    return slug, row.slug if row else None


def lesson_page(actor: Actor, enrolment_id: uuid.UUID, lesson_slug: str) -> LessonPage:
    """A lesson of the actor's own enrolment. Another person's, or one left, is `NotFound`. Four queries."""
    enrolment, slug, release = _own(actor, enrolment_id)
    pairs = lesson_rows_of([enrolment])[enrolment.id]
    progress = next((progress for row, progress in pairs if row.slug == lesson_slug), None)
    lesson = db.session.scalars(
        select(Lesson).where(Lesson.release_id == release.id, Lesson.slug == lesson_slug)
    ).first()
    if lesson is None:
        raise NotFound(_("找不到这一课。"), todo=_("请从课程页面进入。"))
    return LessonPage(
        slug=slug,
        course_title=release.title,
        lesson=lesson,
        rows=[row for row, _progress in pairs],
        evidence=evidence_of(lesson, release, progress, enrolment),
        passed=frozenset(progress.checks_passed if progress else ()),
        enrolment=enrolment,
    )


def medium(actor: Actor, release_id: uuid.UUID, path: str) -> StoredFile:
    """A media file of a release: for who learns by it, and for staff who may view the course. Otherwise `NotFound`."""
    learner = select(Enrolment.id).where(
        Enrolment.release_id == release_id,
        Enrolment.person_id == actor.person_id,
        Enrolment.state != EnrolmentState.WITHDRAWN,
    )
    owner = select(Course.org_id).join(CourseRelease, CourseRelease.course_id == Course.id)
    staff = owner.where(CourseRelease.id == release_id, Course.org_id.in_(policy.visible_orgs(actor, "course:view")))
    file = db.session.scalars(
        select(StoredFile)
        .join(ReleaseFile, ReleaseFile.file_id == StoredFile.id)
        .where(ReleaseFile.release_id == release_id, ReleaseFile.path == path, or_(exists(learner), exists(staff)))
    ).first()
    if file is None:
        raise NotFound(_("找不到这个文件。"))
    return file


def may_repeat() -> bool:
    """Whether a completed course may be taken again."""
    return bool(kernel().settings.value("learning.repeat_allowed"))


def evidence_of(
    lesson: Lesson, release: CourseRelease, progress: LessonProgress | None, enrolment: Enrolment | None
) -> Evidence:
    """Where a lesson stands, as stored."""
    needs = rules.LessonNeeds.of(lesson.minimum_minutes, lesson.checks, release.manifest["completion"])
    return Evidence(
        seconds=progress.seconds if progress else 0,
        needed_seconds=needs.minimum_seconds,
        read_to_end=bool(progress and progress.read_to_end),
        checks_passed=len(progress.checks_passed) if progress else 0,
        checks_total=len(lesson.checks),
        lesson_complete=bool(progress and progress.completed_at),
        course_complete=bool(enrolment and enrolment.state is EnrolmentState.COMPLETED),
    )


def move_offer(actor: Actor, enrolment_id: uuid.UUID) -> tuple[Move, str]:
    """What moving to the current release would mean, and the course. Raises `NotFound` when there is nothing newer."""
    enrolment, slug, old = _own(actor, enrolment_id)
    current_id = db.session.scalar(select(Course.current_release_id).where(Course.id == enrolment.course_id))
    if current_id in {None, old.id} or enrolment.state is not EnrolmentState.ACTIVE:
        raise NotFound(_("没有更新的版本。"), todo=_("您可以继续学习现在的版本。"))
    new = db.session.get_one(CourseRelease, current_id)
    before, after = _digests(old.id), _digests(new.id)
    touched = set(
        db.session.scalars(
            select(Lesson.digest)
            .join(LessonProgress, LessonProgress.lesson_id == Lesson.id)
            .where(LessonProgress.enrolment_id == enrolment.id, Lesson.release_id == old.id)
        )
    )
    offer = Move(
        enrolment_id=enrolment.id,
        from_version=old.version,
        to_version=new.version,
        to_release_id=new.id,
        kept=tuple(title for digest, title in after.items() if digest in touched),
        anew=tuple(title for digest, title in after.items() if digest not in before),
        gone=tuple(title for digest, title in before.items() if digest in touched and digest not in after),
    )
    return offer, slug


def _digests(release_id: uuid.UUID) -> dict[str, dict[str, str]]:
    query = select(Lesson.digest, Lesson.title).where(Lesson.release_id == release_id).order_by(Lesson.position)
    return dict(db.session.execute(query).all())


def _latest(actor: Actor, course: Course) -> Enrolment | None:
    if actor.person_id is None:
        return None
    query = select(Enrolment).where(Enrolment.person_id == actor.person_id, Enrolment.course_id == course.id)
    return db.session.scalars(query.order_by(Enrolment.round.desc()).limit(1)).first()


def _own(actor: Actor, enrolment_id: uuid.UUID) -> tuple[Enrolment, str, CourseRelease]:
    found = db.session.execute(
        select(Enrolment, Course.slug, CourseRelease)
        .join(Course, Course.id == Enrolment.course_id)
        .join(CourseRelease, CourseRelease.id == Enrolment.release_id)
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.person_id == actor.person_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
    ).first()
    if found is None:
        raise NotFound(_("找不到这次学习。"), todo=_("请从“学习”进入课程。"))
    return found[0], found[1], found[2]
