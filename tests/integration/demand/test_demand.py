"""Wishes with one vote each, a word after a class, weak points of examinations."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from lms.access.actors import actor_for
from lms.classes.models import ClassGroup, GroupState
from lms.demand import queries, service
from lms.demand.models import WishState
from lms.exams import service as exams
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import make_officer
from lms.testing.factories.classes import School, own_id
from lms.testing.factories.exams import make_exam, sit
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def school(city):
    with clock.frozen(FRIDAY):
        yield School(city)


def lines(**filters):
    return {line.wish.title: line.votes for line in queries.wishes(**filters)}


def test_the_same_wish_is_one_wish_and_a_person_has_one_vote(school):
    first, second = school.worker(), school.worker()
    wish_id = service.wish(first, "失智老人 家庭支持")
    assert service.wish(second, "失智老人家庭支持！") == wish_id
    for _click in range(2):
        service.vote(second, wish_id, wanted=True)
    assert lines() == {"失智老人 家庭支持": 2}
    service.vote(second, wish_id, wanted=False)
    assert lines() == {"失智老人 家庭支持": 1}
    for wrong in (" ！ ", "题" * 41, "㍿" * 11):  # 44 characters once it is written out
        with pytest.raises(Invalid):
            service.wish(first, wrong)
    for number in range(4):
        service.wish(first, f"主题{number}")
    with pytest.raises(Conflict, match="在等票"):
        service.wish(first, "主题九")


def test_an_answered_wish_takes_no_votes_and_only_the_city_answers(school, city):
    worker, chief = school.worker(), actor_for(make_officer("hr_officer", city.city))
    wish_id = service.wish(worker, "社区协商")
    with pytest.raises(NotFound):
        service.answer(school.officer, wish_id, state=WishState.PLANNED, text="明年")
    with pytest.raises(Invalid):
        service.answer(chief, wish_id, state=WishState.PLANNED, text=" ")
    with pytest.raises(Invalid) as refusal:
        service.answer(chief, wish_id, state=WishState.PLANNED, text="答" * 201)
    assert "answer" in refusal.value.fields
    service.answer(chief, wish_id, state=WishState.PLANNED, text="明年三月上线")
    [entry] = db.session.query(AuditEntry).filter_by(action="demand.answer")
    assert entry.detail == {
        "was": {"state": "open", "answer": ""}, "state": "planned", "answer": "明年三月上线",
    }  # fmt: skip
    with pytest.raises(Conflict, match="明年三月"):
        service.vote(worker, wish_id, wanted=False)
    service.answer(chief, wish_id, state=WishState.HIDDEN, text="与社工无关")
    with pytest.raises(NotFound):
        service.vote(worker, wish_id, wanted=True)


def test_a_closed_class_is_rated_once_by_who_was_in_it_and_shown_from_five_answers_on(school, city):
    group_id, people = school.group(places=9), [school.worker() for _number in range(5)]
    school.seat(group_id, *people)
    marks = {"content": 4, "teaching": 5, "use": 3, "text": "案例多一些"}
    with pytest.raises(NotFound):
        service.rate(people[0], group_id, **marks)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(ClassGroup).values(state=GroupState.CLOSED))
    for one in people[:4]:
        service.rate(one, group_id, **marks)
    with pytest.raises(NotFound):
        service.rate(people[0], group_id, **marks)
    with pytest.raises(NotFound):
        service.rate(school.worker(), group_id, **marks)
    [rating] = queries.ratings(school.officer)
    assert (rating.answers, rating.use) == (4, None)
    assert queries.remarks(school.officer) == []
    with pytest.raises(Invalid):
        service.rate(people[4], group_id, **(marks | {"use": 6}))
    with pytest.raises(Invalid) as refusal:
        service.rate(people[4], group_id, **(marks | {"text": "字" * 1001}))
    assert "text" in refusal.value.fields
    service.rate(people[4], group_id, **(marks | {"use": 4}))
    [rating] = queries.ratings(school.officer)
    assert (rating.content, rating.teaching, rating.use) == (40, 50, 32)
    assert len(queries.remarks(school.officer)) == 5
    assert queries.ratings(actor_for(make_officer("hr_officer", city.county_b))) == []
    assert queries.to_rate(own_id(people[0])) == []


def test_points_that_lost_marks_in_examinations_are_named(app, city):
    exam = make_exam(city.city)
    for number in range(10):
        sit(exam.session_id, make_person(org_id=city.community_a), wrong=range(number))
    exams.close_session(SYSTEM, exam.session_id)
    exams.grade_session(exam.session_id)
    chief = actor_for(make_officer("trainer", city.city))
    with count_queries() as seen:
        found = queries.weak_points(chief)
    assert seen.count <= 2
    assert found
    assert found[0].figure.lost >= found[-1].figure.lost
    assert found[0].title.get("zh_CN")
    assert queries.weak_points(actor_for(make_officer("trainer", city.county_b))) == []
