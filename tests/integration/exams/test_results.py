from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text, update

from lms.access.actors import actor_for
from lms.exams import queries, service
from lms.exams.events import ResultPublished, ResultsPublished, SittingSubmitted
from lms.exams.jobs import REMIND_JOB, end_what_is_over, remind
from lms.exams.models import ExamSession, Outcome, Result, Seat, SessionState, Sitting, SittingState
from lms.exams.rules import GRACE
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, NotFound
from lms.kernel.i18n import in_locale
from lms.kernel.models import Job, OutboxEvent
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.messages.wording import worded
from lms.questions.models import ItemUse
from lms.testing.factories.access import make_officer
from lms.testing.factories.exams import make_exam, session_row, sit
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries
from lms.webkit.templating import moment


def seat_and_sit(city, made, wrong=(), *, hand_in=True):
    """A candidate who answers everything right except the positions in `wrong`; returns person and sitting."""
    person_id = make_person(org_id=city.community_a)
    return person_id, sit(made.session_id, person_id, wrong, hand_in=hand_in)


def grade(session_id):
    service.close_session(SYSTEM, session_id)
    return service.grade_session(session_id)


def end(session_id):
    """Let the session's time be over."""
    with unit_of_work(SYSTEM) as uow:
        past = clock.now() - GRACE - dt.timedelta(seconds=5)
        uow.change(update(ExamSession).where(ExamSession.id == session_id).values(closes_at=past))
        uow.change(update(Sitting).where(Sitting.session_id == session_id).values(deadline_at=past))


def result_of(person_id):
    query = select(Result).join(Seat, Seat.id == Result.seat_id).where(Seat.person_id == person_id)
    return db.session.scalars(query).one()


def supersede(first):
    """A correction of a result: void for a violation."""
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Result(
                seat_id=first.seat_id,
                number=2,
                outcome=Outcome.VOID,
                half_points=None,
                total_half_points=24,
                passed=False,
                by_point=[],
                items=[],
                reason="违纪",
                created_at=clock.now(),
            )
        )


def test_papers_are_marked_by_the_national_rule(city, exam):
    best, _sitting = seat_and_sit(city, exam)
    other, _sitting = seat_and_sit(city, exam, wrong={0, 6})
    assert grade(exam.session_id) == 2
    assert (result_of(best).half_points, result_of(best).passed) == (24, True)
    assert (result_of(other).half_points, result_of(other).passed) == (18, True)
    assert sum(row["half_points"] for row in result_of(other).by_point) == 18
    assert {row["code"] for row in result_of(other).by_point} == {"1.1", "1.2", "2.1"}
    assert result_of(other).by_point[0]["title"]["zh_CN"] == "核心价值"
    assert [item["half_points"] for item in result_of(other).items][:2] == [0, 2]


def test_marking_again_changes_nothing(city, exam):
    seat_and_sit(city, exam)
    grade(exam.session_id)
    before = db.session.scalars(select(Result.id)).all()
    uses = len(db.session.scalars(select(ItemUse)).all())
    assert service.grade_session(exam.session_id) == 0
    assert db.session.scalars(select(Result.id)).all() == before
    assert len(db.session.scalars(select(ItemUse)).all()) == uses


def test_who_did_not_come_is_absent_and_never_a_zero(city, exam, seated):
    seat_and_sit(city, exam)
    with pytest.raises(Conflict) as error:
        service.close_session(SYSTEM, exam.session_id)
    assert error.value.code == "not_over"
    end(exam.session_id)
    grade(exam.session_id)
    result = result_of(seated)
    assert (result.outcome, result.half_points, result.passed) == (Outcome.ABSENT, None, False)
    assert result.total_half_points == 24


def test_the_sweeper_hands_in_what_is_overdue_and_ends_the_session(city, exam):
    _person, sitting_id = seat_and_sit(city, exam, hand_in=False)
    assert end_what_is_over(None, {})["ended"] == 0
    end(exam.session_id)
    assert end_what_is_over(None, {}) == {"ended": 1, "closed": 1, "reminders": 0}
    sitting = db.session.get_one(Sitting, sitting_id, populate_existing=True)
    assert (sitting.state, sitting.submitted_by) == (SittingState.SUBMITTED, "deadline")
    assert session_row(exam.session_id).state is SessionState.CLOSED
    assert [job.name for job in db.session.scalars(select(Job))] == ["exams.grade"]
    assert end_what_is_over(None, {}) == {"ended": 0, "closed": 0, "reminders": 0}


def test_handing_in_twice_is_one_submission_with_one_receipt(city, exam):
    _person, sitting_id = seat_and_sit(city, exam)
    first, second = service.submit(sitting_id), service.submit(sitting_id)
    assert first == second
    assert first.answered == first.items == 9
    told = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == SittingSubmitted.name)).all()
    assert len(told) == 1


def test_results_are_published_once_with_events_and_messages(city, exam, seated):
    passed, _sitting = seat_and_sit(city, exam)
    end(exam.session_id)
    grade(exam.session_id)
    officer = actor_for(make_officer("exam_officer", city.city))
    assert db.session.execute(queries.published_passes(exam.slug)).all() == []
    assert service.publish(officer, exam.session_id) == 2
    with pytest.raises(Conflict):
        service.publish(officer, exam.session_id)
    [(person_id, result_id, published_at)] = db.session.execute(queries.published_passes(exam.slug)).all()
    assert (person_id, result_id) == (passed, result_of(passed).id)
    assert published_at is not None
    names = [name for name in db.session.scalars(select(OutboxEvent.name)) if name.startswith("exams.result")]
    assert sorted(names) == sorted([ResultPublished.name] * 2 + [ResultsPublished.name])
    kinds = db.session.scalars(select(Message.kind).where(Message.person_id == seated)).all()
    assert kinds == ["exams.result"]


