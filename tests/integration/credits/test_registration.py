from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import service as approvals
from lms.approvals.dto import Correction
from lms.credits import queries as ledger
from lms.credits import service
from lms.credits.cycles import changing
from lms.credits.cycles.jobs import follow
from lms.credits.cycles.models import CreditCycle
from lms.credits.cycles.ring import kept, of_cycles
from lms.credits.cycles.rules import Status
from lms.credits.cycles.standing import differences
from lms.credits.models import Category, CreditEntry
from lms.credits.obligations.rules import Obligation
from lms.credits.registration import applying, closing, queries, reminding, wording
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import Kind, State, Window
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, LmsError, NotFound
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.messages.wording import worded
from lms.people.models import Qualification, QualificationKind
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import complete, put_in_force, qualify
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2026, 12, 31)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with frozen(NOON):
        yield


@pytest.fixture
def officers(city):
    """Of the county and of the city."""
    return cases.make_officers(city.county_a, city.city)


@pytest.fixture
def worker(city):
    """An assistant whose period ends in five weeks, without any hours."""
    person = make_person("陈思雨", city.community_a)
    qualify(person, first=FIRST, last=LAST)
    return person


def held(person):
    return db.session.scalars(
        select(Qualification).where(Qualification.person_id == person).execution_options(populate_existing=True)
    ).one()


def apply(person, key="form-1"):
    application_id = applying.submit(actor_for(person), held(person).id, key=key)
    return row(application_id)


def row(application_id):
    return db.session.get_one(RegistrationApplication, application_id, populate_existing=True)


def kinds_told(person):
    return db.session.scalars(select(Message.kind).where(Message.person_id == person)).all()


def said(person):
    """The text of the only message."""
    message = db.session.scalars(select(Message).where(Message.person_id == person)).one()
    return worded(message.kind, message.params).body


def test_short_of_hours_it_cannot_be_handed_in_and_what_is_missing_is_told_exactly(worker):
    complete(worker, 60 * 60 + 30)
    with pytest.raises(Conflict) as refused:
        apply(worker)
    assert refused.value.code == "short_of_hours"
    assert "还差 11 小时 30 分：要求 72 小时，已计 60 小时 30 分" in str(refused.value.why)
    assert db.session.scalars(select(RegistrationApplication)).all() == []


def test_a_renewal_goes_from_the_county_to_the_city_and_opens_the_next_cycle(city, worker, officers):
    complete(worker, 72 * 60)
    one = apply(worker)
    assert (one.state, one.kind, one.late, one.previous_last) == (State.PENDING, Kind.RENEWAL, False, LAST)
    assert apply(worker).id == one.id  # the same form twice
    with pytest.raises(Conflict):
        apply(worker, key="form-2")
    cases.approve(one.case_id, officers[0])
    assert row(one.id).state is State.FIRST_PASSED
    with pytest.raises(Conflict):
        approvals.withdraw(actor_for(worker), one.case_id, "改主意")
    cases.approve(one.case_id, officers[1])
    done = row(one.id)
    assert (done.state, done.registered_from, done.registered_until) == (
        State.COMPLETED, dt.date(2027, 1, 1), dt.date(2029, 12, 31),
    )  # fmt: skip
    assert (held(worker).registered_from, held(worker).registered_until) == (
        done.registered_from,
        done.registered_until,
    )
    firsts = db.session.scalars(select(CreditCycle.first_day).order_by(CreditCycle.first_day)).all()
    assert firsts == [FIRST, dt.date(2027, 1, 1)]
    assert ledger.summary(worker).status is Status.MET
    assert not ledger.summary(worker).registration.renewable
    assert ledger.summary(worker, dt.date(2027, 1, 1)).status is Status.ASSIGNED
    assert "credits.registered" in kinds_told(worker)
    assert list(differences()) == []


