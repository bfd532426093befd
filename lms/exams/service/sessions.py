"""Dates of an exam."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func, select, update

from lms.access import policy
from lms.exams.models import Exam, ExamSession, Seat, SeatState, SessionState
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import sentences
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice

FUTURE = dt.timedelta(days=3 * 366)


def create_session(
    actor: Actor,
    exam_id: uuid.UUID,
    *,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    register_until: dt.datetime | None = None,
) -> uuid.UUID:
    """Announce a date; it takes the next number. Registration ends with `register_until`, by default at the opening.

    Raises `Invalid` when the times do not follow one another.
    """
    last_moment = register_until or opens_at
    _check_times(last_moment, opens_at, closes_at)
    with unit_of_work(actor) as uow:
        exam = uow.session.get(Exam, exam_id, with_for_update=True)
        if exam is None:
            raise NotFound(_("找不到这个考试。"))
        policy.require(actor, "exam:edit", exam.org_id)
        numbers = select(func.max(ExamSession.number)).where(ExamSession.exam_id == exam_id)
        session = ExamSession(
            id=new_id(),
            exam_id=exam_id,
            number=(uow.session.scalar(numbers) or 0) + 1,
            register_until=last_moment,
            opens_at=opens_at,
            closes_at=closes_at,
            state=SessionState.DRAFT,
        )
        uow.session.add(session)
        uow.session.flush()
        uow.audit("exam_session.create", "exam_session", session.id, org_id=exam.org_id, number=session.number)
        return session.id


def edit_session(
    actor: Actor,
    session_id: uuid.UUID,
    *,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    register_until: dt.datetime,
) -> None:
    """Move a session that nobody could have started yet; the registered are told the new times."""
    _check_times(register_until, opens_at, closes_at)
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        policy.require(actor, "exam:edit", exam.org_id)
        frozen = session.state is SessionState.FROZEN
        if session.state is not SessionState.DRAFT and not (frozen and clock.now() < session.opens_at):
            raise Conflict(_("考试已经开始或结束，时间不能再改。"))
        moved = (session.opens_at, session.closes_at) != (opens_at, closes_at)
        session.register_until, session.opens_at, session.closes_at = register_until, opens_at, closes_at
        if moved:
            _tell_registered(uow, "exams.moved", session, exam, opens=opens_at, closes=closes_at)
        uow.audit(
            "exam_session.edit",
            "exam_session",
            session.id,
            org_id=exam.org_id,
            opens_at=opens_at.isoformat(),
            closes_at=closes_at.isoformat(),
        )


def cancel_session(actor: Actor, session_id: uuid.UUID, reason: str) -> None:
    """Call a session off before anybody could start; the registered are told why."""
    if not reason.strip():
        raise Invalid(_("请写明取消的原因，考生会看到。"), fields={"reason": _("请填写原因")})
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        policy.require(actor, "exam:edit", exam.org_id)
        if session.state is SessionState.FROZEN and clock.now() >= session.opens_at:
            raise Conflict(_("考试已经开始，不能取消。"))
        changed = uow.change(
            update(ExamSession)
            .where(ExamSession.id == session_id, ExamSession.state.in_([SessionState.DRAFT, SessionState.FROZEN]))
            .values(state=SessionState.CANCELLED)
        )
        if changed != 1:
            raise Conflict(_("这一期已经结束或取消。"))
        _tell_registered(uow, "exams.cancelled", session, exam, reason=reason.strip())
        uow.audit("exam_session.cancel", "exam_session", session_id, org_id=exam.org_id, reason=reason.strip())


def _tell_registered(uow: UnitOfWork, kind: str, session: ExamSession, exam: Exam, **params: object) -> None:
    """One message to everybody with a seat. Told again, it is another message: a session may move twice."""
    telling = new_id().hex
    seats = select(Seat.id, Seat.person_id).where(Seat.session_id == session.id, Seat.state == SeatState.REGISTERED)
    told = {"title": exam.title, "number": session.number, **params}
    notices = [
        Notice(person_id, told, key=f"{kind}:{telling}:{seat_id.hex}", link=f"/exams/sessions/{session.id}")
        for seat_id, person_id in uow.session.execute(seats)
    ]
    messages.send_all(uow, kind, notices)


def locked(uow: UnitOfWork, session_id: uuid.UUID) -> tuple[ExamSession, Exam]:
    """The session, locked for this transaction, and its exam. Raises `NotFound`."""
    query = select(ExamSession).where(ExamSession.id == session_id).with_for_update()
    session = uow.session.scalars(query.execution_options(populate_existing=True)).first()
    if session is None:
        raise NotFound(_("找不到这期考试。"))
    return session, uow.session.get_one(Exam, session.exam_id)


def _check_times(register_until: dt.datetime, opens_at: dt.datetime, closes_at: dt.datetime) -> None:
    fields: dict[str, str] = {}
    if closes_at <= opens_at:
        fields["closes_at"] = _("结束时间应晚于开始时间")
    elif closes_at - opens_at > dt.timedelta(days=31):
        fields["closes_at"] = _("一期考试最长 31 天")
    if register_until > closes_at:
        fields["register_until"] = _("报名截止不能晚于考试结束")
    if closes_at <= clock.now() or opens_at > clock.now() + FUTURE:
        fields["opens_at"] = _("请核对年份，时间应在将来三年之内")
    if fields:
        raise Invalid(_("时间前后不对。"), why=sentences(fields.values()), fields=fields)
