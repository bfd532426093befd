from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text, update

from lms.access.actors import actor_for
from lms.exams import saving, service, starting
from lms.exams.dto import Answer, Claims, Entry
from lms.exams.models import AnswerEntry, ExamSession, Seat, SessionState, Sitting
from lms.exams.receipts import receipt
from lms.exams.rules import GRACE
from lms.exams.service.submitting import answers_of
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.fastpath import fastpath
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.testing.factories.exams import make_exam
from lms.testing.factories.people import make_person

SECRET = "test-secret"


def save(claims, *entries):
    return saving.save(fastpath(), SECRET, claims, [Entry(*entry) for entry in entries])


def change(model, row_id, **values):
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(model).where(model.id == row_id).values(**values))


def test_an_answer_gets_a_receipt_that_its_row_gives_again(claims):
    saved = save(claims, (1, 0, 0b1, False))
    [row] = db.session.scalars(select(AnswerEntry))
    entry = Entry(row.seq, row.position, row.choice, row.marked)
    assert saved.receipts == [(1, receipt(SECRET, row.sitting_id, row.device, entry, row.saved_at))]
    assert abs(saved.now - clock.now()) < dt.timedelta(seconds=5)
    assert saved.deadline_at > saved.now


def test_the_same_answer_twice_is_one_row_and_one_receipt(claims):
    first = save(claims, (1, 0, 1, False), (2, 1, 2, True))
    again = save(claims, (1, 0, 1, False), (2, 1, 2, True))
    assert again.receipts == first.receipts
    assert len(db.session.scalars(select(AnswerEntry)).all()) == 2


def test_a_batch_of_old_and_new_entries_keeps_the_new_ones(claims):
    save(claims, (1, 0, 1, False))
    saved = save(claims, (1, 0, 1, False), (2, 1, 2, False))
    assert [seq for seq, _receipt in saved.receipts] == [1, 2]
    assert answers_of(claims.sitting_id) == {0: Answer(1, False), 1: Answer(2, False)}


def test_an_answer_that_arrives_out_of_order_ranks_where_it_belongs(claims):
    save(claims, (5, 0, 0b10, False))
    save(claims, (3, 0, 0b01, False))
    assert answers_of(claims.sitting_id)[0].choice == 0b10


def test_a_cleared_answer_counts_as_none(claims):
    save(claims, (1, 0, 1, False), (2, 0, 0, True))
    assert answers_of(claims.sitting_id) == {0: Answer(0, True)}
    assert service.submit(claims.sitting_id).answered == 0


def test_a_sequence_number_cannot_be_used_for_another_answer(claims):
    save(claims, (1, 0, 1, False))
    with pytest.raises(Conflict) as error:
        save(claims, (1, 0, 2, False))
    assert error.value.code == "seq_reused"
    assert answers_of(claims.sitting_id)[0].choice == 1


def test_a_position_beyond_the_paper_is_refused(claims):
    with pytest.raises(Invalid):
        save(claims, (1, 9, 1, False))
    assert answers_of(claims.sitting_id) == {}


def test_a_submitted_sitting_takes_no_more_answers_but_still_confirms_old_ones(claims):
    first = save(claims, (1, 0, 1, False))
    service.submit(claims.sitting_id)
    assert save(claims, (1, 0, 1, False)).receipts == first.receipts
    with pytest.raises(Conflict) as error:
        save(claims, (2, 1, 1, False))
    assert error.value.code == "submitted"


def test_an_older_device_is_told_that_it_was_superseded(claims, seated):
    save(claims, (1, 0, 1, False))
    newer = starting.take_over(fastpath(), claims.sitting_id, seated)
    assert newer.device == 2
    with pytest.raises(Conflict) as error:
        save(claims, (2, 1, 1, False))
    assert error.value.code == "superseded"
    save(Claims(claims.sitting_id, 2, "other"), (1, 0, 0b100, False))
    assert answers_of(claims.sitting_id) == {0: Answer(0b100, False)}


def test_the_database_clock_ends_saving_after_the_grace(claims):
    change(Sitting, claims.sitting_id, deadline_at=clock.now() - GRACE + dt.timedelta(seconds=5))
    save(claims, (1, 0, 1, False))
    change(Sitting, claims.sitting_id, deadline_at=clock.now() - GRACE - dt.timedelta(seconds=1))
    with clock.frozen(clock.now() - dt.timedelta(hours=1)), pytest.raises(Conflict) as error:
        save(claims, (2, 0, 1, False))
    assert error.value.code == "time_over"


def test_an_unknown_sitting_does_not_exist(app):
    with pytest.raises(NotFound):
        save(Claims(new_id(), 1, "x"), (1, 0, 1, False))


def test_the_journal_cannot_be_changed(claims):
    save(claims, (1, 0, 1, False))
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text("UPDATE answer_entry SET choice = 2"))


def test_starting_twice_is_one_sitting(exam, seated):
    first = starting.start(fastpath(), exam.session_id, seated)
    second = starting.start(fastpath(), exam.session_id, seated)
    assert (first.fresh, second.fresh) == (True, False)
    assert first.sitting_id == second.sitting_id
    row = db.session.get_one(Sitting, first.sitting_id)
    assert row.items == 9
    assert row.deadline_at - row.started_at == dt.timedelta(minutes=60)
    assert abs(row.started_at - clock.now()) < dt.timedelta(seconds=5)


def test_who_starts_late_ends_when_the_session_closes_plus_their_extra_minutes(exam, seated):
    closes_at = clock.now() + dt.timedelta(minutes=10)
    change(ExamSession, exam.session_id, closes_at=closes_at)
    [seat] = db.session.scalars(select(Seat))
    service.set_extra_minutes(SYSTEM, seat.id, 20)
    started = starting.start(fastpath(), exam.session_id, seated)
    assert abs(started.deadline_at - closes_at - dt.timedelta(minutes=20)) < dt.timedelta(seconds=1)
    with pytest.raises(Conflict):
        service.set_extra_minutes(SYSTEM, seat.id, 30)


def test_nobody_starts_without_a_seat(exam):
    with pytest.raises(NotFound):
        starting.start(fastpath(), exam.session_id, make_person())


@pytest.mark.parametrize(
    ("opens_in", "frozen", "state", "code"),
    [
        (30, True, None, "too_early"),
        (-5, False, None, "not_ready"),
        (-5, True, SessionState.CLOSED, "too_late"),
    ],
)
def test_a_start_outside_the_session_says_why(city, opens_in, frozen, state, code):
    made = make_exam(city.city, opens_in=opens_in, frozen=frozen)
    person_id = make_person(org_id=city.community_a)
    service.register(actor_for(person_id), made.session_id)
    if state is not None:
        change(ExamSession, made.session_id, state=state)
    with pytest.raises(Conflict) as error:
        starting.start(fastpath(), made.session_id, person_id)
    assert error.value.code == code
    assert db.session.scalars(select(Sitting)).all() == []


def test_only_the_owner_can_take_a_sitting_over(claims):
    with pytest.raises(Conflict):
        starting.take_over(fastpath(), claims.sitting_id, make_person())
    assert db.session.get_one(Sitting, claims.sitting_id).device == 1
