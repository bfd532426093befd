"""Completing a course: once, in the transaction that met the last condition."""

from __future__ import annotations

import uuid

from sqlalchemy import Exists, exists, select, update

from lms.kernel import clock
from lms.kernel.uow import UnitOfWork
from lms.learning.models import Enrolment, EnrolmentState, Lesson, LessonProgress
from lms.learning.queries import completions
from lms.messages import service as messages


def complete_when_done(uow: UnitOfWork, enrolment: Enrolment) -> bool:
    """Complete the course when every lesson of its release is. True when the course is complete, now or before.

    The change of state is compare-and-swap: the event is told once, whoever comes at the same time.
    """
    if enrolment.state is EnrolmentState.COMPLETED:
        return True
    if enrolment.state is not EnrolmentState.ACTIVE or uow.session.scalar(select(_open_lessons(enrolment))):
        return False
    moment = clock.now()
    active = (Enrolment.id == enrolment.id) & (Enrolment.state == EnrolmentState.ACTIVE)
    done = uow.change(update(Enrolment).where(active).values(state=EnrolmentState.COMPLETED, completed_at=moment))
    if done == 1:
        _tell(uow, enrolment.id)
    return True


def _open_lessons(enrolment: Enrolment) -> Exists:
    """Whether a lesson of the release is not yet complete."""
    complete = select(LessonProgress.lesson_id).where(
        LessonProgress.enrolment_id == enrolment.id, LessonProgress.completed_at.is_not(None)
    )
    return exists(select(Lesson.id).where(Lesson.release_id == enrolment.release_id, Lesson.id.not_in(complete)))


def _tell(uow: UnitOfWork, enrolment_id: uuid.UUID) -> None:
    [completed] = completions(Enrolment.id == enrolment_id)
    messages.send(
        uow,
        person_id=completed.person_id,
        kind="learning.completed",
        params={"title": completed.title},
        key=f"learning.completed:{enrolment_id.hex}",
        link=f"/courses/{completed.course_slug}",
    )
    uow.emit(completed)
