"""Examinations in people's calendars: the sessions they are registered for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from lms.agenda.sources import CalendarEntry, CalendarSource
from lms.exams.models import Exam, ExamSession, Seat, SeatState, SessionState
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick


def sessions(person_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[CalendarEntry]:
    """Sessions of the days, those called off too. One SELECT."""
    query = (
        select(ExamSession, Exam.title, Seat.ticket)
        .join(Exam, Exam.id == ExamSession.exam_id)
        .join(Seat, Seat.session_id == ExamSession.id)
        .where(
            Seat.person_id == person_id,
            Seat.state == SeatState.REGISTERED,
            ExamSession.opens_at < clock.start_of_day(last + dt.timedelta(days=1)),
            ExamSession.closes_at > clock.start_of_day(first),
        )
        .order_by(ExamSession.opens_at, ExamSession.id)
    )
    return [
        CalendarEntry(
            key=f"exam-session-{session.id.hex}",
            title=_("考试：%(title)s", title=pick(title)),
            starts=session.opens_at,
            ends=session.closes_at,
            path=f"/exams/sessions/{session.id}",
            text=_("准考证号 %(ticket)s", ticket=ticket),
            cancelled=session.state is SessionState.CANCELLED,
        )
        for session, title, ticket in db.session.execute(query)
    ]


SOURCE = CalendarSource("exams.sessions", _l("考试"), sessions)
