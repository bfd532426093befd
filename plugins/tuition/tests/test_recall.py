"""Leaving early: what each payment's share is, recorded once as money to come back, and what is under way ends."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from lms_tuition.dto import Serving, StudyFilter
from lms_tuition.explaining import recall_lines
from lms_tuition.queries import studies
from lms_tuition.rules import ServiceFrom
from lms_tuition.service import claiming, recalling, schemes, studying

from lms.people.models import Employment
from lms.people.service import end_employment
from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms_payouts.api import ClaimState, receivables
from lms_payouts.service.recalls import record_return

LATER = dt.datetime(2027, 9, 28, 4, tzinfo=dt.UTC)
LEFT = dt.date(2027, 9, 28)


def attempt(call):
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


def test_who_leaves_after_a_year_of_three_pays_two_thirds_back_by_days(funded, make_line):
    who, claim = funded.paid()
    officer = funded.chain[2]
    with clock.frozen(LATER):
        funded.fund()
        next_year = make_line(issued_on=dt.date(2027, 9, 1))
        waiting = funded.pass_on(funded.claim(who, funded.study_now(claim.study_id), next_year))
        total = recalling.record_leave(officer, claim.study_id, LEFT, "解除劳动合同")
        assert total == 640_000 * 731 // 1096 == 426_861
        assert funded.now(waiting.id).state is ClaimState.CANCELLED
        recall = studies.recall(claim.study_id)
        [line] = recall_lines(recall.lines)
        assert (line.days, line.served_days, line.left_days, line.fen) == (1096, 365, 731, 426_861)
        assert "6,400.00 元 × 731 ÷ 1096 = 4,268.61 元" in line.words
        with pytest.raises(Conflict):
            attempt(lambda: recalling.record_leave(officer, claim.study_id, LEFT, "再登记"))
        again = funded.new(funded.study_now(claim.study_id), make_line(issued_on=dt.date(2027, 9, 1)))
        with pytest.raises(Conflict):
            attempt(lambda: claiming.open_claim(who, again))
        debt = receivables([claim.payment_id])[claim.payment_id]
        record_return(funded.payer(), debt.id, amount_fen=100_000, on=LEFT, note="回单 1", key="r1")
        session.rollback()
        assert [one.open_fen for one in studies.debt([funded.now(claim.id)])] == [326_861]
        funded.holds()


def test_a_claim_under_review_is_taken_back_and_one_at_the_bank_is_waited_for(funded):
    _who, claim = funded.claimed()
    officer = funded.chain[2]
    assert recalling.record_leave(officer, claim.study_id, dt.date(2026, 9, 28), "离职") == 0
    assert funded.now(claim.id).state is ClaimState.WITHDRAWN
    _other, second = funded.claimed(name="李晓萍")
    second = funded.pass_on(second)
    funded.send(second)
    with pytest.raises(Conflict):
        attempt(lambda: recalling.record_leave(officer, second.study_id, dt.date(2026, 9, 28), "离职"))
    assert funded.study_now(second.study_id).left_on is None
    assert funded.now(second.id).state is ClaimState.APPROVED


NUMBER = "106131202905001234"


def serve_from_graduation():
    """From now on service for a bachelor's study is owed from the graduation on."""
    [bachelor] = [one for one in schemes.illustrative(clock.today()) if one.level == "bachelor"]
    schemes.save(SYSTEM, dataclasses.replace(bachelor, service_from=ServiceFrom.GRADUATION))


def test_service_that_has_not_begun_is_owed_in_full_and_a_graduation_begins_it(funded):
    serve_from_graduation()
    _who, claim = funded.paid()
    study, officer, graduated = funded.study_now(claim.study_id), funded.chain[2], dt.date(2029, 6, 30)
    assert (study.graduated_on, claim.serves_from, claim.serves_until) == (None, None, None)
    [line] = recalling.owed_lines(study, [claim], dt.date(2029, 7, 1))
    assert (line.service, line.owed.fen) == (None, 640_000)
    with clock.frozen(dt.datetime(2029, 9, 29, 4, tzinfo=dt.UTC)):
        studying.record_graduation(officer, study.id, graduated, NUMBER)
        claim = funded.now(claim.id)
        assert (claim.serves_from, claim.serves_until) == (dt.date(2029, 7, 1), dt.date(2032, 6, 30))
        [line] = recalling.owed_lines(funded.study_now(study.id), [claim], dt.date(2029, 7, 1))
        assert line.owed.fen == 640_000 * 1095 // 1096
        with pytest.raises(Conflict):
            attempt(lambda: studying.record_graduation(officer, study.id, graduated, NUMBER))


def test_nobody_records_their_own_graduation_nor_one_after_an_early_leave(funded):
    officer = funded.officer("hr_officer", funded.city.community_a, 1)
    begun = {"starts_on": dt.date(2022, 9, 1), "ends_on": dt.date(2026, 6, 30)}
    study, graduated = funded.signed(officer, **begun), dt.date(2026, 6, 30)
    with pytest.raises(Forbidden):
        attempt(lambda: studying.record_graduation(officer, study.id, graduated, NUMBER))
    other = funded.chain[2]
    recalling.record_leave(other, study.id, dt.date(2026, 9, 28), "离职")
    with pytest.raises(Conflict):
        attempt(lambda: studying.record_graduation(other, study.id, graduated, NUMBER))
    assert funded.study_now(study.id).graduated_on is None


def test_only_an_officer_of_the_unit_records_it_not_for_oneself_and_not_for_a_day_to_come(funded):
    who, claim = funded.claimed()
    with pytest.raises(NotFound):
        attempt(lambda: recalling.record_leave(who, claim.study_id, dt.date(2026, 9, 28), "x"))
    with pytest.raises(Invalid) as refused:
        recalling.record_leave(funded.chain[2], claim.study_id, dt.date(2026, 9, 29), " ")
    assert set(refused.value.fields) == {"left_on", "reason"}
    officer = funded.officer("hr_officer", funded.city.community_a, 1)
    study = funded.signed(officer)
    with pytest.raises(Forbidden):
        attempt(lambda: recalling.record_leave(officer, study.id, dt.date(2026, 9, 28), "离职"))


def test_who_works_nowhere_while_service_is_owed_is_found(funded):
    who, claim = funded.paid()
    officer = funded.chain[2]
    assert studies.gone(officer) == 0
    [held] = session.query(Employment).filter_by(person_id=who.person_id)
    end_employment(SYSTEM, held.id, clock.today())
    session.rollback()
    with clock.frozen(LATER):
        assert studies.gone(officer) == 1
        [line] = studies.as_lines(session.execute(studies.lines(officer, StudyFilter(serving=Serving.GONE))).all())
        assert (line.study.id, line.paid_fen) == (claim.study_id, 640_000)
        recalling.record_leave(officer, claim.study_id, dt.date(2026, 9, 28), "离职")
        assert studies.gone(officer) == 0