def test_results_wait_for_marking_and_for_the_right_to_publish(city, exam):
    seat_and_sit(city, exam)
    trainer = actor_for(make_officer("trainer", city.city))
    with pytest.raises(Forbidden):
        service.publish(trainer, exam.session_id)
    service.close_session(SYSTEM, exam.session_id)
    with pytest.raises(Conflict) as error:
        service.publish(SYSTEM, exam.session_id)
    assert error.value.code == "not_marked"


def test_nobody_sees_a_result_before_publication_nor_anybody_elses_after(city, exam):
    person_id, _sitting = seat_and_sit(city, exam)
    grade(exam.session_id)
    result_id = result_of(person_id).id
    with pytest.raises(NotFound):
        queries.own_result(person_id, result_id)
    service.publish(SYSTEM, exam.session_id)
    assert queries.own_result(person_id, result_id).result.id == result_id
    with pytest.raises(NotFound):
        queries.own_result(make_person(), result_id)


def test_a_superseding_result_takes_the_place_of_the_first(city, exam):
    person_id, _sitting = seat_and_sit(city, exam)
    grade(exam.session_id)
    service.publish(SYSTEM, exam.session_id)
    supersede(result_of(person_id))
    assert db.session.execute(queries.published_passes(exam.slug)).all() == []
    assert queries.taken(person_id)[0].result.outcome is Outcome.VOID


def test_results_cannot_be_changed(city, exam):
    seat_and_sit(city, exam)
    grade(exam.session_id)
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text("UPDATE result SET passed = true"))


def test_item_figures_count_options_as_the_bank_has_them(city, exam):
    seat_and_sit(city, exam)
    seat_and_sit(city, exam, wrong={0})
    grade(exam.session_id)
    figures = queries.item_figures(exam.session_id)
    singles = [row for row in figures if row.kind == "single"]
    assert all(row.key == (0,) for row in singles)
    assert sum(row.choices.get("0", 0) for row in singles) == 11
    assert figures[0].facility < 1000
    assert figures[0].discrimination is None


def test_the_cost_of_marking_does_not_grow_with_the_candidates(city, exam):
    for _n in range(2):
        seat_and_sit(city, exam)
    service.close_session(SYSTEM, exam.session_id)
    with count_queries() as seen:
        service.grade_session(exam.session_id)
    assert seen.count < 45


def test_a_day_before_the_opening_each_candidate_is_reminded_once(city):
    made = make_exam(city.city, opens_in=60 * 5)
    person_id = make_person(org_id=city.community_a)
    service.register(actor_for(person_id), made.session_id)
    assert [end_what_is_over(None, {})["reminders"] for _minute in range(2)] == [1, 0]
    job = db.session.scalars(select(Job).where(Job.name == REMIND_JOB)).one()
    assert [remind(None, job.payload)["reminded"] for _run in range(2)] == [1, 0]
    message = db.session.scalars(select(Message).where(Message.person_id == person_id)).one()
    assert message.kind == "exams.soon"
    with in_locale("en"):
        opens = session_row(made.session_id).opens_at
        assert moment(opens) in worded(message.kind, message.params).body  # in the reader's words


def test_a_session_that_was_moved_is_reminded_of_again(city):
    made = make_exam(city.city, opens_in=60 * 5)
    service.register(actor_for(make_person(org_id=city.community_a)), made.session_id)
    end_what_is_over(None, {})
    later = clock.now() + dt.timedelta(hours=8)
    service.edit_session(
        SYSTEM, made.session_id, opens_at=later, closes_at=later + dt.timedelta(hours=2), register_until=later
    )
    assert end_what_is_over(None, {})["reminders"] == 1
    for job in db.session.scalars(select(Job).where(Job.name == REMIND_JOB)).all():
        remind(None, job.payload)
    assert db.session.scalars(select(Message.kind)).all() == [
        "exams.moved",
        "exams.soon",  # once: the first job found the new time
    ]


def test_nobody_is_reminded_of_a_session_that_was_cancelled_meanwhile(city):
    made = make_exam(city.city, opens_in=60 * 5)
    service.register(actor_for(make_person(org_id=city.community_a)), made.session_id)
    service.cancel_session(SYSTEM, made.session_id, "停电")
    assert remind(None, {"session": made.session_id.hex}) == {"reminded": 0}


def test_the_cost_of_publishing_does_not_grow_with_the_candidates(city):
    costs = []
    for candidates in (1, 4):
        made = make_exam(city.city)
        for _n in range(candidates):
            seat_and_sit(city, made)
        grade(made.session_id)
        with count_queries() as seen:
            service.publish(SYSTEM, made.session_id)
        costs.append(seen.count)
    assert costs[0] == costs[1]


def test_what_was_superseded_before_publication_is_not_published(city, exam):
    person_id, _sitting = seat_and_sit(city, exam)
    grade(exam.session_id)
    supersede(result_of(person_id))
    assert service.publish(SYSTEM, exam.session_id) == 1
    told = db.session.scalars(select(OutboxEvent.payload).where(OutboxEvent.name == ResultPublished.name)).all()
    assert [(event["outcome"], event["passed"]) for event in told] == [("void", False)]
    assert len(db.session.scalars(select(Message).where(Message.kind == "exams.result")).all()) == 1
