"""Seats of a merged person, with the sittings in them, go to the record that is kept; results hang on the seat."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import exists, select

from lms.exams.models import Exam, ExamSession, Result, Seat, SeatState, Sitting
from lms.kernel.actor import SYSTEM
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import moving
from lms.people.events import PersonsMerged


def on_merged(event: PersonsMerged) -> None:
    """Move what was taken part in, and what is to come.

    Where both have a seat in a session, the unused one is given up and stays behind. Raises `Conflict` where the old
    record's was used.
    """
    with unit_of_work(SYSTEM) as uow:
        mine, theirs = _seats(uow, event.gone_id), _seats(uow, event.kept_id)
        for session_id, seat in mine.items():
            other = theirs.get(session_id)
            if other is None:
                seat.person_id = event.kept_id
            else:
                _give_up(uow, seat, other)
        moving.move(uow, event, Sitting)


def _seats(uow: UnitOfWork, person_id: uuid.UUID) -> Mapping[uuid.UUID, Seat]:
    query = select(Seat).where(Seat.person_id == person_id).order_by(Seat.id)
    rows = uow.session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {row.session_id: row for row in rows}


def _give_up(uow: UnitOfWork, seat: Seat, other: Seat) -> None:
    """Leave one seat of two: the kept record's, with the other's place where its own was given back."""
    if _is_used(uow, seat):
        session = uow.session.get_one(ExamSession, seat.session_id)
        title = pick(uow.session.get_one(Exam, session.exam_id).title)
        raise Conflict(
            _("没有并入。"),
            why=_("两份档案都报了同一期考试：%(title)s，第 %(number)d 期。", title=title, number=session.number),
            todo=_("请考务干部核对，是不是同一个人。"),
            code="exam_twice",
        )
    if seat.state is SeatState.REGISTERED and other.state is SeatState.CANCELLED:
        other.state, other.form_id, other.registered_at = SeatState.REGISTERED, seat.form_id, seat.registered_at
        other.extra_minutes = max(other.extra_minutes, seat.extra_minutes)
    seat.state, seat.form_id = SeatState.CANCELLED, None


def _is_used(uow: UnitOfWork, seat: Seat) -> bool:
    used = exists().where(Sitting.seat_id == seat.id) | exists().where(Result.seat_id == seat.id)
    return bool(uow.session.scalar(select(used)))
