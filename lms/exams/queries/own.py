"""What one person sees of examinations."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import undefer

from lms.exams.models import (
    Exam,
    ExamSession,
    PaperForm,
    Result,
    Seat,
    SeatState,
    SessionState,
    Sitting,
    SittingState,
)
from lms.exams.queries.results import newest_results
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Entrance:
    """A session as one person meets it: their seat, sitting and published result, where there are any."""

    exam: Exam
    session: ExamSession
    seat: Seat | None = None
    sitting: Sitting | None = None
    result: Result | None = None

    @property
    def registered(self) -> bool:
        return self.seat is not None and self.seat.state is SeatState.REGISTERED

    @property
    def may_register(self) -> bool:
        open_states = {SessionState.DRAFT, SessionState.FROZEN}
        return not self.registered and self.session.state in open_states and clock.now() <= self.session.register_until

    @property
    def may_start(self) -> bool:
        ready = self.registered and self.session.state is SessionState.FROZEN
        return ready and self.sitting is None and self.session.opens_at <= clock.now() < self.session.closes_at

    @property
    def under_way(self) -> bool:
        return (
            self.sitting is not None
            and self.sitting.state is SittingState.OPEN
            and clock.now() < self.sitting.deadline_at
        )


_ENTRANCES = (
    select(Exam, ExamSession, Seat, Sitting, Result)
    .join(ExamSession, ExamSession.exam_id == Exam.id)
    .outerjoin(Seat, and_(Seat.session_id == ExamSession.id, Seat.person_id == bindparam("person")))
    .outerjoin(Sitting, Sitting.seat_id == Seat.id)
    .outerjoin(
        Result,
        and_(
            Result.seat_id == Seat.id,
            ExamSession.state == SessionState.PUBLISHED,
            Result.id.in_(newest_results().with_only_columns(Result.id)),
        ),
    )
    .order_by(ExamSession.opens_at, ExamSession.id)
)


def entrances(person_id: uuid.UUID | None, *where: ColumnElement[bool]) -> list[Entrance]:
    """Sessions with one person's seat, sitting and published result, the next one first. One SELECT."""
    return [Entrance(*row) for row in db.session.execute(_ENTRANCES.where(*where), {"person": person_id})]


def offered(person_id: uuid.UUID | None) -> list[Entrance]:
    """Sessions to come or under way that anybody may register for, or that the person is registered for."""
    now = clock.now()
    return entrances(
        person_id,
        ExamSession.state.in_([SessionState.DRAFT, SessionState.FROZEN]),
        ExamSession.closes_at > now - dt.timedelta(days=1),
        or_(ExamSession.register_until >= now, Seat.state == SeatState.REGISTERED),
    )


def taken(person_id: uuid.UUID) -> list[Entrance]:
    """The person's past sessions, the latest first."""
    rows = entrances(
        person_id,
        Seat.state == SeatState.REGISTERED,
        or_(
            ExamSession.state.in_([SessionState.CLOSED, SessionState.PUBLISHED, SessionState.CANCELLED]),
            Sitting.state == SittingState.SUBMITTED,
        ),
    )
    return rows[::-1]


def entrance(person_id: uuid.UUID | None, session_id: uuid.UUID) -> Entrance:
    """One session as the person meets it. Raises `NotFound`."""
    rows = entrances(person_id, ExamSession.id == session_id)
    if not rows:
        raise NotFound(_("找不到这期考试。"))
    return rows[0]


def own_sitting(person_id: uuid.UUID | None, sitting_id: uuid.UUID) -> Sitting:
    """The person's own sitting; anybody else's does not exist. Raises `NotFound`."""
    query = select(Sitting).where(Sitting.id == sitting_id, Sitting.person_id == person_id)
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound(_("找不到这场考试。"))
    return found


def own_result(person_id: uuid.UUID | None, result_id: uuid.UUID) -> Entrance:
    """A person's own published result. Raises `NotFound`, also before publication."""
    session_id = db.session.scalar(
        select(Seat.session_id)
        .join(Result, Result.seat_id == Seat.id)
        .where(Result.id == result_id, Seat.person_id == person_id)
    )
    found = entrance(person_id, session_id) if session_id else None
    if found is None or found.result is None:
        raise NotFound(_("找不到这份成绩。"), todo=_("成绩公布后才能查看。"))
    return found


def form(form_id: uuid.UUID) -> PaperForm:
    """A paper form."""
    return db.session.get_one(PaperForm, form_id)


def form_of_sitter(person_id: uuid.UUID | None, form_id: uuid.UUID) -> PaperForm:
    """A paper form for someone who has begun to sit it. Raises `NotFound`."""
    query = (
        select(PaperForm)
        .join(Sitting, Sitting.form_id == PaperForm.id)
        .where(PaperForm.id == form_id, Sitting.person_id == person_id)
        .options(undefer(PaperForm.content))
    )
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound(_("找不到这份试卷。"))
    return found
