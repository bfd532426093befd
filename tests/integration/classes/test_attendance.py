"""Checking in, a trainer's word, closing, and what counts in the ledger."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.classes import codes
from lms.classes.attendance_models import AttendanceRecord, AttendanceResult
from lms.classes.models import MeetingState
from lms.classes.queries import attendance
from lms.classes.rules.attendance import Flag, Says
from lms.classes.service import attending, settling
from lms.classes.service.settling import rule_of
from lms.credits import service as ledger
from lms.credits.models import CreditEntry
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import make_officer
from lms.testing.factories.classes import HOUR, own_id
from lms.testing.queries import count_queries

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def lesson(school):
    """A running class of two with a meeting from 10:00 to 13:00: (meeting, group, two workers)."""
    group_id, people = school.group(places=10), [school.worker("陈思雨"), school.worker("何俊杰")]
    school.seat(group_id, *people)
    meeting_id = school.plan(group_id)
    school.start(group_id)
    return meeting_id, group_id, people


def later(minutes):
    return clock.frozen(FRIDAY + HOUR + minutes * MINUTE)


def token(meeting_id):
    return codes.current(meeting_id, clock.now()).token


def lines(school, meeting_id):
    meeting = school.meeting(meeting_id)
    with unit_of_work(school.officer) as uow:
        rule = rule_of(uow, school.now(meeting.group_id))
    return {line.name: line for line in attendance.lines(meeting, rule, 5)}


def entries(actor):
    rows = db.session.scalars(
        select(CreditEntry).where(CreditEntry.person_id == actor.person_id).order_by(CreditEntry.id)
    )
    return [(row.source, row.minutes) for row in rows]


def test_a_meeting_is_settled_in_the_order_in_which_persons_are_locked(school):
    group_id, people = school.group(places=3), [school.worker() for _number in range(3)]
    for one in sorted(people, key=own_id, reverse=True):
        school.seat(group_id, one)
    meeting_id = school.plan(group_id)
    school.start(group_id)
    with later(180):
        settling.close_meeting(school.trainer, meeting_id)
    settled = db.session.scalars(select(AttendanceResult.person_id).order_by(AttendanceResult.id)).all()
    assert settled == sorted(map(own_id, people))


def test_a_code_lives_two_steps_and_a_check_in_is_one_however_often_it_is_sent(school, lesson):
    meeting_id, _group, (worker, other) = lesson
    with later(0):
        shown = codes.current(meeting_id, clock.now())
    with clock.frozen(FRIDAY + HOUR + dt.timedelta(seconds=59)):
        first = attending.check_in(worker, meeting_id, shown.token, "")
    with clock.frozen(FRIDAY + HOUR + dt.timedelta(seconds=60)):
        assert attending.check_in(worker, meeting_id, shown.token, "") == first
        with pytest.raises(Conflict) as refusal:
            attending.check_in(other, meeting_id, shown.digits, "")
        assert refusal.value.code == "wrong_code"
        attending.check_in(other, meeting_id, codes.current(meeting_id, clock.now()).digits, "")
    assert len(db.session.scalars(select(AttendanceRecord)).all()) == 2


def test_only_members_check_in_and_only_around_the_meeting(school, lesson):
    meeting_id, _group, (worker, _other) = lesson
    with pytest.raises(NotFound):
        attending.check_in(school.worker(), meeting_id, token(meeting_id), "")
    for minutes, words in ((-31, "还没有到签到时间"), (211, "签到时间已过")):
        with later(minutes), pytest.raises(Conflict, match=words):
            attending.check_in(worker, meeting_id, token(meeting_id), "")
    other = codes.current(school.plan(school.group(), trainers=()), clock.now()).token
    with later(0), pytest.raises(Conflict, match="签到码不对"):
        attending.check_in(worker, meeting_id, other, "")


def test_guessing_ends_after_a_few_tries_and_is_shown_to_the_trainer(school, lesson):
    meeting_id, _group, (worker, other) = lesson
    with later(0):
        for _number in range(5):
            with pytest.raises(Conflict):
                attending.check_in(worker, meeting_id, "000000", "")
        with pytest.raises(Conflict) as refusal:
            attending.check_in(worker, meeting_id, token(meeting_id), "")
        assert refusal.value.code == "too_many_tries"
    with later(11):
        attending.check_in(worker, meeting_id, token(meeting_id), "phone")
        attending.check_in(other, meeting_id, token(meeting_id), "phone")
        found = lines(school, meeting_id)
        assert found["陈思雨"].flags == [Flag.SHARED_DEVICE, Flag.GUESSED]
        assert found["何俊杰"].presence.late


def test_two_meetings_at_once_are_seen_on_both_lists(school, lesson):
    meeting_id, _group, (worker, _other) = lesson
    second = school.group()
    school.seat(second, worker)
    other = school.plan(second, trainers=())
    with later(5):
        for one in (meeting_id, other):
            attending.check_in(worker, one, token(one), "")
        assert lines(school, meeting_id)["陈思雨"].flags == [Flag.ELSEWHERE]
        assert lines(school, other)["陈思雨"].flags == [Flag.ELSEWHERE]


def test_closing_counts_the_minutes_once_and_a_correction_replaces_them(school, lesson):
    meeting_id, _group, (worker, other) = lesson
    with pytest.raises(Conflict, match="还没有上课"):
        settling.close_meeting(school.trainer, meeting_id)
    with later(20):
        attending.check_in(worker, meeting_id, token(meeting_id), "")
    with later(180):
        assert settling.close_meeting(school.trainer, meeting_id) == 1
        with pytest.raises(Conflict):
            settling.close_meeting(school.officer, meeting_id)
        assert school.meeting(meeting_id).state is MeetingState.HELD
        assert entries(worker) == [("class", 160)]
        assert entries(other) == []
        start = school.meeting(meeting_id).starts_at
        people = [own_id(worker), own_id(other)]
        for _sent in range(2):
            attending.attest(
                school.trainer, meeting_id, people, Says.PRESENT, at=start, reason="手机没电", key="form-1"
            )
        assert entries(worker) == [("class", 160), ("reversal", -160), ("correction", 180)]
        assert entries(other) == [("class", 180)]
        attending.attest(school.officer, meeting_id, people[:1], Says.ABSENT, at=start, reason="代签", key="form-2")
        attending.attest(school.officer, meeting_id, people[:1], Says.LEFT, at=start, reason="多余", key="form-3")
        assert [minutes for _source, minutes in entries(worker)] == [160, -160, 180, -180]
        attending.attest(
            school.officer, meeting_id, people[:1], Says.PRESENT, at=start + HOUR, reason="核实后到课", key="form-4"
        )
        assert entries(worker)[-1] == ("correction", 120)
    assert ledger.check_ledger()[1] == []
    revisions = db.session.scalars(select(AttendanceResult).where(AttendanceResult.person_id == worker.person_id))
    assert sorted((row.revision, row.minutes) for row in revisions) == [(1, 160), (2, 180), (3, 0), (4, 120)]


def test_nobody_checks_in_to_a_meeting_that_is_closed_in_the_same_moment(school, lesson, monkeypatch):
    meeting_id, _group, (worker, _other) = lesson
    fits = codes.fits

    def closing_first(*sent):
        settling.close_meeting(school.trainer, meeting_id)
        return fits(*sent)

    with later(20):
        shown = token(meeting_id)
        monkeypatch.setattr(codes, "fits", closing_first)
        with pytest.raises(Conflict, match="考勤已经结束"):
            attending.check_in(worker, meeting_id, shown, "")
    assert db.session.scalars(select(AttendanceRecord)).all() == []


def test_a_trainers_word_needs_a_reason_and_is_never_about_oneself(school, lesson, city):
    meeting_id, group_id, (worker, _other) = lesson
    school.seat(group_id, school.trainer)
    word = {"at": clock.now(), "reason": "核对", "key": "k"}
    with pytest.raises(Invalid) as refusal:
        attending.attest(school.trainer, meeting_id, [], Says.PRESENT, **(word | {"reason": ""}))
    assert set(refusal.value.fields) == {"people", "reason"}
    with pytest.raises(Forbidden):
        attending.attest(school.trainer, meeting_id, [own_id(school.trainer)], Says.PRESENT, **word)
    colleague = actor_for(make_officer("trainer", city.county_a))
    with pytest.raises(Forbidden, match="任课教师"):
        attending.attest(colleague, meeting_id, [own_id(worker)], Says.PRESENT, **word)
    stranger = actor_for(make_officer("trainer", city.county_b))
    with pytest.raises(NotFound):
        attending.attest(stranger, meeting_id, [own_id(worker)], Says.PRESENT, **word)


def test_a_class_that_does_not_count_writes_nothing_and_the_list_costs_the_same(school):
    group_id, worker = school.group(places=30, category="prep"), school.worker()
    school.seat(group_id, worker)
    meeting_id = school.plan(group_id)
    school.start(group_id)
    with later(0):
        attending.check_in(worker, meeting_id, token(meeting_id), "")
        with count_queries() as few:
            lines(school, meeting_id)
        school.seat(group_id, *(school.worker() for _number in range(6)))
        with count_queries() as many:
            assert len(lines(school, meeting_id)) == 7
        assert many.count == few.count
        settling.close_meeting(school.officer, meeting_id)
    assert entries(worker) == []