def test_hours_that_are_gone_by_the_final_check_stop_it(worker, officers):
    complete(worker, 72 * 60)
    one = apply(worker)
    cases.approve(one.case_id, officers[0])
    entry = db.session.scalars(select(CreditEntry)).one()
    service.correct(officers[0], entry.id, minutes=60, category=Category.PROFESSIONAL, reason="多记")
    with pytest.raises(Conflict):
        cases.approve(one.case_id, officers[1])
    assert row(one.id).state is State.FIRST_PASSED
    assert held(worker).registered_until == LAST


def test_a_first_registration_within_its_year_and_late(city, officers):
    fresh, late, old = (make_person("", city.community_a) for _number in range(3))
    for person, obtained in ((fresh, dt.date(2026, 6, 13)), (late, dt.date(2025, 6, 14)), (old, dt.date(2020, 6, 14))):
        qualify(person, QualificationKind.INTERMEDIATE, None, None)
        with unit_of_work(SYSTEM):
            held(person).obtained_on = obtained
    windows = [queries.standings(person)[0].window for person in (fresh, late, old)]
    assert windows == [Window.OPEN, Window.LATE, Window.OVER]
    with pytest.raises(Conflict):
        apply(old, "form-3")
    assert apply(late, "form-2").late
    one = apply(fresh)
    assert one.kind is Kind.FIRST
    cases.approve(one.case_id, *officers)
    assert (row(one.id).registered_from, row(one.id).registered_until) == (TODAY, dt.date(2029, 11, 22))
    assert ledger.summary(fresh).status is Status.ASSIGNED


def test_it_is_returned_answered_and_not_passed(worker, officers):
    complete(worker, 72 * 60)
    one = apply(worker)
    cases.send_back(one.case_id, officers[0], "proof:certificate")
    assert row(one.id).state is State.RETURNED
    answer = Correction("已补", (cases.proof("certificate"),))
    approvals.resubmit(actor_for(worker), one.case_id, answer, seen_round=1)
    assert row(one.id).state is State.PENDING
    cases.reject(one.case_id, officers[0])
    assert row(one.id).state is State.FIRST_FAILED
    again = apply(worker, "form-2")
    cases.approve(again.case_id, officers[0])
    cases.reject(again.case_id, officers[1])
    assert row(again.id).state is State.FINAL_FAILED
    third = apply(worker, "form-3")
    approvals.withdraw(actor_for(worker), third.case_id, "填错了")
    assert row(third.id).state is State.WITHDRAWN


def test_an_extension_moves_the_window_and_the_next_period_follows_it(worker, officers):
    complete(worker, 72 * 60)
    cycle = db.session.scalars(select(CreditCycle)).one()
    changing.extend(officers[0], cycle.id, last_day=dt.date(2027, 6, 30), reason="产假", seen=LAST)
    [one] = queries.standings(worker)
    assert (one.window, one.days.opens) == (Window.NOT_YET, dt.date(2027, 4, 1))
    with frozen(dt.datetime(2027, 4, 1, 4, tzinfo=dt.UTC)):
        done = apply(worker)
        cases.approve(done.case_id, *officers)
        assert row(done.id).registered_from == dt.date(2027, 7, 1)


def test_what_was_asked_for_in_time_follows_the_period_as_it_ends_by_the_final_check(worker, officers):
    complete(worker, 72 * 60)
    one = apply(worker)
    cases.approve(one.case_id, officers[0])
    cycle = db.session.scalars(select(CreditCycle)).one()
    changing.extend(officers[0], cycle.id, last_day=dt.date(2027, 1, 31), reason="产假", seen=LAST)
    with frozen(dt.datetime(2027, 2, 10, 4, tzinfo=dt.UTC)):
        cases.approve(one.case_id, officers[1])
        done = row(one.id)
        assert (done.registered_from, done.previous_last) == (dt.date(2027, 2, 1), dt.date(2027, 1, 31))
        assert ledger.summary(worker).registration.first_day == done.registered_from
        assert list(differences()) == []


