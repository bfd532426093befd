from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import select, update

from lms.access.actors import actor_for
from lms.exams import queries, service
from lms.exams.models import ExamSession, Seat, SeatState, SessionState, Sitting
from lms.exams.starting import start
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.fastpath import fastpath
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.exams import make_exam, make_plan, session_row
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.queries import count_queries


def registration_over(session_id):
    with unit_of_work(SYSTEM) as uow:
        past = clock.now() - dt.timedelta(seconds=1)
        uow.change(update(ExamSession).where(ExamSession.id == session_id).values(register_until=past))


def test_registering_twice_is_one_seat_with_one_ticket(city, exam):
    person = actor_for(make_person(org_id=city.community_a))
    assert service.register(person, exam.session_id) == service.register(person, exam.session_id)
    assert len(db.session.scalars(select(Seat)).all()) == 1


def test_tickets_follow_one_another_and_carry_the_day(city, exam):
    tickets = [service.register(actor_for(make_person()), exam.session_id) for _n in range(3)]
    day = f"{clock.local_date(session_row(exam.session_id).opens_at):%Y%m%d}"
    assert tickets == [f"{day}01{number:05d}" for number in (1, 2, 3)]


def test_a_cancelled_seat_can_be_taken_up_again_under_the_same_ticket(city, exam):
    person = actor_for(make_person())
    ticket = service.register(person, exam.session_id)
    service.cancel_seat(person, exam.session_id)
    [seat] = db.session.scalars(select(Seat))
    assert (seat.state, seat.form_id) == (SeatState.CANCELLED, None)
    with pytest.raises(NotFound):
        service.cancel_seat(person, exam.session_id)
    assert service.register(person, exam.session_id) == ticket
    assert db.session.scalars(select(Seat.form_id)).one() is not None


def test_after_the_deadline_nobody_registers_or_cancels(city, exam, seated):
    registration_over(exam.session_id)
    with pytest.raises(Conflict):
        service.register(actor_for(make_person()), exam.session_id)
    with pytest.raises(Conflict):
        service.cancel_seat(actor_for(seated), exam.session_id)


def test_the_course_comes_before_the_exam(city):
    made = make_exam(city.city, make_plan(course_slug="some-course"))
    with pytest.raises(Conflict) as error:
        service.register(actor_for(make_person()), made.session_id)
    assert error.value.code == "course_not_completed"


def test_a_list_is_checked_line_by_line_without_changing_anything(city, exam):
    officer = actor_for(make_officer("exam_officer", city.county_a))
    number = make_id_number(901)
    mine = make_person("王一", city.community_a, id_number=number)
    make_person("王二", city.community_a, phone="13911112222")
    make_person("外人", city.community_b, phone="13911113333")
    made = make_exam(city.county_a)
    text = f"{number}\n\n139 1111 2222\n13911113333\n{number.lower()}\nnonsense"
    lines = service.check_list(officer, made.session_id, text)
    assert [(line.number, line.name, bool(line.problem)) for line in lines] == [
        (1, "王一", False),
        (3, "王二", False),
        (4, "", True),
        (5, "王一", True),
        (6, "", True),
    ]
    assert number not in str(lines)
    assert db.session.scalars(select(Seat)).all() == []
    with pytest.raises(Invalid):
        service.register_list(officer, made.session_id, text)
    assert db.session.scalars(select(Seat)).all() == []
    assert service.register_list(officer, made.session_id, text, skip_faulty=True) == 2
    assert {seat.person_id for seat in db.session.scalars(select(Seat))} >= {mine}
    assert db.session.scalars(select(Message.kind).where(Message.person_id == mine)).all() == ["exams.registered"]
    again = service.check_list(officer, made.session_id, number)
    assert "已经报名" in again[0].problem


