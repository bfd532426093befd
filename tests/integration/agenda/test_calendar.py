"""One calendar from every room: classes, work, rotation training, examinations, registration."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.agenda import queries, service
from lms.agenda.models import CalendarFeed
from lms.classes.service import timetable, working
from lms.credits.obligations.rules import Obligation
from lms.exams import service as exams
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.testing.factories.classes import HOUR, School, own_id
from lms.testing.factories.credits import put_in_force, qualify
from lms.testing.factories.exams import make_exam
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2027, 1, 31)


@pytest.fixture
def school(city):
    with clock.frozen(FRIDAY):
        yield School(city)


def titles(person_id):
    return [one.entry.title for one in queries.entries(person_id, FIRST, LAST)]


def test_meetings_that_overlap_are_conflicts_and_those_called_off_are_not(school):
    groups, worker = [school.group(), school.group()], school.worker()
    for group_id in groups:
        school.seat(group_id, worker)
    first = school.plan(groups[0])
    second = school.plan(groups[1], trainers=())
    shown = queries.entries(own_id(worker), FIRST, LAST)
    assert [one.clashes for one in shown] == [True, True]
    timetable.cancel_meeting(school.officer, second, seen=1, reason="停课")
    shown = {one.entry.key: one for one in queries.entries(own_id(worker), FIRST, LAST)}
    gone = shown[f"class-meeting-{second.hex}"].entry
    assert (gone.cancelled, gone.revision) == (True, 2)
    assert not any(one.clashes for one in shown.values())
    assert f"class-meeting-{first.hex}" in {
        one.entry.key for one in queries.entries(own_id(school.trainer), FIRST, LAST)
    }
    assert queries.entries(own_id(worker), dt.date(2026, 12, 1), LAST) == []


def test_work_is_in_the_calendar_until_it_is_handed_in(school):
    group_id, worker = school.group(), school.worker()
    school.seat(group_id, worker)
    school.plan(group_id)
    task = working.set_assignment(
        school.officer, group_id, title="读书笔记", brief="", due_at=clock.now() + 48 * HOUR, capstone=False
    )
    assert "作业截止：读书笔记" in titles(own_id(worker))
    working.hand_in(worker, task, text="笔记", upload=None, key="k")
    assert "作业截止：读书笔记" not in titles(own_id(worker))


def test_an_exam_and_the_days_of_a_registration_and_a_year_are_in_the_calendar(app, city):
    with clock.frozen(FRIDAY):
        exam, person_id = make_exam(city.city), make_person("陈思雨", city.community_a)
        put_in_force(Obligation.YEAR, dt.date(2025, 12, 1), is_on=True, window_months=1)
        qualify(person_id, last=dt.date(2027, 1, 31))
        exams.register(actor_for(person_id), exam.session_id)
        found = titles(person_id)
        assert any(title.startswith("考试：") for title in found)
        of_credits = [title for title in found if not title.startswith("考试：")]
        assert of_credits == ["可以办理：社会工作者登记", "最后一天：年度继续教育", "最后一天：社会工作者登记"]
        with count_queries() as seen:
            queries.month(person_id, 2026, 12)
        assert seen.count <= 16


def test_a_month_shows_holidays_and_days_worked_in_exchange(app, city):
    weeks = queries.month(make_person("甲", city.community_a), 2026, 10)
    days = {day.date: day for week in weeks for day in week if day}
    assert len(days) == 31
    assert (days[dt.date(2026, 10, 1)].kind, days[dt.date(2026, 10, 10)].kind) == ("off", "makeup")
    assert days[dt.date(2026, 10, 1)].why
    assert days[dt.date(2026, 10, 12)].kind == "work"


def test_an_address_is_secret_unique_and_revocable(app, city):
    worker = actor_for(make_person("甲", city.community_a))
    assert service.token_of(worker.person_id) is None
    service.give_address(worker)
    first = service.token_of(worker.person_id)
    assert len(first) == 32
    assert service.owner_of(first) == worker.person_id
    service.give_address(worker)
    second = service.token_of(worker.person_id)
    assert second != first
    with pytest.raises(NotFound):
        service.owner_of(first)
    service.take_address_back(worker)
    service.take_address_back(worker)
    with pytest.raises(NotFound):
        service.owner_of(second)
    stored = db.session.scalars(select(CalendarFeed)).all()
    assert len(stored) == 2
    assert not any(second in str(row.token_sealed) or second in row.token_hash for row in stored)