def test_who_may_apply_see_and_note_the_certificate(city, worker, officers):
    complete(worker, 72 * 60)
    one = apply(worker)
    other = make_person("", city.community_a)
    with pytest.raises(NotFound):
        applying.submit(actor_for(other), held(worker).id, key="x")
    for stranger in (actor_for(make_officer("hr_officer", city.county_b)), actor_for(other)):
        with pytest.raises((NotFound, Forbidden)):
            closing.certify(stranger, one.id)
    with pytest.raises(Conflict):
        closing.certify(officers[1], one.id)
    cases.approve(one.case_id, *officers)
    for _twice in range(2):
        closing.certify(officers[1], one.id)
    assert row(one.id).state is State.CERTIFIED
    assert kinds_told(worker).count("credits.certified") == 1


def test_everybody_is_reminded_once_of_each_day(city, worker):
    assert reminding.remind() == 0
    told = []
    for day in ("2026-12-01", "2026-12-01", "2026-12-03", "2027-01-01", "2027-01-02"):
        with frozen(dt.datetime.fromisoformat(f"{day}T04:00:00+00:00")):
            told.append(reminding.remind())
    assert told == [1, 0, 0, 1, 0]
    assert kinds_told(worker) == ["credits.window_closing", "credits.registration_overdue"]
    soon = make_person("", city.community_a)
    qualify(soon, first=dt.date(2024, 2, 23), last=dt.date(2027, 2, 22))
    assert reminding.remind() == 1
    assert kinds_told(soon) == ["credits.window_open"]


def test_after_the_last_day_everything_says_that_only_learning_until_then_counts(worker):
    complete(worker, 60 * 60)
    with frozen(dt.datetime(2027, 1, 2, 4, tzinfo=dt.UTC)):
        follow()
        complete(worker, 12 * 60, day=dt.date(2027, 1, 2))
        with pytest.raises(Conflict) as refused:
            apply(worker)
        assert "时长只计这一天及以前的学习" in str(refused.value.why)
        assert "还没有申报的，请申报" in str(refused.value.todo)
        [ring] = of_cycles(ledger.summary(worker).cycles)
        assert ring.dates == (
            "最后一天是 2026 年 12 月 31 日（周四），已经过了，时长只计这一天及以前的学习。"
            "登记可补办到 2027 年 12 月 31 日（周五）。"
        )
        assert kept(worker).rings == (ring,)
        assert reminding.remind() == 1
        assert said(worker) == (
            "登记的最后一天 2026 年 12 月 31 日（周四）已过。可补办到 2027 年 12 月 31 日（周五）。"
            "继续教育还差 12 小时，只计最后一天及以前的学习。"
        )


def test_where_nothing_can_be_renewed_late_no_day_is_named_for_it(worker):
    put_in_force(Obligation.REGISTRATION, dt.date(2026, 11, 1), late_months=0, running=True)
    with frozen(dt.datetime(2027, 1, 2, 4, tzinfo=dt.UTC)):
        follow()
        assert reminding.remind() == 1
        assert "已过。不能补办，请联系登记部门。继续教育还差" in said(worker)
        assert "补办期" not in wording.window(queries.standings(worker)[0])
        assert "补办期" not in of_cycles(ledger.summary(worker).cycles)[0].dates


def test_nobody_is_reminded_whose_renewal_is_under_way_or_done(worker, officers):
    complete(worker, 72 * 60)
    one = apply(worker)
    with frozen(dt.datetime(2026, 12, 1, 4, tzinfo=dt.UTC)):
        assert reminding.remind() == 0
    cases.approve(one.case_id, *officers)
    with frozen(dt.datetime(2026, 12, 2, 4, tzinfo=dt.UTC)):
        assert reminding.remind() == 0


@pytest.mark.postgres
def test_two_forms_at_the_same_moment_are_one_application(real_app):
    with real_app.app_context(), frozen(NOON):
        person = make_person("", make_small_city().community_a)
        qualify(person, first=FIRST, last=LAST)
        complete(person, 72 * 60)
        qualification = held(person).id
        actor = actor_for(person)
    outcomes, together = [], threading.Barrier(2)

    def send(key):
        with real_app.app_context(), frozen(NOON):
            together.wait()
            try:
                outcomes.append(applying.submit(actor, qualification, key=key))
            except LmsError as error:
                outcomes.append(error)

    threads = [threading.Thread(target=send, args=(f"form-{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "UUID"]
