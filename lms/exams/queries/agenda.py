"""What the dashboard shows of examinations: the sessions that need somebody, and the results published last."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, select

from lms.access import policy
from lms.exams.models import Exam, ExamSession, Seat, SeatState, SessionState
from lms.kernel.actor import Actor
from lms.kernel.db import db

OPEN_STATES = (SessionState.DRAFT, SessionState.FROZEN, SessionState.CLOSED)


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """A session that is not finished, with its number of candidates."""

    session: ExamSession
    exam: Exam
    seats: int


def agenda(actor: Actor, most: int = 5) -> list[AgendaRow]:
    """Sessions still to be frozen, held or published, the earliest first. One SELECT."""
    registered = and_(Seat.session_id == ExamSession.id, Seat.state == SeatState.REGISTERED)
    query = (
        select(ExamSession, Exam, func.count(Seat.id))
        .join(Exam, Exam.id == ExamSession.exam_id)
        .outerjoin(Seat, registered)
        .where(
            ExamSession.state.in_(OPEN_STATES),
            Exam.org_id.in_(policy.visible_orgs(actor, "exam:view")),
        )
        .group_by(ExamSession.id, Exam.id)
        .order_by(ExamSession.opens_at, ExamSession.id)
        .limit(most)
    )
    return [AgendaRow(*row) for row in db.session.execute(query)]


def last_published(actor: Actor) -> tuple[ExamSession, Exam] | None:
    """The session whose results were published last among those whose results the actor may see."""
    query = (
        select(ExamSession, Exam)
        .join(Exam, Exam.id == ExamSession.exam_id)
        .where(
            ExamSession.state == SessionState.PUBLISHED,
            Exam.org_id.in_(policy.visible_orgs(actor, "result:view")),
        )
        .order_by(ExamSession.published_at.desc(), ExamSession.id)
        .limit(1)
    )
    row = db.session.execute(query).first()
    return (row[0], row[1]) if row else None
