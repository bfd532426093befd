"""Claiming: the conditions line by line, one claim whoever sends how often, the case with its frozen facts."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lms.people.models import Employment
from lms.people.service import end_employment
from lms.plugin_api.errors import Conflict, Invalid, NotFound
from lms.plugin_api.models import new_id
from lms.plugin_api.services import Correction, ProofFile, services
from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.queries import count_queries
from lms.testing.records import recorded
from lms_payouts.api import BankAccount, ClaimState
from lms_subsidies import explaining
from lms_subsidies.dto import Amendment
from lms_subsidies.models import Claim
from lms_subsidies.queries import claims
from lms_subsidies.rules import ConditionKind
from lms_subsidies.service import claiming, correcting, schemes

BOTH = frozenset({ConditionKind.NOT_CIVIL_SERVANT, ConditionKind.NO_OTHER_REWARD})


def facts_of(town, claim):
    return {fact.key: fact for fact in town.case(claim).facts}


def how_many():
    session.rollback()
    return session.scalar(select(func.count(Claim.id)))


def attempt(call):
    """What a form does whose refusal must leave nothing behind."""
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


@pytest.fixture
def holder(town):
    who = town.person("陈思雨")
    town.certify(who)
    town.work()
    return who


def test_a_claim_opens_a_case_whose_facts_are_frozen_and_whose_account_is_masked(town, holder):
    new = town.new(holder)
    claim = town.now(claiming.open_claim(holder, new))
    case = town.case(claim)
    assert (claim.state, claim.amount_fen, case.amount_fen) == (ClaimState.IN_REVIEW, 50_000, 50_000)
    assert (case.kind, case.state, case.number) == ("subsidies.claim", "open", claim.case_number)
    facts = facts_of(town, claim)
    assert all(fact.met for key, fact in facts.items() if key not in {"award", "amount", "certificate", "account"})
    assert facts["window"].value["zh_CN"] == "最后一天是 2027 年 9 月 28 日（周二）"
    assert facts["no_other_reward"].value["en"] == "Declared"
    assert [key for key, fact in facts.items() if fact.public] == ["award", "amount"]
    assert facts["account"].value == f"陈思雨 · 中国银行成都玉林支行 · **** **** {new.account.number[-4:]}"
    everything = str([fact.plain() for fact in case.facts]) + str(recorded("subsidies.claim.open")[0].detail)
    assert new.account.number not in everything
    assert new.account.number.encode() not in claim.bank_account_sealed
    assert len(case.proofs) == 1


def test_the_same_form_twice_and_a_second_form_are_one_claim(town, holder):
    new = town.new(holder)
    first = claiming.open_claim(holder, new)
    assert claiming.open_claim(holder, new) == first
    assert claiming.open_claim(holder, town.new(holder)) == first
    assert how_many() == 1
    assert len(recorded("subsidies.claim.open")) == 1


def test_a_form_sent_again_late_does_not_claim_again_after_the_claim_was_taken_back(town, holder):
    new = town.new(holder)
    claim = town.now(claiming.open_claim(holder, new))
    services().approvals.withdraw(holder, claim.case_id, "")
    assert claiming.open_claim(holder, new) == claim.id
    second = town.claim(holder)
    assert second.id != claim.id
    assert (town.now(claim.id).latest, second.latest) == (False, True)


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        (BankAccount("6217000012345678908", "中国银行"), {"bank_account"}),
        (BankAccount("12345", "中国银行"), {"bank_account"}),
        (BankAccount("6217 0000 1234 5678 907", " "), {"bank_name"}),
        (BankAccount("", ""), {"bank_account", "bank_name"}),
    ],
)
def test_everything_wrong_with_the_form_is_said_at_once_and_nothing_is_kept(town, holder, account, fields):
    with pytest.raises(Invalid) as refused:
        attempt(lambda: claiming.open_claim(holder, town.new(holder, account=account, declared=frozenset())))
    assert set(refused.value.fields) == fields | {"not_civil_servant", "no_other_reward"}
    assert how_many() == 0


def test_a_missing_proof_is_named_and_nothing_is_kept(town, holder):
    with pytest.raises(Invalid) as refused:
        attempt(lambda: claiming.open_claim(holder, town.new(holder, proofs=())))
    assert set(refused.value.fields) == {"insurance"}
    bad = (ProofFile("insurance", "社保.pdf", b"MZ\x90"),)
    with pytest.raises(Invalid) as refused:
        attempt(lambda: claiming.open_claim(holder, town.new(holder, proofs=bad)))
    assert set(refused.value.fields) == {"insurance"}
    assert how_many() == 0


def test_nobody_claims_on_somebody_elses_invitation(town, holder):
    thief = town.person()
    with pytest.raises(NotFound):
        attempt(lambda: claiming.open_claim(thief, town.new(holder)))
    officer = services().access.actor_for(make_officer("hr_officer", town.city.city))
    with pytest.raises(NotFound):
        attempt(lambda: claiming.open_claim(officer, town.new(holder)))


def test_a_claim_is_refused_in_words_when_a_condition_is_not_met(town):
    who = town.person()
    town.qualify(who)
    town.work()
    row = session.scalars(select(Employment).where(Employment.person_id == who.person_id)).one()
    with unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Employment, row.id).started_on = dt.date(2026, 3, 1)
    with pytest.raises(Conflict) as refused:
        attempt(lambda: town.claim(who, "qualification:assistant"))
    assert refused.value.code == "not_eligible"
    assert "连续任职满 12 个月" in str(refused.value)
    assert "2027 年 3 月 1 日" in str(refused.value)
    assert how_many() == 0
    with clock.frozen(dt.datetime(2027, 3, 1, 4, tzinfo=dt.UTC)):
        assert town.claim(who, "qualification:assistant").state is ClaimState.IN_REVIEW


def test_a_claim_is_refused_without_an_employer(town, holder):
    row = session.scalars(select(Employment).where(Employment.person_id == holder.person_id)).one()
    end_employment(SYSTEM, row.id, dt.date(2026, 9, 27))
    with pytest.raises(Conflict, match="没有在职单位"):
        attempt(lambda: town.claim(holder))
    [offer] = claims.offers(holder.person_id)
    assert not offer.may_claim
    assert [line.label for line in explaining.explained(offer.assessment) if line.verdict == "unmet"] == [
        "现在在本市单位任职"
    ]


def test_a_claim_is_taken_on_the_last_day_and_refused_on_the_next(town, holder):
    last = dt.datetime(2027, 9, 28, 15, 59, tzinfo=dt.UTC)
    other = town.person()
    town.certify(other)
    town.work()
    with clock.frozen(last):
        assert town.claim(holder).state is ClaimState.IN_REVIEW
    with clock.frozen(last + dt.timedelta(minutes=1)), pytest.raises(Conflict, match="最后一天"):
        attempt(lambda: town.claim(other))


def test_one_live_claim_is_what_the_database_itself_keeps(town, holder):
    claim = town.claim(holder)
    columns = {column.key: getattr(claim, column.key) for column in Claim.__table__.columns}
    twin = columns | {"id": new_id(), "key": "other", "case_id": None, "latest": False, "ladder": "other"}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(Claim.__table__.insert().values(**twin))


def test_another_level_waits_while_one_is_under_review_and_is_paid_the_difference_after(funded):
    town = funded
    who = town.person()
    town.qualify(who, "assistant")
    town.qualify(who, "intermediate")
    town.work()
    lower = town.claim(who, "qualification:assistant")
    with pytest.raises(Conflict, match="同一时间只能办理一级"):
        attempt(lambda: town.claim(who, "qualification:intermediate"))
    offers = {offer.invitation.basis: offer for offer in claims.offers(who.person_id)}
    assert [line.key for line in offers["qualification:intermediate"].assessment.unmet] == ["levels"]
    town.approve(lower)
    with town.after(town.publish(lower)):
        town.end_notices()
        higher = town.claim(who, "qualification:intermediate")
    assert (lower.amount_fen, higher.amount_fen) == (150_000, 150_000)
    said = facts_of(town, higher)["levels"]
    assert said.value["zh_CN"] == "已领“助理社会工作师持证奖励”共 1,500.00 元"
    assert said.note["zh_CN"] == "按规定补发差额 1,500.00 元。"


def test_a_lower_level_after_the_higher_one_gets_nothing_more(funded):
    town = funded
    who = town.person()
    town.qualify(who, "assistant")
    town.qualify(who, "intermediate")
    town.work()
    higher = town.claim(who, "qualification:intermediate")
    town.approve(higher)
    with town.after(town.publish(higher)):
        town.end_notices()
        assert town.now(higher.id).amount_fen == 300_000
        with pytest.raises(Conflict, match="其他级别的奖励"):
            attempt(lambda: town.claim(who, "qualification:assistant"))


def test_a_rejected_claim_is_the_end_unless_the_scheme_says_otherwise(town, holder):
    claim = town.reject(town.claim(holder))
    assert (claim.state, town.story(claim)) == (ClaimState.REJECTED, ["claimed", "rejected"])
    assert claims.claimable(holder.person_id) == []
    with pytest.raises(Conflict, match="没有领过这项奖励"):
        attempt(lambda: town.claim(holder))
    kinder = dataclasses.replace(schemes.illustrative(dt.date(2026, 1, 1))[0], reclaim=True)
    schemes.save(SYSTEM, kinder)
    assert town.claim(holder).state is ClaimState.IN_REVIEW


def test_a_claim_keeps_the_revision_it_was_made_under(town, holder):
    claim = town.claim(holder)
    more = dataclasses.replace(schemes.illustrative(dt.date(2026, 1, 1))[0], amount_fen=80_000)
    schemes.save(SYSTEM, more)
    assert claims.revision_of(town.now(claim.id)).amount_fen == 50_000
    other = town.person()
    town.certify(other)
    town.work()
    assert town.claim(other).amount_fen == 80_000


# --- corrections ---


def amend(town, claim, number="6217000012345678907", **changes):
    case = claims.cases([claim])[claim.id]
    values = {
        "account": BankAccount(number, "成都银行玉林支行"),
        "seen_round": case.round,
        "declared": BOTH,
        "note": "改了账户",
    }
    return Amendment(**(values | changes))


def test_a_returned_claim_is_corrected_and_its_facts_are_judged_anew(town, holder):
    claim = town.send_back(town.claim(holder))
    row = session.scalars(select(Employment).where(Employment.person_id == holder.person_id)).one()
    end_employment(SYSTEM, row.id, dt.date(2026, 9, 27))
    correcting.correct_claim(holder, claim.id, amend(town, claim))
    case, facts = town.case(claim), facts_of(town, claim)
    assert case.state == "open"
    assert facts["account"].value.endswith("成都银行玉林支行 · **** **** 8907")
    assert facts["employed_now"].met is False  # whoever decides sees it
    assert town.story(claim) == ["claimed", "corrected"]


def test_a_correction_sent_twice_is_one_and_a_late_one_changes_nothing(town, holder):
    claim = town.send_back(town.claim(holder))
    answer = amend(town, claim)
    correcting.correct_claim(holder, claim.id, answer)
    correcting.correct_claim(holder, claim.id, answer)
    late = dataclasses.replace(answer, account=dataclasses.replace(town.new(holder).account, bank_name="别的银行"))
    with pytest.raises(Conflict):
        attempt(lambda: correcting.correct_claim(holder, claim.id, late))
    assert town.now(claim.id).bank_name == "成都银行玉林支行"
    assert facts_of(town, claim)["account"].value.endswith("8907")
    assert town.story(claim) == ["claimed", "corrected"]
    cases.approve(claim.case_id, *town.chain[:1])
    with pytest.raises(Conflict):
        attempt(lambda: correcting.correct_claim(holder, claim.id, dataclasses.replace(answer, seen_round=2)))


def test_an_account_that_was_not_typed_again_stays(town, holder):
    new = town.new(holder)
    claim = town.send_back(town.now(claiming.open_claim(holder, new)))
    correcting.correct_claim(holder, claim.id, amend(town, claim, number=""))
    assert town.now(claim.id).account_tail == new.account.number[-4:]
    assert facts_of(town, claim)["account"].value.endswith(new.account.number[-4:])


def test_a_claim_answered_on_the_cases_own_page_can_be_returned_and_corrected_again(town, holder):
    claim = town.send_back(town.claim(holder), "proof:certificate")
    services().approvals.resubmit(holder, claim.case_id, Correction("没有这份材料"), seen_round=1)
    assert town.now(claim.id).round == 1
    cases.approve(claim.case_id, town.chain[0])
    cases.send_back(claim.case_id, town.chain[1], "proof:certificate")
    correcting.correct_claim(holder, claim.id, amend(town, claim))
    assert town.now(claim.id).round == 3
    assert town.case(claim).state == "open"


def test_nobody_corrects_somebody_elses_claim(town, holder):
    claim = town.send_back(town.claim(holder))
    with pytest.raises(NotFound):
        attempt(lambda: correcting.correct_claim(town.person(), claim.id, amend(town, claim)))


def test_an_unanswered_return_ends_the_claim_and_it_can_be_made_again(town, holder):
    claim = town.send_back(town.claim(holder))
    with clock.frozen(dt.datetime(2026, 10, 20, 4, tzinfo=dt.UTC)):
        assert town.end_notices()["lapsed"] == 1
        assert town.now(claim.id).state is ClaimState.WITHDRAWN
        assert town.claim(holder).state is ClaimState.IN_REVIEW


def test_the_claimants_list_costs_the_same_however_many_claims(town):
    who = town.person()
    town.certify(who)
    town.work()

    def cost():
        session.rollback()
        with count_queries() as seen:
            claims.offers(who.person_id)
            made = claims.own_claims(who.person_id)
            claims.cases([claim for claim, _revision in made])
        return seen.count

    services().approvals.withdraw(who, town.claim(who).case_id, "")
    one = cost()
    for _again in range(3):
        services().approvals.withdraw(who, town.claim(who).case_id, "")
    assert cost() == one
