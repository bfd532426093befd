"""Classes in people's calendars: meetings they attend or teach, work that is due, invitations to rotation training."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from lms.agenda.sources import CalendarEntry, CalendarSource
from lms.classes import wording
from lms.classes.course_models import Assignment, Submission
from lms.classes.models import ClassMember, MeetingState, MemberState
from lms.classes.queries import data, rotation, timetable
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick

A_DAY = dt.timedelta(days=1)


def meetings(person_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[CalendarEntry]:
    """Meetings of the days, those called off too: a calendar that has them must learn of it."""
    rows = timetable.spans_of(person_id, clock.start_of_day(first), clock.start_of_day(last + A_DAY))
    rooms = data.rooms_by_id({row.ClassMeeting.room_id for row in rows if row.ClassMeeting.room_id})
    found = []
    for row in rows:
        meeting = row.ClassMeeting
        path = f"/desk/classes/meetings/{meeting.id}" if row.teaches else f"/classes/{meeting.group_id}"
        entry = CalendarEntry(
            key=f"class-meeting-{meeting.id.hex}",
            title=f"{pick(row.title)} · {meeting.title}",
            starts=meeting.starts_at,
            ends=meeting.ends_at,
            path=path,
            place=wording.place(meeting, rooms),
            text=_("您任课") if row.teaches else "",
            revision=meeting.revision,
            changed_at=meeting.changed_at,
            cancelled=meeting.state is MeetingState.CANCELLED,
        )
        found.append(entry)
    return found


def deadlines(person_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[CalendarEntry]:
    """Work that is due and not handed in, and days until which one is asked to attend rotation training."""
    mine = select(ClassMember.group_id).where(
        ClassMember.person_id == person_id, ClassMember.state == MemberState.ENROLLED
    )
    sent = select(Submission.assignment_id).where(Submission.person_id == person_id)
    query = select(Assignment).where(
        Assignment.group_id.in_(mine),
        Assignment.withdrawn_at.is_(None),
        Assignment.id.not_in(sent),
        Assignment.due_at >= clock.start_of_day(first),
        Assignment.due_at < clock.start_of_day(last + A_DAY),
    )
    found = [
        _whole_day(f"class-work-{one.id.hex}", _("作业截止：%(title)s", title=one.title), clock.local_date(one.due_at),
                   f"/classes/assignments/{one.id}")
        for one in db.session.scalars(query.order_by(Assignment.due_at, Assignment.id))
    ]  # fmt: skip
    found += [
        _whole_day(f"class-wave-{one.id.hex}", _("轮训最后一天：%(title)s", title=one.title), one.due_on, "/classes")
        for one in rotation.invitations(person_id)
        if first <= one.due_on <= last
    ]
    return found


def _whole_day(key: str, title: str, day: dt.date, path: str) -> CalendarEntry:
    return CalendarEntry(key, title, day, day, path, busy=False)


SOURCES = (
    CalendarSource("classes.meetings", _l("班级"), meetings),
    CalendarSource("classes.deadlines", _l("班级期限"), deadlines),
)
