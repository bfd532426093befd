"""Logging, signing, undoing, completing: the record is only added to, and completion becomes continuing education once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from lms.access.actors import actor_for
from lms.credits.models import CreditEntry
from lms.credits.practice import record_practice
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.messages.models import Message
from lms.practice import queries
from lms.practice.events import PracticeCompleted
from lms.practice.models import Placement, PracticeEntry
from lms.practice.portfolio import portfolio
from lms.practice.rules import LogState, PlacementState
from lms.practice.service import completing, logging, placing, setting, signing
from lms.requirements import checking
from lms.testing.factories.access import make_officer
from lms.testing.factories.people import make_person
from lms.testing.factories.practice import hours
from lms.testing.queries import count_queries


@pytest.fixture
def placement_id(ground):
    return ground.placed()


def test_hours_are_logged_once_signed_once_and_stand_on_the_record(ground, placement_id):
    new = hours()
    log_id = logging.send(ground.worker, placement_id, new)
    assert logging.send(ground.worker, placement_id, new) == log_id
    signing.sign(ground.supervisor, log_id, 1)
    with pytest.raises(Conflict):
        signing.sign(ground.supervisor, log_id, 1)
    [entry] = ground.entries()
    assert (entry.minutes, entry.reflected, entry.signed_by) == (180, True, ground.supervisor.person_id)
    assert queries.sums([placement_id]) == {placement_id: (180, 1)}
    assert [one.kind for one in db.session.query(Message)].count("practice.to_sign") == 1


def test_hours_beside_others_are_refused_in_words(ground, placement_id):
    logging.send(ground.worker, placement_id, hours())
    with pytest.raises(Invalid) as refusal:
        logging.send(ground.worker, placement_id, hours(start=11 * 60, end=13 * 60))
    assert "09:00–12:00" in str(refusal.value.fields["start"])
    with pytest.raises(Invalid) as refusal:
        logging.send(ground.worker, placement_id, hours(start=12 * 60, end=17 * 60 + 1))
    assert "每天最多计 8 小时，这一天已记 3 小时" in str(refusal.value.fields["end"])
    with pytest.raises(Invalid) as refusal:
        logging.send(ground.worker, placement_id, hours(clock.today() + dt.timedelta(days=1), activity="……"))
    assert set(refusal.value.fields) == {"day"}


def test_the_days_most_holds_across_stations(ground, placement_id):
    ground.code = "children"
    setting.set_places(ground.officer, ground.station, "children", 1)
    other = placing.assign(
        ground.officer,
        ground.wish(first_day=clock.today() - dt.timedelta(days=9)),
        ground.worker.person_id,
        ground.supervisor.person_id,
    )
    logging.send(ground.worker, placement_id, hours(start=0, end=360))
    with pytest.raises(Invalid):
        logging.send(ground.worker, other, hours(start=300, end=420))
    with pytest.raises(Invalid):
        logging.send(ground.worker, other, hours(start=360, end=481))
    logging.send(ground.worker, other, hours(start=360, end=480))


def test_only_the_supervisor_signs_and_never_their_own(ground, placement_id):
    log_id = logging.send(ground.worker, placement_id, hours())
    for stranger in (ground.officer, ground.worker, actor_for(make_person("邓芳", ground.station))):
        with pytest.raises((NotFound, Forbidden)):
            signing.sign(stranger, log_id, 1)
    assert ground.log(log_id).state is LogState.SENT
    assert ground.entries() == []


def test_a_log_sent_back_is_amended_and_what_was_seen_is_what_is_signed(ground, placement_id):
    log_id = logging.send(ground.worker, placement_id, hours())
    signing.send_back(ground.supervisor, log_id, "时间不对", 1)
    assert ground.log(log_id).reason == "时间不对"
    with pytest.raises(Conflict):
        signing.sign(ground.supervisor, log_id, 1)
    logging.amend(ground.worker, log_id, hours(start=600, end=660), 1)
    with pytest.raises(Conflict):  # the page still showed round 1
        signing.sign(ground.supervisor, log_id, 1)
    signing.sign(ground.supervisor, log_id, 2)
    with pytest.raises(Conflict):
        logging.amend(ground.worker, log_id, hours(), 2)
    with pytest.raises(Conflict):
        logging.take_back(ground.worker, log_id, 2)
    assert [entry.minutes for entry in ground.entries()] == [60]


def test_taken_back_hours_leave_their_time_free(ground, placement_id):
    log_id = logging.send(ground.worker, placement_id, hours())
    logging.take_back(ground.worker, log_id, 1)
    logging.send(ground.worker, placement_id, hours())


def test_signed_hours_are_undone_by_a_mirror_and_may_be_logged_anew(ground, placement_id):
    entry_id = ground.signed(placement_id)
    for stranger in (ground.supervisor, ground.worker):
        with pytest.raises((NotFound, Forbidden)):
            signing.reverse(stranger, entry_id, "记错了")
    undone = signing.reverse(ground.officer, entry_id, "记错了")
    assert queries.sums([placement_id]) == {placement_id: (0, 0)}
    for again in (entry_id, undone):
        with pytest.raises(Conflict):
            signing.reverse(ground.officer, again, "再来一次")
    ground.signed(placement_id)
    assert [entry.minutes for entry in ground.entries()] == [180, -180, 180]


def test_the_database_itself_keeps_the_record(ground, placement_id):
    ground.signed(placement_id)
    for statement in (delete(PracticeEntry), text("UPDATE practice_entry SET minutes = 600")):
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(statement)
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.execute(text("UPDATE practice_placement SET supervisor_id = person_id"))


def test_nothing_is_logged_or_signed_once_a_placement_has_ended(ground, placement_id):
    log_id = logging.send(ground.worker, placement_id, hours())
    placing.end_early(ground.officer, placement_id, "本人调离")
    with pytest.raises(Conflict):
        signing.sign(ground.supervisor, log_id, 1)
    with pytest.raises(Conflict):
        logging.send(ground.worker, placement_id, hours(start=0, end=60))


def test_nothing_is_logged_for_a_placement_that_ends_in_the_same_moment(ground, placement_id, monkeypatch):
    log_id, held = logging.send(ground.worker, placement_id, hours()), logging.hold_person

    def after_another_officer(uow, person_id):
        ending = update(Placement).values(state=PlacementState.ENDED).execution_options(synchronize_session=False)
        uow.session.execute(ending)
        held(uow, person_id)

    monkeypatch.setattr(logging, "hold_person", after_another_officer)
    with pytest.raises(Conflict) as refusal:
        logging.send(ground.worker, placement_id, hours(start=0, end=60))
    assert refusal.value.code == "not_under_way"
    with pytest.raises(Conflict) as refusal:
        logging.amend(ground.worker, log_id, hours(), 1)
    assert refusal.value.code == "not_under_way"


def test_what_becomes_of_hours_is_on_the_trail(ground, placement_id):
    log_id = logging.send(ground.worker, placement_id, hours())
    signing.send_back(ground.supervisor, log_id, "时间不对", 1)
    logging.amend(ground.worker, log_id, hours(start=600, end=660), 1)
    signing.sign(ground.supervisor, log_id, 2)
    logging.take_back(ground.worker, logging.send(ground.worker, placement_id, hours(start=0, end=60)), 1)
    rows = db.session.query(AuditEntry).filter_by(subject_type="practice_log").order_by(AuditEntry.seq).all()
    assert [(row.action, row.actor_id) for row in rows] == [
        ("practice.log.send", ground.worker.person_id),
        ("practice.log.return", ground.supervisor.person_id),
        ("practice.log.amend", ground.worker.person_id),
        ("practice.log.sign", ground.supervisor.person_id),
        ("practice.log.send", ground.worker.person_id),
        ("practice.log.take_back", ground.worker.person_id),
    ]
    assert rows[1].detail == {"round": 1, "reason": "时间不对"}
    assert rows[2].detail == {"round": 2, "day": "2026-11-22", "begins": 600, "ends": 660,
                              "was": {"day": "2026-11-22", "begins": 540, "ends": 720}}  # fmt: skip


def test_completion_says_what_is_missing_and_then_counts_half_of_it_once(ground, placement_id):
    ground.signed(placement_id, hours(clock.today() - dt.timedelta(days=9), reflection=""))
    with pytest.raises(Conflict) as refusal:
        completing.complete(ground.officer, placement_id)
    assert "还差 37 小时" in str(refusal.value)
    assert "反思 0 篇，需要 4 篇" in str(refusal.value)
    ground.enough(placement_id)
    waiting = logging.send(ground.worker, placement_id, hours(clock.today() - dt.timedelta(days=8)))
    with pytest.raises(Conflict) as refusal:
        completing.complete(ground.officer, placement_id)
    assert refusal.value.code == "logs_waiting"
    logging.take_back(ground.worker, waiting, 1)
    completing.complete(ground.officer, placement_id)
    with pytest.raises(Conflict):
        completing.complete(ground.officer, placement_id)
    found = ground.placement(placement_id)
    assert (found.state, found.minutes, found.counted) == (PlacementState.COMPLETED, 2580, 1290)
    [entry] = db.session.query(CreditEntry)
    assert (entry.minutes, entry.source, entry.source_id) == (1290, "practice", placement_id.hex)
    assert "督导签字 43 小时，按 50% 计入" in entry.why["reason"]["zh_CN"]
    record_practice(_told(found))
    assert db.session.query(CreditEntry).count() == 1


def _told(found: Placement) -> PracticeCompleted:
    return PracticeCompleted(
        placement_id=found.id, person_id=found.person_id, code=found.code, title={"zh_CN": "老年人服务"}, station="站",
        minutes=found.minutes, counted=found.counted, counted_percent=50, category="professional",
        completed_on=found.completed_on,
    )  # fmt: skip


def test_an_officer_does_not_complete_their_own(ground):
    officer = actor_for(make_officer("hr_officer", ground.city.county_a, "周岚"))
    placement_id = ground.placed(officer)
    with pytest.raises(Forbidden):
        completing.complete(officer, placement_id)


def test_hours_signed_off_meet_a_requirement_by_category_and_window(ground, placement_id):
    ground.signed(placement_id)
    person, on = ground.worker.person_id, clock.today()

    def found(**params):
        [one] = checking.checked([{"type": "practice", "params": params}], [person], on)[person]
        return one

    assert found(minutes=180, months=1).met
    assert found(minutes=180, months=1, category="older_people").met
    assert "要求 3 小时 1 分" in found(minutes=181, months=1).text
    assert not found(minutes=1, months=1, category="children").met
    assert queries.signed_off_minutes([person], "", on) == {}


def test_the_portfolio_costs_the_same_however_much_it_holds(ground, placement_id):
    ground.signed(placement_id)
    with count_queries() as few:
        portfolio(ground.worker.person_id)
    for back in range(2, 6):
        ground.signed(placement_id, hours(clock.today() - dt.timedelta(days=back)))
    with count_queries() as many:
        found = portfolio(ground.worker.person_id)
    assert few.count == many.count
    assert (found.minutes, found.reflections) == (900, 5)