def test_registering_a_list_costs_the_same_however_long_it_is(city):
    made = make_exam(city.city, make_plan(forms=3))
    costs = []
    for numbers in (range(910, 912), range(920, 929)):
        texts = [make_id_number(number) for number in numbers]
        for number in texts:
            make_person("", city.community_a, id_number=number)
        with count_queries() as seen:
            assert service.register_list(SYSTEM, made.session_id, "\n".join(texts)) == len(texts)
        costs.append(seen.count)
    assert costs[0] == costs[1]
    seats = db.session.scalars(select(Seat).order_by(Seat.ticket)).all()
    assert [seat.ticket[-5:] for seat in seats] == [f"{number:05d}" for number in range(1, 12)]
    given = Counter(seat.form_id for seat in seats)
    assert sorted(given.values()) == [3, 4, 4]


def test_cancelling_a_session_tells_whoever_is_registered(city):
    made = make_exam(city.city, opens_in=60)
    person_id = make_person()
    service.register(actor_for(person_id), made.session_id)
    with pytest.raises(Invalid):
        service.cancel_session(SYSTEM, made.session_id, " ")
    service.cancel_session(SYSTEM, made.session_id, "场地停电")
    assert session_row(made.session_id).state is SessionState.CANCELLED
    assert (
        db.session.scalars(select(Message.params).where(Message.person_id == person_id)).one()["reason"] == "场地停电"
    )
    with pytest.raises(Conflict):
        service.register(actor_for(make_person()), made.session_id)


def test_moving_a_session_tells_whoever_is_registered_each_time(city):
    made, person_id, gone = make_exam(city.city, opens_in=600), make_person(), actor_for(make_person())
    service.register(actor_for(person_id), made.session_id)
    service.register(gone, made.session_id)
    service.cancel_seat(gone, made.session_id)
    row = session_row(made.session_id)
    hour = dt.timedelta(hours=1)
    opens, closes = row.opens_at + hour, row.closes_at + 2 * hour
    for opening, until in ((opens, opens), (opens, opens - hour), (opens - hour, opens - hour)):
        service.edit_session(
            SYSTEM, made.session_id, opens_at=opening, closes_at=closes, register_until=until
        )  # the second one moves nothing but the end of registration
    told = db.session.scalars(select(Message).where(Message.kind == "exams.moved").order_by(Message.id)).all()
    assert [message.person_id for message in told] == [person_id, person_id]
    assert [message.link for message in told] == [f"/exams/sessions/{made.session_id}"] * 2
    assert told[0].params["opens"] != told[1].params["opens"]


@pytest.mark.parametrize("minutes", [-1, 241])
def test_extra_minutes_have_bounds(city, exam, seated, minutes):
    [seat] = db.session.scalars(select(Seat))
    with pytest.raises(Invalid):
        service.set_extra_minutes(SYSTEM, seat.id, minutes)


def test_the_learners_list_costs_the_same_however_many_sessions_there_are(city):
    person_id = make_person()
    make_exam(city.city)
    with count_queries() as one:
        assert len(queries.offered(person_id)) == 1
    for _n in range(3):
        make_exam(city.city)
    with count_queries() as four:
        assert len(queries.offered(person_id)) == 4
    assert one.count == four.count == 1


def test_the_officers_list_shows_only_what_is_in_sight(city):
    make_exam(city.county_a)
    make_exam(city.county_b)
    officer = actor_for(make_officer("exam_officer", city.county_a))
    with count_queries() as seen:
        assert len(queries.exams(officer)) == 1
    assert seen.count == 1


def test_who_has_begun_cannot_give_the_seat_back(city, exam, seated):
    started = start(fastpath(), exam.session_id, seated)
    with pytest.raises(Conflict) as error:
        service.cancel_seat(actor_for(seated), exam.session_id)
    assert error.value.code == "started"
    assert db.session.get_one(Sitting, started.sitting_id).person_id == seated
    assert db.session.scalars(select(Seat.state)).one() is SeatState.REGISTERED
