"""Handing a claim in: what is refused and where it points, what the case shows, the answer to a return."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from lms.access.actors import actor_for
from lms.approvals import service as approvals
from lms.approvals.dto import Correction, ProofFile
from lms.approvals.queries import case_view
from lms.credits.evidence.dto import Amendment, NewClaim
from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import ClaimState, Unit
from lms.credits.evidence.service import setting
from lms.credits.evidence.service.amending import amend
from lms.credits.evidence.service.assessing import Claimed, assess
from lms.credits.evidence.service.claiming import submit
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.evidence import activity, new_rule, proofs
from lms.testing.factories.people import make_person

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with clock.frozen(NOON):
        yield


def refused_fields(desk, code="lecture", hours=4, **changes):
    with pytest.raises(Invalid) as refused:
        assess(desk.person_id, activity(code, hours, **changes))
    return set(refused.value.fields)


def day(text):
    return dt.date.fromisoformat(text)


def test_a_claim_goes_to_the_county_with_what_it_will_count_and_why(desk):
    claim = desk.claim(hours=6)
    view, facts = case_view(claim.case_id), desk.facts(claim)
    assert [(step.unit, step.step.level.value) for step in view.steps] == [("武侯区", "county")]
    assert claim.case_number == view.brief.number
    assert facts["stated"].value == {"zh_CN": "6 小时", "en": "6 h"}
    assert (facts["counted"].value["zh_CN"], facts["counted"].met) == ("4 小时", True)
    assert "单次活动最多计 4 小时，可计 4 小时。" in facts["counted"].note["zh_CN"]
    assert "overlap" not in facts


def test_the_same_form_sent_twice_is_one_claim(desk):
    new = NewClaim("form", activity(), proofs())
    assert submit(desk.worker, new) == submit(desk.worker, new)
    assert db.session.query(EvidenceClaim).count() == 1


def test_somebody_elses_form_is_never_answered_with_their_claim(desk):
    new = NewClaim("form", activity(), proofs())
    submit(desk.worker, new)
    other = actor_for(make_person("", desk.city.community_a))
    with pytest.raises(Conflict):
        submit(other, new)


def test_the_same_activity_is_refused_with_a_pointer_to_the_first(desk):
    first = desk.claim(title="个案管理（第2期）")
    with pytest.raises(Claimed) as refused:
        desk.claim(title="个案管理 (第２期)")
    assert (refused.value.code, refused.value.first_id) == ("same_activity", first.id)
    assert first.case_number in refused.value.why
    desk.approve(first)
    with pytest.raises(Claimed):
        desk.claim(title="个案管理（第2期）")
    assert desk.claim(title="个案管理（第3期）").id


def test_another_person_may_claim_the_same_activity(desk):
    desk.claim(title="同一场讲座")
    desk.worker = actor_for(make_person("", desk.city.community_a))
    assert desk.claim(title="同一场讲座").id


def test_a_second_degree_is_refused_until_the_first_is_rejected(desk):
    degree = {"unit": Unit.ITEM, "first_day": day("2022-09-01")}
    first = desk.claim("degree", 0, *proofs("diploma"), title="社会工作本科", **degree)
    with pytest.raises(Claimed) as refused:
        desk.claim("degree", 0, *proofs("diploma"), title="社会工作硕士", **degree)
    assert (refused.value.code, refused.value.first_id) == ("counts_once", first.id)
    cases.reject(first.case_id, desk.officer)
    assert desk.claim("degree", 0, *proofs("diploma"), title="社会工作硕士", **degree).id


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"last_day": day("2026-11-24")}, {"last_day"}),
        ({"first_day": day("2026-11-20"), "last_day": day("2026-11-19")}, {"last_day"}),
        ({"first_day": day("0001-01-01")}, {"first_day"}),
        ({"first_day": day("2025-11-22"), "last_day": day("2025-11-22")}, {"last_day"}),
        ({"title": " ！ ", "organiser": ""}, {"title", "organiser"}),
        ({"title": "长" * 121}, {"title"}),
        ({"title": "", "last_day": day("2027-01-01")}, {"title", "last_day"}),
    ],
)
def test_what_cannot_be_is_named_field_by_field(desk, changes, fields):
    assert refused_fields(desk, **changes) == fields


@pytest.mark.parametrize("hours", [0, -4, 12.5, 10**7])
def test_amounts_that_nobody_learns_in_a_day_are_refused(desk, hours):
    assert refused_fields(desk, hours=hours) == {"amount"}


def test_more_days_than_there_are_between_the_dates_are_refused(desk):
    assert refused_fields(desk, "practice", 3, unit=Unit.DAYS, first_day=day("2026-11-22")) == {"amount"}


def test_the_claim_window_includes_its_last_day(desk):
    assert assess(desk.person_id, activity(last_day=day("2025-11-23"), first_day=day("2025-11-23")))


def test_a_window_that_began_on_29_february_ends_on_the_28th(desk):
    learned = activity(last_day=day("2024-02-29"), first_day=day("2024-02-29"))
    for today, can in (("2025-02-28", True), ("2025-03-01", False)):
        with clock.frozen(clock.start_of_day(day(today))):
            if can:
                assert assess(desk.person_id, learned)
            else:
                assert refused_fields(desk, last_day=learned.last_day, first_day=learned.first_day) == {"last_day"}


def test_an_amount_in_another_unit_than_the_days_rule_asks_for_is_never_taken_over(desk):
    desk.rule(unit=Unit.CLASS_HOURS, unit_minutes=45, valid_from=day("2026-06-01"))
    with pytest.raises(Invalid) as refused:
        assess(desk.person_id, activity(unit=Unit.HOURS))
    assert refused.value.code == "other_unit"
    assert assess(desk.person_id, activity(unit=Unit.CLASS_HOURS)).counting.minutes == 180
    earlier = activity(unit=Unit.HOURS, first_day=day("2026-05-31"), last_day=day("2026-05-31"))
    assert assess(desk.person_id, earlier).counting.minutes == 240


def test_a_kind_that_is_no_longer_open_is_refused_from_that_day_on(desk):
    desk.rule(is_open=False, valid_from=day("2026-11-01"))
    assert refused_fields(desk) == {"last_day"}
    assert assess(desk.person_id, activity(first_day=day("2026-10-31"), last_day=day("2026-10-31")))


def test_every_missing_proof_is_named_and_nothing_is_kept(desk):
    with pytest.raises(Invalid) as refused:
        submit(desk.worker, NewClaim("form", activity(), ()))
    assert set(refused.value.fields) == {"notice", "attendance"}
    fake = ProofFile("notice", "通知.pdf", b"MZ not a document")
    with pytest.raises(Invalid) as refused:
        submit(desk.worker, NewClaim("form", activity(), (fake, *proofs("attendance"))))
    assert set(refused.value.fields) == {"notice"}
    assert db.session.query(EvidenceClaim).count() == 0


def test_days_filled_twice_are_pointed_out_and_not_refused(desk):
    full = desk.claim("training", 7, *proofs("certificate"))
    assessed = assess(desk.person_id, activity(hours=2))
    assert [one.id for one in assessed.crowded] == [full.id]
    other = desk.claim(hours=2)
    overlap = desk.facts(other)["overlap"]
    assert (overlap.met, full.case_number in overlap.value["zh_CN"]) == (False, True)
    assert assess(desk.person_id, activity(hours=1)).crowded == (full, other)


def test_a_person_without_a_unit_is_told_whom_to_ask(desk):
    desk.worker = actor_for(make_person("无单位"))
    with pytest.raises(Conflict) as refused:
        desk.claim()
    assert refused.value.code == "no_unit"


def test_a_returned_claim_is_put_right_and_judged_anew_once(desk):
    claim = desk.claim(hours=4)
    cases.send_back(claim.case_id, desk.officer, "fact:stated")
    amendment = Amendment(activity(hours=3, title="改过的讲座"), 1, "时长写错了")
    amend(desk.worker, claim.id, amendment)
    amend(desk.worker, claim.id, amendment)
    now, view = desk.now(claim.id), case_view(claim.case_id)
    assert (now.stated, now.title, now.round, view.brief.round, view.brief.state.value) == (
        180,
        "改过的讲座",
        2,
        2,
        "open",
    )
    assert desk.facts(now)["counted"].value["zh_CN"] == "3 小时"
    assert desk.approve(now).counted == 180


def test_a_correction_does_not_stand_in_its_own_way_but_in_that_of_others(desk):
    first, second = desk.claim(title="甲"), desk.claim(title="乙")
    cases.send_back(second.case_id, desk.officer, "fact:stated")
    same = activity(hours=2, title="乙")
    with pytest.raises(Claimed) as refused:
        amend(desk.worker, second.id, Amendment(replace(same, title="甲"), 1, "改"))
    assert refused.value.first_id == first.id
    amend(desk.worker, second.id, Amendment(same, 1, "改"))
    assert desk.now(second.id).stated == 120


def test_a_claim_that_was_not_returned_is_not_amended(desk):
    claim = desk.claim()
    for seen_round in (1, 7):
        with pytest.raises(Conflict):
            amend(desk.worker, claim.id, Amendment(activity(hours=1), seen_round, "改"))
    assert desk.now(claim.id).stated == 240


def test_a_claim_handed_in_on_its_cases_page_is_not_overwritten_by_an_old_form(desk):
    claim = desk.claim()
    cases.send_back(claim.case_id, desk.officer, "fact:stated")
    approvals.resubmit(desk.worker, claim.case_id, Correction("没有错"), seen_round=1)
    with pytest.raises(Conflict):
        amend(desk.worker, claim.id, Amendment(activity(hours=1), 1, "改"))
    assert desk.now(claim.id).stated == 240


def test_the_window_of_a_returned_claim_is_that_of_the_day_it_was_handed_in(desk):
    claim = desk.claim(first_day=day("2025-11-23"), last_day=day("2025-11-23"))
    cases.send_back(claim.case_id, desk.officer, "fact:stated")
    with clock.frozen(NOON + dt.timedelta(days=3)):
        learned = activity(hours=3, first_day=day("2025-11-23"), last_day=day("2025-11-23"))
        amend(desk.worker, claim.id, Amendment(learned, 1, "改"))
    assert desk.now(claim.id).stated == 180


def test_nobody_amends_another_persons_claim(desk):
    claim = desk.claim()
    cases.send_back(claim.case_id, desk.officer, "fact:stated")
    with pytest.raises(NotFound):
        amend(actor_for(make_person()), claim.id, Amendment(activity(), 1, "改"))


def test_a_return_that_is_not_answered_in_time_takes_the_claim_back(desk):
    claim = desk.claim()
    cases.send_back(claim.case_id, desk.officer, "fact:stated")
    with clock.frozen(NOON + dt.timedelta(days=60)):
        assert approvals.lapse(claim.case_id)
    assert desk.now(claim.id).state is ClaimState.WITHDRAWN


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"code": "Nonsense!"}, {"code"}),
        ({"title": {"zh_CN": " "}, "note": " "}, {"title", "note"}),
        ({"unit_minutes": 45}, {"unit_minutes"}),
        ({"unit": Unit.DAYS, "unit_minutes": 0}, {"unit_minutes"}),
        ({"cap_activity": 0, "cap_year": -1, "cap_period": 10**9}, {"cap_activity", "cap_year", "cap_period"}),
        ({"claim_months": 0}, {"claim_months"}),
        ({"proofs": ("passport",)}, {"proofs"}),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_field_by_field(desk, changes, fields):
    officer = actor_for(make_officer("hr_officer", desk.city.city))
    with pytest.raises(Invalid) as refused:
        setting.save_rule(officer, new_rule(**changes))
    assert set(refused.value.fields) == fields


def test_rules_are_set_by_the_citys_officers_and_nobody_else(desk):
    with pytest.raises((Forbidden, NotFound)):
        setting.save_rule(desk.officer, new_rule())
    with pytest.raises((Forbidden, NotFound)):
        setting.save_rule(actor_for(make_officer("auditor", desk.city.city)), new_rule())
    officer = actor_for(make_officer("hr_officer", desk.city.city))
    setting.save_rule(officer, new_rule(cap_year=60))
    setting.save_rule(officer, new_rule(cap_year=120))
    assert assess(desk.person_id, activity()).rule.cap_year == 120
