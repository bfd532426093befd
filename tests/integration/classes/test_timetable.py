"""The timetable: nothing where something else is, everybody told."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.classes import policy, wording
from lms.classes.dto import NewMeeting
from lms.classes.models import MeetingState
from lms.classes.service import groups
from lms.classes.service import timetable as service
from lms.classes.service.timetable import Clashes
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.models import AuditEntry
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.classes import HOUR, own_id


def planned(school, **changes):
    starts = clock.now() + HOUR
    values = {"title": "个案工作", "starts_at": starts, "ends_at": starts + 3 * HOUR, "room_id": None, "place": "二楼"}
    return NewMeeting(**(values | {"trainers": ()} | changes))


def refused(school, group_id, **changes):
    with pytest.raises(Clashes) as refusal:
        service.plan_meeting(school.officer, group_id, planned(school, **changes))
    return refusal.value


def kinds(refusal):
    return [clash.kind for clash in refusal.clashes]


def test_a_room_and_a_trainer_are_in_one_place_and_the_refusal_says_who_is_there(school):
    room = school.room()
    other = school.group()
    school.plan(other, room_id=room)
    refusal = refused(school, school.group(), room_id=room, trainers=(own_id(school.trainer),))
    assert kinds(refusal) == ["room", "trainer"]
    assert refusal.hard
    words = [wording.clash(clash) for clash in refusal.clashes]
    assert "一号教室" in words[0]
    assert "10:00–13:00" in words[0]
    assert "宋晓" in words[1]
    end = clock.now() + 4 * HOUR
    service.plan_meeting(
        school.officer, school.group(), planned(school, room_id=room, starts_at=end, ends_at=end + HOUR)
    )


def test_members_who_sit_elsewhere_a_small_room_and_a_holiday_are_told_and_can_be_accepted(school):
    busy, group_id, worker = school.group(), school.group(), school.worker("段文博")
    school.seat(busy, worker)
    school.seat(group_id, worker)
    school.plan(busy)
    assert kinds(refusal := refused(school, group_id, room_id=school.room(places=1))) == ["small", "members"]
    assert "段文博" in wording.clash(refusal.clashes[1])
    saturday, makeup = dt.datetime(2026, 11, 28, 2, tzinfo=dt.UTC), dt.datetime(2026, 10, 10, 2, tzinfo=dt.UTC)
    refusal = refused(school, group_id, starts_at=saturday, ends_at=saturday + HOUR)
    assert kinds(refusal) == ["holiday"]
    assert not refusal.hard
    assert "holiday" not in kinds(refused(school, group_id, starts_at=makeup, ends_at=makeup + HOUR))  # 国庆调休上班
    new = planned(school, starts_at=saturday, ends_at=saturday + HOUR)
    assert service.plan_meeting(school.officer, group_id, new, accepting=True)


def test_moving_and_cancelling_tell_everybody_once_and_an_old_page_does_not_overwrite(school):
    group_id, worker = school.group(), school.worker()
    school.seat(group_id, worker)
    meeting_id = school.plan(group_id)
    later = planned(school, starts_at=clock.now() + 5 * HOUR, ends_at=clock.now() + 6 * HOUR)
    service.move_meeting(school.officer, meeting_id, later, seen=1)
    with pytest.raises(Conflict):
        service.move_meeting(school.officer, meeting_id, later, seen=1)
    service.cancel_meeting(school.officer, meeting_id, seen=2, reason="教师生病")
    assert school.meeting(meeting_id).state is MeetingState.CANCELLED
    told = list(
        db.session.scalars(select(Message.kind).where(Message.person_id == worker.person_id).order_by(Message.id))
    )
    assert told == ["classes.enrolled", "classes.meeting_moved", "classes.meeting_cancelled"]
    teacher = db.session.scalars(select(Message.kind).where(Message.person_id == school.trainer.person_id)).all()
    assert list(teacher) == ["classes.meeting_moved"]  # she was taken off with the move, and is not told of the rest


def test_the_trail_says_what_a_meeting_was_and_what_became_of_it(school):
    group_id, room = school.group(), school.room()
    meeting_id = school.plan(group_id)
    later = planned(school, starts_at=clock.now() + 5 * HOUR, ends_at=clock.now() + 6 * HOUR, room_id=room, place="")
    service.move_meeting(school.officer, meeting_id, later, seen=1)
    service.cancel_meeting(school.officer, meeting_id, seen=2, reason="教师生病")
    rows = db.session.scalars(
        select(AuditEntry.detail).where(AuditEntry.subject_type == "class_meeting").order_by(AuditEntry.seq)
    ).all()
    first = {
        "title": "入户走访实务", "starts": "2026-11-27T02:00:00+00:00", "ends": "2026-11-27T05:00:00+00:00",
        "room": None, "place": "街道会议室", "trainers": [own_id(school.trainer).hex],
    }  # fmt: skip
    second = {
        "title": "个案工作", "starts": "2026-11-27T06:00:00+00:00", "ends": "2026-11-27T07:00:00+00:00",
        "room": room.hex, "place": "", "trainers": [],
    }  # fmt: skip
    assert rows == [first, second | {"was": first}, {"was": second, "reason": "教师生病"}]


def test_calling_a_class_off_reaches_calendars_its_trainers_and_who_waits(school):
    group_id, worker, waiting = school.group(places=1), school.worker(), school.worker()
    school.seat(group_id, worker, waiting)
    meeting_id, before = school.plan(group_id), clock.now()
    with clock.frozen(before + HOUR / 2):
        groups.cancel_group(school.officer, group_id, reason=" 人数不足 ")
    meeting = school.meeting(meeting_id)
    assert (meeting.state, meeting.revision, meeting.reason) == (MeetingState.CANCELLED, 2, "人数不足")
    assert meeting.changed_at == before + HOUR / 2
    told = select(Message.person_id).where(Message.kind == "classes.cancelled")
    assert set(db.session.scalars(told)) == {own_id(one) for one in (worker, waiting, school.trainer)}


def test_a_trainer_sees_the_groups_she_teaches_wherever_they_are_and_plans_nothing(school, city):

    guest = actor_for(make_officer("trainer", city.county_b, "外聘老师"))
    group_id = school.group()
    with pytest.raises(NotFound):
        policy.seen_group(guest, group_id)
    school.plan(group_id, trainers=(own_id(guest),))
    assert policy.taught_group(guest, group_id).id == group_id
    with pytest.raises(NotFound):
        service.plan_meeting(guest, group_id, planned(school))
