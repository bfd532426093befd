"""Background work: ending sittings and sessions whose time is over, marking, reminding."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import select

from lms.exams.models import ExamSession, Seat, SeatState, SessionState
from lms.exams.service import close_session, grade_session, sweep
from lms.exams.service.grading import GRADE_JOB, is_over
from lms.exams.service.sessions import locked
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.i18n import in_all_locales
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs import queue
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext, NotYet
from lms.kernel.models import Job
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice
from lms.questions.kinds import TYPE_OFF

log = structlog.get_logger(__name__)
REMIND_AHEAD = dt.timedelta(hours=24)
REMIND_JOB = "exams.remind"


def end_what_is_over(_context: JobContext, _payload: Mapping[str, Any]) -> dict[str, int]:
    """Hand in overdue sittings, close sessions whose time is over, remind of those that open within a day."""
    ended = sweep()
    closed = 0
    query = select(ExamSession).where(ExamSession.state == SessionState.FROZEN, ExamSession.closes_at < clock.now())
    for session in db.session.scalars(query).all():
        if not is_over(session):
            continue
        try:
            close_session(SYSTEM, session.id)
            closed += 1
        except Conflict as error:  # an officer was quicker
            log.info("session not closed", session=session.id.hex, reason=str(error))
    return {"ended": ended, "closed": closed, "reminders": _queue_reminders()}


def grade(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Mark a closed session; wait while nobody answers for a type of question on its papers."""
    try:
        return {"marked": grade_session(uuid.UUID(payload["session"]), context.progress)}
    except Conflict as refusal:
        if refusal.code != TYPE_OFF:
            raise
        raise NotYet(in_all_locales(_l("评分在等待：试卷上有题型没有启用，请联系系统管理员启用它的模块。"))) from None


def remind(_context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Tell everybody registered for a session that it opens within a day. Run again, it tells nobody twice."""
    with unit_of_work(SYSTEM) as uow:
        session, exam = locked(uow, uuid.UUID(payload["session"]))
        if session.state is not SessionState.FROZEN:
            return {"reminded": 0}
        seats = select(Seat).where(Seat.session_id == session.id, Seat.state == SeatState.REGISTERED)
        notices = [
            Notice(
                seat.person_id,
                {"title": exam.title, "number": session.number, "opens": session.opens_at, "ticket": seat.ticket},
                key=f"exams.soon:{seat.id.hex}:{int(session.opens_at.timestamp())}",
                link=f"/exams/sessions/{session.id}",
            )
            for seat in uow.session.scalars(seats)
        ]
        return {"reminded": messages.send_all(uow, "exams.soon", notices)}


def _queue_reminders() -> int:
    """One job for each session that opens within a day, and another when it was moved since."""
    now = clock.now()
    soon = select(ExamSession.id, ExamSession.opens_at).where(
        ExamSession.state == SessionState.FROZEN, ExamSession.opens_at > now, ExamSession.opens_at < now + REMIND_AHEAD
    )
    wanted = {
        f"{REMIND_JOB}:{session_id.hex}:{int(opens_at.timestamp())}": session_id
        for session_id, opens_at in db.session.execute(soon)
    }
    missing = wanted.keys() - set(db.session.scalars(select(Job.key).where(Job.key.in_(wanted))))
    if missing:
        with unit_of_work(SYSTEM) as uow:
            for key in sorted(missing):
                queue.enqueue(uow, REMIND_JOB, {"session": wanted[key].hex}, key=key)
    return len(missing)


JOBS = (
    JobSpec("exams.end", end_what_is_over, _l("收卷和结束考试"), every_seconds=60),
    JobSpec(GRADE_JOB, grade, _l("评分")),
    JobSpec(REMIND_JOB, remind, _l("提醒考生")),
)
