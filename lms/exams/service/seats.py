"""Registering for a session: by the person, or by an officer from a list."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from lms.access import policy
from lms.exams.dto import Line
from lms.exams.models import Exam, ExamSession, Seat, SeatState, SessionMode, SessionState, Sitting
from lms.exams.service.freezing import forms_for_seats
from lms.exams.service.sessions import locked
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import sentences
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning.queries import completed_enrolment
from lms.messages import service as messages
from lms.messages.dto import Notice
from lms.people.models import Person, PersonState

MAX_LINES = 2000
MAX_EXTRA = 240
_OPEN = (SessionState.DRAFT, SessionState.FROZEN)


def register(actor: Actor, session_id: uuid.UUID) -> str:
    """Register the actor and return the ticket number; registering twice is one seat.

    Raises `Conflict` after the registration deadline, and where the exam asks for a course not yet completed.
    """
    if actor.person_id is None:
        raise Unauthenticated(_("请先登录。"))
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        if session.state not in _OPEN or clock.now() > session.register_until:
            raise Conflict(_("这一期的报名已经截止。"), todo=_("请留意下一期的报名时间。"), code="registration_over")
        if exam.course_slug and completed_enrolment(actor.person_id, exam.course_slug) is None:
            raise Conflict(
                _("您还没有学完这场考试要求的课程。"), todo=_("学完课程后再来报名。"), code="course_not_completed"
            )
        if uow.session.get_one(Person, actor.person_id).id_number_index is None:
            raise Conflict(
                _("正式考试要核对身份证件，您还没有登记。"),
                why=_("您是自己报名的学员，资料里没有证件号码。"),
                todo=_("请先到“我的报名”登记证件，再来报名考试。"),
                code="no_document",
            )
        [seat] = _take_seats(uow, session, [actor.person_id])
        return seat.ticket


def cancel_seat(actor: Actor, session_id: uuid.UUID) -> None:
    """Give the actor's own seat back, until registration ends or the sitting has begun.

    The seat's lock and that of `starting.start` exclude each other: no sitting is left without a seat. The session is
    not locked, because a start takes seat and session in this order.
    """
    with unit_of_work(actor) as uow:
        own = select(Seat).where(Seat.session_id == session_id, Seat.person_id == actor.person_id)
        seat = uow.session.scalars(own.with_for_update().execution_options(populate_existing=True)).first()
        if seat is None or seat.state is not SeatState.REGISTERED:
            raise NotFound(_("您没有报名这场考试。"))
        session = uow.session.get_one(ExamSession, session_id)
        if session.state not in _OPEN or clock.now() > session.register_until:
            raise Conflict(_("报名已经截止，不能再取消。"), todo=_("不参加考试会记为缺考。"))
        if uow.session.scalar(select(Sitting.id).where(Sitting.seat_id == seat.id)) is not None:
            raise Conflict(_("您已经开考，不能再取消报名。"), code="started")
        seat.state, seat.form_id = SeatState.CANCELLED, None


def check_list(actor: Actor, session_id: uuid.UUID, text: str) -> list[Line]:
    """Read a typed or pasted list, one identity or phone number a line; nothing is changed.

    Only persons in units where the actor may see people are found; anybody else counts as unknown.
    """
    session = db.session.get(ExamSession, session_id)
    if session is None:
        raise NotFound(_("找不到这期考试。"))
    exam = db.session.get_one(Exam, session.exam_id)
    policy.require(actor, "exam:edit", exam.org_id)
    rows = [(number, row.strip()) for number, row in enumerate(text.splitlines(), 1) if row.strip()]
    if len(rows) > MAX_LINES:
        raise Invalid(_("一次最多 %(most)d 行。", most=MAX_LINES), todo=_("请分几次办理。"))
    found = _find(actor, [row for _number, row in rows])
    seated = set(
        db.session.scalars(
            select(Seat.person_id).where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED)
        )
    )
    lines: list[Line] = []
    seen: set[uuid.UUID] = set()
    for number, row in rows:
        line = _checked(number, row, found.get(_key(row)), seated, seen)
        if line.person_id is not None:
            seen.add(line.person_id)
        lines.append(line)
    return lines


def register_list(actor: Actor, session_id: uuid.UUID, text: str, *, skip_faulty: bool = False) -> int:
    """Register everybody on a list, all or nothing unless `skip_faulty`; returns how many seats are new."""
    lines = check_list(actor, session_id, text)
    faulty = [line for line in lines if line.problem]
    if faulty and not skip_faulty:
        raise Invalid(
            _("有 %(count)d 行有问题，一个人也没有报名。", count=len(faulty)),
            why=sentences(
                _("第 %(line)d 行：%(message)s", line=line.number, message=line.problem) for line in faulty[:5]
            ),
            todo=_("请修改后重试，或勾选“跳过有问题的行”。"),
        )
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        if session.state not in _OPEN or clock.now() >= session.closes_at:
            raise Conflict(_("这一期已经结束，不能再报名。"))
        people = [line.person_id for line in lines if line.person_id is not None and not line.problem]
        _tell(uow, exam, session, _take_seats(uow, session, people))
        uow.audit("seat.register", "exam_session", session_id, org_id=exam.org_id, count=len(people))
        return len(people)


def set_extra_minutes(actor: Actor, seat_id: uuid.UUID, minutes: int) -> uuid.UUID:
    """Grant extra time (合理便利) before the candidate has started; returns the session's id.

    Locks the seat, as a start does (see `starting`): who begins in the same moment has the extra minutes, or this is
    refused.
    """
    if not 0 <= minutes <= MAX_EXTRA:
        raise Invalid(_("延长的时间不对。"), fields={"minutes": _("应在 0 到 %(most)d 分钟之间", most=MAX_EXTRA)})
    with unit_of_work(actor) as uow:
        seat = uow.session.get(Seat, seat_id, with_for_update=True, populate_existing=True)
        if seat is None:
            raise NotFound(_("找不到这个考位。"))
        session = uow.session.get_one(ExamSession, seat.session_id)
        exam = uow.session.get_one(Exam, session.exam_id)
        policy.require(actor, "exam:edit", exam.org_id)
        started = uow.session.scalar(select(Sitting.id).where(Sitting.seat_id == seat_id))
        if session.state not in _OPEN or started is not None:
            raise Conflict(_("考生已经开考，或考试已经结束，不能再改。"))
        seat.extra_minutes = minutes
        uow.audit("seat.extra", "seat", seat_id, org_id=exam.org_id, minutes=minutes)
        return session.id


def _take_seats(uow: UnitOfWork, session: ExamSession, people: Sequence[uuid.UUID]) -> list[Seat]:
    """Each person's seat, made or taken up again. The session's lock makes tickets follow one another."""
    query = select(Seat).where(Seat.session_id == session.id, Seat.person_id.in_(people))
    known = {seat.person_id: seat for seat in uow.session.scalars(query.execution_options(populate_existing=True))}
    serial = uow.session.scalar(select(func.count(Seat.id)).where(Seat.session_id == session.id)) or 0
    forms = forms_for_seats(uow, session) if session.mode is SessionMode.ONLINE else itertools.repeat(None)
    seats = []
    for person_id in people:
        seat = known.get(person_id)
        if seat is None:
            serial += 1
            seat = Seat(
                id=new_id(),
                session_id=session.id,
                person_id=person_id,
                ticket=f"{clock.local_date(session.opens_at):%Y%m%d}{session.number:02d}{serial:05d}",
                extra_minutes=0,
            )
            uow.session.add(seat)
        if seat.state is not SeatState.REGISTERED:
            seat.state, seat.registered_at, seat.form_id = SeatState.REGISTERED, clock.now(), next(forms)
        seats.append(seat)
    uow.session.flush()
    return seats


def _tell(uow: UnitOfWork, exam: Exam, session: ExamSession, seats: Sequence[Seat]) -> None:
    notices = [
        Notice(
            seat.person_id,
            {"title": exam.title, "number": session.number, "opens": session.opens_at, "ticket": seat.ticket},
            key=f"exams.registered:{seat.id.hex}:{int(seat.registered_at.timestamp())}",
            link=f"/exams/sessions/{session.id}",
        )
        for seat in seats
    ]
    messages.send_all(uow, "exams.registered", notices)


def _key(row: str) -> str:
    return re.sub(r"[\s-]", "", row).upper()


def _find(actor: Actor, rows: Sequence[str]) -> dict[str, tuple[uuid.UUID, str]]:
    """Persons by identity or phone number, among those the actor may see."""
    cipher = kernel().cipher
    wanted = {_key(row) for row in rows}
    by_id = {cipher.blind_index(text, context="person.id_number"): text for text in wanted}
    by_phone = {cipher.blind_index(text, context="person.phone"): text for text in wanted}
    found: dict[str, tuple[uuid.UUID, str]] = {}
    for column, index in ((Person.id_number_index, by_id), (Person.phone_index, by_phone)):
        query = select(column, Person.id, Person.name).where(
            column.in_(list(index)),
            Person.state == PersonState.ACTIVE,
            Person.id.in_(policy.visible_persons(actor, "person:view")),
        )
        for value, person_id, name in db.session.execute(query):
            if value is not None:
                found[index[value]] = (person_id, name)
    return found


def _checked(
    number: int,
    row: str,
    match: tuple[uuid.UUID, str] | None,
    seated: set[uuid.UUID],
    seen: set[uuid.UUID],
) -> Line:
    masked = row if len(row) < 8 else f"{row[:3]}***{row[-4:]}"
    if match is None:
        return Line(number, masked, problem=_("在您管理的单位里找不到这个人。"))
    person_id, name = match
    if person_id in seen:
        return Line(number, masked, person_id, name, _("与前面的行重复。"))
    if person_id in seated:
        return Line(number, masked, person_id, name, _("已经报名。"))
    return Line(number, masked, person_id, name)
