"""A release's way: imported, in review, published or returned, withdrawn. Each step is a row, the last the state."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from lms.access import policy
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning import rules
from lms.learning.events import ReleasePublished
from lms.learning.models import Course, CourseRelease, ReleaseStep


def send_to(actor: Actor, release_id: uuid.UUID, state: str, *, note: str = "") -> None:
    """Take a release one step on. Raises `Conflict` when it has moved meanwhile or cannot go there.

    Whoever imported a release or sent it for review does not publish it; an operator's command may.
    """
    with unit_of_work(actor) as uow:
        release, course = _release(uow, release_id)
        if state not in rules.NEEDED:
            raise Invalid(_("没有这个步骤。"))
        policy.require(actor, rules.NEEDED[state], course.org_id)
        steps = uow.session.scalars(
            select(ReleaseStep).where(ReleaseStep.release_id == release_id).order_by(ReleaseStep.position)
        ).all()
        if state not in rules.STEPS[steps[-1].state]:
            raise _moved_meanwhile()
        if state == rules.RETURNED and not note.strip():
            raise Invalid(_("退回时要写明理由。"), fields={"note": _("请写明哪里要改")})
        makers = rules.makers(release.created_by, [(step.state, step.by) for step in steps])
        if state == rules.PUBLISHED and actor is not SYSTEM and actor.person_id in makers:
            raise Forbidden(
                _("不能发布自己导入或送审的课程。"),
                why=_("导入、送审和发布要由两个人完成。"),
                todo=_("请由另一位有发布权限的同事发布。"),
            )
        _take_step(uow, release, course, steps[-1].position + 1, state=state, note=note.strip())


def advance(actor: Actor, release_id: uuid.UUID) -> None:
    """Take a release to `published` whatever state it is in: the operator's command."""
    with unit_of_work(actor) as uow:
        state = _state(uow, release_id)
        if state != rules.PUBLISHED:
            if state != rules.IN_REVIEW:
                send_to(actor, release_id, rules.IN_REVIEW)
            send_to(actor, release_id, rules.PUBLISHED)


def _release(uow: UnitOfWork, release_id: uuid.UUID) -> tuple[CourseRelease, Course]:
    found = uow.session.execute(
        select(CourseRelease, Course)
        .join(Course, Course.id == CourseRelease.course_id)
        .where(CourseRelease.id == release_id)
    ).first()
    if found is None:
        raise NotFound(_("找不到这个课程版本。"))
    return found[0], found[1]


def _state(uow: UnitOfWork, release_id: uuid.UUID) -> str:
    query = select(ReleaseStep.state).where(ReleaseStep.release_id == release_id)
    return uow.session.scalars(query.order_by(ReleaseStep.position.desc()).limit(1)).one()


def _take_step(
    uow: UnitOfWork, release: CourseRelease, course: Course, position: int, *, state: str, note: str
) -> None:
    """Write the step; the unique position lets only one of two simultaneous decisions through."""
    person_id = uow.actor.person_id
    if not insert_new(
        uow.session, ReleaseStep,
        id=new_id(), release_id=release.id, position=position, state=state, by=person_id, at=clock.now(), note=note,
    ):  # fmt: skip
        raise _moved_meanwhile()
    if state == rules.PUBLISHED:
        uow.session.execute(update(Course).where(Course.id == course.id).values(current_release_id=release.id))
        uow.emit(ReleasePublished(release_id=release.id, course_slug=course.slug, version=release.version))
    if state == rules.WITHDRAWN:
        current = (Course.id == course.id) & (Course.current_release_id == release.id)
        uow.session.execute(update(Course).where(current).values(current_release_id=None))
    uow.audit(
        f"course.{state}", "course", course.id, org_id=course.org_id,
        slug=course.slug, version=release.version, note=note,
    )  # fmt: skip


def _moved_meanwhile() -> Conflict:
    return Conflict(
        _("这个版本现在不能这样办理。"),
        why=_("它的状态已经改变，可能有人先办了。"),
        todo=_("请刷新页面，看现在的状态。"),
    )
