"""Closing a meeting: minutes are settled for everybody, and counted as continuing education by the class's rule."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, or_, select, update

from lms.classes import policy
from lms.classes.attendance_models import AttendanceResult
from lms.classes.course_models import Graduation, Outcome
from lms.classes.events import ClassAttended
from lms.classes.models import ClassGroup, ClassMeeting, ClassMember, ClassRule, CreditMode, MeetingState, MemberState
from lms.classes.queries import attendance as queries
from lms.classes.queries import timetable
from lms.classes.rules.attendance import Presence, Says
from lms.classes.service.common import hold, overtaken
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work


def close_meeting(actor: Actor, meeting_id: uuid.UUID) -> int:
    """End the attendance of a meeting; how many people were there. Once: who comes second is refused.

    Raises `Conflict` before the meeting has begun.
    """
    meeting = timetable.meeting(meeting_id)
    with unit_of_work(actor) as uow:
        policy.taught_group(actor, meeting.group_id)
        group = hold(uow, meeting.group_id)
        meeting = timetable.meeting(meeting_id)
        if clock.now() < meeting.starts_at:
            raise Conflict(_("还没有上课，不能结束考勤。"))
        closing = update(ClassMeeting).where(ClassMeeting.id == meeting_id, ClassMeeting.state == MeetingState.PLANNED)
        if uow.change(closing.values(state=MeetingState.HELD, changed_at=clock.now())) != 1:
            raise overtaken()
        known = queries.presences(meeting, rule_of(uow, group))
        people = _expected(uow, meeting, known)
        rows = [_row(meeting_id, one, known.get(one, Presence()), 1) for one in people]
        if rows:
            uow.session.execute(insert(AttendanceResult), rows)
        for row in rows:
            if row["minutes"]:
                _count(uow, group, meeting, row["person_id"], row["minutes"])
        uow.audit("class.meeting.close", "class_meeting", meeting_id, org_id=group.org_id, people=len(people))
        return sum(1 for row in rows if row["minutes"])


def _expected(uow: UnitOfWork, meeting: ClassMeeting, known: Mapping[uuid.UUID, Presence]) -> list[uuid.UUID]:
    """The members a meeting was for, in the order in which persons are locked.

    Those who joined before it was over, or were there all the same.
    """
    joined = or_(ClassMember.joined_at < meeting.ends_at, ClassMember.person_id.in_(known))
    query = select(ClassMember.person_id).where(ClassMember.group_id == meeting.group_id, joined)
    query = query.where(ClassMember.state == MemberState.ENROLLED).order_by(ClassMember.person_id)
    return list(uow.session.scalars(query))


def settle_again(uow: UnitOfWork, group: ClassGroup, meeting: ClassMeeting, people: Sequence[uuid.UUID]) -> None:
    """After a correction of a closed meeting: add a result where it differs, and count anew."""
    known, before = queries.presences(meeting, rule_of(uow, group)), queries.results([meeting.id])
    for one in people:
        old = before.get((meeting.id, one))
        row = _row(meeting.id, one, known.get(one, Presence()), old.revision + 1 if old else 1)
        if old is not None and (old.minutes, old.excused) == (row["minutes"], row["excused"]):
            continue
        uow.session.execute(insert(AttendanceResult).values(**row))
        if old is None or old.minutes != row["minutes"]:
            _count(uow, group, meeting, one, row["minutes"])


def rule_of(uow: UnitOfWork, group: ClassGroup) -> ClassRule:
    """The rule a class runs by."""
    return uow.session.get_one(ClassRule, group.rule_id)


def _row(meeting_id: uuid.UUID, person_id: uuid.UUID, presence: Presence, revision: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "meeting_id": meeting_id,
        "person_id": person_id,
        "revision": revision,
        "minutes": presence.minutes,
        "excused": presence.says is Says.EXCUSED,
        "recorded_at": clock.now(),
    }


def _count(uow: UnitOfWork, group: ClassGroup, meeting: ClassMeeting, person_id: uuid.UUID, minutes: int) -> None:
    """Tell what one meeting counts for, or the whole class after a correction, as the rule counts."""
    rule = rule_of(uow, group)
    if rule.credit_mode is CreditMode.MEETING:
        _tell_meeting(uow, group, meeting, person_id, minutes)
    elif rule.credit_mode is CreditMode.GRADUATION:
        ended = _graduated(uow, group, person_id)
        if ended is not None:
            _tell_class(uow, group, ended, person_id, _attended(group, person_id))


def hand_over(uow: UnitOfWork, group: ClassGroup, gone_id: uuid.UUID, kept_id: uuid.UUID) -> None:
    """Let what counted for a record that went into another count for that one, which has the same results now."""
    rule = rule_of(uow, group)
    if rule.credit_mode is CreditMode.MEETING:
        meetings = timetable.of_group(group.id)
        results = queries.results([one.id for one in meetings])
        for meeting in meetings:
            result = results.get((meeting.id, gone_id))
            if result is not None and result.minutes:
                _tell_meeting(uow, group, meeting, gone_id, 0)
                _tell_meeting(uow, group, meeting, kept_id, result.minutes)
    elif rule.credit_mode is CreditMode.GRADUATION:
        ended = _graduated(uow, group, gone_id)
        if ended is not None:
            _tell_class(uow, group, ended, gone_id, 0)
            _tell_class(uow, group, ended, kept_id, _attended(group, kept_id))


def _tell_meeting(
    uow: UnitOfWork, group: ClassGroup, meeting: ClassMeeting, person_id: uuid.UUID, minutes: int
) -> None:
    title = {locale: f"{text} · {meeting.title}" for locale, text in group.title.items()}
    uow.emit(
        ClassAttended(
            occasion=f"{meeting.id.hex}{person_id.hex}",
            person_id=person_id,
            title=title,
            category=rule_of(uow, group).credit_category,
            minutes=minutes,
            planned=meeting.minutes,
            attended_on=clock.local_date(meeting.starts_at),
        )
    )


def _graduated(uow: UnitOfWork, group: ClassGroup, person_id: uuid.UUID) -> Graduation | None:
    own = (Graduation.group_id == group.id) & (Graduation.person_id == person_id)
    return uow.session.scalars(select(Graduation).where(own, Graduation.outcome == Outcome.GRADUATED)).first()


def _attended(group: ClassGroup, person_id: uuid.UUID) -> int:
    """The minutes of all meetings of a class that count for a person."""
    meetings = [one.id for one in timetable.of_group(group.id)]
    return sum(row.minutes for (_one, person), row in queries.results(meetings).items() if person == person_id)


def _tell_class(uow: UnitOfWork, group: ClassGroup, ended: Graduation, person_id: uuid.UUID, minutes: int) -> None:
    uow.emit(
        ClassAttended(
            occasion=f"{group.id.hex}{person_id.hex}",
            person_id=person_id,
            title=group.title,
            category=rule_of(uow, group).credit_category,
            minutes=minutes,
            planned=ended.planned,
            attended_on=ended.decided_on,
        )
    )
