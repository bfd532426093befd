"""Publishing results: an officer's act, in one transaction with the events and messages it causes."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select, update

from lms.access import policy
from lms.exams.events import ResultPublished, ResultsPublished
from lms.exams.models import Exam, ExamSession, Result, Seat, SeatState, SessionState
from lms.exams.queries import newest_results
from lms.exams.service.sessions import locked
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice


def publish(actor: Actor, session_id: uuid.UUID) -> int:
    """Make a session's results known to the candidates; returns how many. Raises `Conflict` before marking has ended,
    and for a second click.
    """  # noqa: D205
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        policy.require(actor, "result:publish", exam.org_id)
        if session.state is SessionState.CLOSED and _unmarked(uow, session_id):
            raise Conflict(_("评分还没有完成。"), todo=_("请等评分任务完成后再公布。"), code="not_marked")
        changed = uow.change(
            update(ExamSession)
            .where(ExamSession.id == session_id, ExamSession.state == SessionState.CLOSED)
            .values(state=SessionState.PUBLISHED, published_at=clock.now(), published_by=actor.person_id)
        )
        if changed != 1:
            raise Conflict(_("成绩已经公布，或考试还没有结束。"), code="not_closed")
        rows = uow.session.execute(
            newest_results()
            .join(Seat, Seat.id == Result.seat_id)
            .where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED)
            .order_by(Seat.ticket)
            .add_columns(Seat.person_id)
        ).all()
        for result, person_id in rows:
            uow.emit(_published(exam, session, result, person_id))
        params = {"title": exam.title, "number": session.number}
        notices = [
            Notice(person_id, params, key=f"exams.result:{result.id.hex}", link=f"/exams/results/{result.id}")
            for result, person_id in rows
        ]
        messages.send_all(uow, "exams.result", notices)
        uow.emit(ResultsPublished(session_id=session_id, exam_slug=exam.slug))
        uow.audit("exam_session.publish", "exam_session", session_id, org_id=exam.org_id, results=len(rows))
        return len(rows)


def _published(exam: Exam, session: ExamSession, result: Result, person_id: uuid.UUID) -> ResultPublished:
    return ResultPublished(
        result_id=result.id,
        seat_id=result.seat_id,
        person_id=person_id,
        exam_slug=exam.slug,
        session_id=session.id,
        outcome=result.outcome.value,
        passed=result.passed,
        half_points=result.half_points,
        total_half_points=result.total_half_points,
    )


def _unmarked(uow: UnitOfWork, session_id: uuid.UUID) -> int:
    marked = select(Result.id).where(Result.seat_id == Seat.id)
    query = select(func.count(Seat.id)).where(
        Seat.session_id == session_id, Seat.state == SeatState.REGISTERED, ~marked.exists()
    )
    return uow.session.scalar(query) or 0
