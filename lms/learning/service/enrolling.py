"""Enrolling once per person, course and round; leaving; moving to a newer release."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, NotFound, Unauthenticated
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning import rules
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState, Lesson, LessonProgress
from lms.learning.service.completing import complete_when_done


def enrol(actor: Actor, slug: str) -> uuid.UUID:
    """Enrol the actor and return the enrolment's id; enrolled already, that one; left before, the same one goes on.

    After completion a new round begins only where the setting `learning.repeat_allowed` says so (`Conflict` otherwise).
    """
    if actor.person_id is None:
        raise Unauthenticated(_("请先登录，再选课。"))
    with unit_of_work(actor) as uow:
        course = uow.session.scalars(select(Course).where(Course.slug == slug)).first()
        if course is None or course.current_release_id is None:
            raise NotFound(_("找不到这门课程。"), why=_("它可能还没有发布，或已停止招生。"))
        mine = (Enrolment.person_id == actor.person_id) & (Enrolment.course_id == course.id)
        latest = uow.session.scalars(select(Enrolment).where(mine).order_by(Enrolment.round.desc()).limit(1)).first()
        if latest is not None and latest.state is not EnrolmentState.COMPLETED:
            _reactivate(uow, latest.id)
            return latest.id
        if latest is not None and not kernel().settings.value("learning.repeat_allowed"):
            raise Conflict(
                _("您已学完这门课程。"), why=_("同一门课程的继续教育只计一次。"), todo=_("可以随时回来复习课文。")
            )
        number = rules.next_round(latest.round if latest else None)
        insert_new(
            uow.session, Enrolment,
            id=new_id(), person_id=actor.person_id, course_id=course.id, release_id=course.current_release_id,
            round=number, state=EnrolmentState.ACTIVE, enrolled_at=clock.now(),
        )  # fmt: skip
        return uow.session.scalars(select(Enrolment.id).where(mine, Enrolment.round == number)).one()


def withdraw(actor: Actor, enrolment_id: uuid.UUID) -> None:
    """Leave a course; what was studied is kept. Leaving twice is leaving once."""
    with unit_of_work(actor) as uow:
        enrolment = own_enrolment(uow, actor, enrolment_id)
        if enrolment.state is EnrolmentState.COMPLETED:
            raise Conflict(_("这门课程已经学完，不能退出。"))
        enrolment.state = EnrolmentState.WITHDRAWN


def move_to_current(actor: Actor, enrolment_id: uuid.UUID, to_release_id: uuid.UUID) -> None:
    """Go on with the course's current release. Progress of lessons whose content did not change is carried over.

    Raises `Conflict` when `to_release_id`, which the learner was shown, is no longer the current one.
    """
    with unit_of_work(actor) as uow:
        enrolment = own_enrolment(uow, actor, enrolment_id)
        if enrolment.release_id == to_release_id:
            return
        course = uow.session.get_one(Course, enrolment.course_id, populate_existing=True)
        if enrolment.state is not EnrolmentState.ACTIVE or course.current_release_id != to_release_id:
            raise Conflict(
                _("现在不能换到这个版本。"), why=_("课程又有了新版本，或您已不在学习中。"), todo=_("请刷新页面再看。")
            )
        _carry_progress(uow, enrolment, to_release_id)
        enrolment.release_id = to_release_id
        uow.session.flush()
        complete_when_done(uow, enrolment)


def own_enrolment(uow: UnitOfWork, actor: Actor, enrolment_id: uuid.UUID) -> Enrolment:
    """The actor's enrolment, fresh and locked: what changes its progress waits here. Raises `NotFound`."""
    enrolment = uow.session.get(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
    if enrolment is None or actor.person_id is None or enrolment.person_id != actor.person_id:
        raise NotFound(_("找不到这次学习。"), todo=_("请从“学习”进入课程。"))
    return enrolment


def _reactivate(uow: UnitOfWork, enrolment_id: uuid.UUID) -> None:
    left = (Enrolment.id == enrolment_id) & (Enrolment.state == EnrolmentState.WITHDRAWN)
    uow.session.execute(update(Enrolment).where(left).values(state=EnrolmentState.ACTIVE))


def _carry_progress(uow: UnitOfWork, enrolment: Enrolment, to_release_id: uuid.UUID) -> None:
    """Copy progress onto the new release's lessons of equal content, judged by the new release's rules."""
    known = (
        select(Lesson.digest, LessonProgress)
        .join(LessonProgress, LessonProgress.lesson_id == Lesson.id)
        .where(LessonProgress.enrolment_id == enrolment.id, Lesson.release_id == enrolment.release_id)
    )
    earlier = dict(uow.session.execute(known).all())
    release = uow.session.get_one(CourseRelease, to_release_id)
    for lesson in uow.session.scalars(select(Lesson).where(Lesson.release_id == to_release_id)):
        if (old := earlier.get(lesson.digest)) is None:
            continue
        needs = rules.LessonNeeds.of(lesson.minimum_minutes, lesson.checks, release.manifest["completion"])
        done = rules.lesson_complete(needs, seconds=old.seconds, read_to_end=old.read_to_end, passed=old.checks_passed)
        insert_new(
            uow.session, LessonProgress,
            enrolment_id=enrolment.id, lesson_id=lesson.id, seconds=old.seconds, read_to_end=old.read_to_end,
            checks_passed=old.checks_passed, first_opened_at=old.first_opened_at, last_seen_at=old.last_seen_at,
            completed_at=(old.completed_at or clock.now()) if done else None,
        )  # fmt: skip
