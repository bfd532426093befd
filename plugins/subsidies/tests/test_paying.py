"""From the approved case to the money: the payment, what the bank does, other accounts, budgets that lack."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import update

from lms.access.service import grant_role
from lms.approvals import service as approvals
from lms.approvals.chain import ChainPlan
from lms.approvals.dto import Decision
from lms.approvals.models import Outcome
from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.records import messages_to, recorded, told
from lms_payouts import api as payouts
from lms_payouts.api import BankAccount, BudgetLevel, ClaimState, PaymentState, claim_words
from lms_payouts.models import Payment
from lms_payouts.service import batches
from lms_subsidies.cases import CHAIN
from lms_subsidies.queries import claims
from lms_subsidies.service import paying, schemes
from lms_subsidies.service.closing import scheme_code
from lms_subsidies.service.common import KIND

ANOTHER = BankAccount("6217 0000 1234 5678 907", "成都银行玉林支行")


def messages(who, kind):
    return [params for one, params in messages_to(who.person_id) if one == f"subsidies.{kind}"]


def attempt(call):
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


def test_an_approved_claim_reserves_its_money_in_the_budget_of_its_county(funded):
    town = funded
    who, claim = town.passed("陈思雨")
    payment = town.payment(claim)
    assert (claim.state, payment.state) == (ClaimState.APPROVED, PaymentState.WAITING)
    assert (payment.amount_fen, payment.org_id, payment.beneficiary_id) == (50_000, town.city.county_a, who.person_id)
    assert (payment.scheme, payment.reference) == ("subsidies.cdsgy", claim.case_number)
    assert payment.award_key == claim.award_key
    assert payment.bank_account.endswith(claim.account_tail)
    assert town.left() == 10_000_000 - 50_000
    assert town.story(claim) == ["claimed", "approved"]
    town.holds()


def test_the_notice_ends_without_money_and_is_tried_again_when_there_is(town):
    _who, claim = town.claimed()
    town.approve(claim)
    with town.after(town.publish(claim)):
        assert town.end_notices()["vetoed"] == 1
        assert (town.now(claim.id).state, town.case(claim).state) == (ClaimState.IN_REVIEW, "in_notice")
        brief = claims.cases([claim])[claim.id]
        assert claim_words.where(claim, brief) == "公示已结束，等待办结"
        assert "预算到位后自动办结" in claim_words.until(claim, brief)
        town.fund(100)
        assert town.end_notices()["vetoed"] == 1  # 100 元 do not suffice for 500
        town.raise_budget(1_000)
        assert town.end_notices() == {"lapsed": 0, "ended": 1, "approved": 1, "held": 0, "vetoed": 0}
        assert town.now(claim.id).state is ClaimState.APPROVED
        assert town.left() == 60_000
    town.holds()


def test_an_officer_who_ends_a_case_without_money_reads_why(town):
    approvals.save_chain(
        SYSTEM, KIND, ChainPlan(steps=CHAIN.steps, notice_days=None), valid_from=clock.today(), note="不公示"
    )
    _who, claim = town.claimed()
    town.approve(claim, *town.chain[:2])
    last = Decision(Outcome.APPROVED)
    with pytest.raises(Conflict, match="还没有可用的预算") as refused:
        attempt(lambda: approvals.decide(town.chain[2], claim.case_id, last, seen=cases.seal_of(claim.case_id)))
    assert "预算" in refused.value.todo
    assert town.now(claim.id).state is ClaimState.IN_REVIEW
    town.fund()
    assert town.approve(claim, town.chain[2]).state is ClaimState.APPROVED


def test_money_that_arrived_ends_the_claim_with_a_message(funded):
    town = funded
    who, claim = town.paid("陈思雨")
    assert (claim.state, claim.paid_on) == (ClaimState.PAID, clock.today())
    [params] = messages(who, "paid")
    assert params["number"] == claim.case_number
    assert params["amount"]["zh_CN"] == "500.00 元"
    assert town.story(claim) == ["claimed", "approved", "paid"]
    assert town.claim(who).id == claim.id  # asking again is the same award
    town.holds()


def test_told_again_of_a_payment_nothing_more_happens(funded):
    town = funded
    who, claim = town.paid()
    [payload] = told("payouts.payment_made")
    event = payouts.PaymentMade.from_payload(claim.id, payload)
    paying.follow(event)
    assert len(messages(who, "paid")) == 1
    assert town.story(claim) == ["claimed", "approved", "paid"]


def test_money_that_came_back_asks_for_another_account_and_is_sent_again(funded):
    town = funded
    who, claim = town.passed("陈思雨")
    town.bank(town.batch(claim), bounced="账号与户名不符")
    claim = town.now(claim.id)
    assert claim.state is ClaimState.BOUNCED
    assert claims.bounced(who.person_id).id == claim.id
    assert messages(who, "bounced")[0]["reason"] == "账号与户名不符"
    paying.correct_account(who, claim.id, ANOTHER)
    claim = town.now(claim.id)
    assert (claim.state, claim.account_tail, claim.bank_name) == (ClaimState.APPROVED, "8907", "成都银行玉林支行")
    assert town.payment(claim).state is PaymentState.WAITING
    assert town.payment(claim).bank_account == "**** **** 8907"
    assert "6217" not in str(recorded("subsidies.claim.account")[0].detail)
    town.bank(town.batch(claim))
    assert town.now(claim.id).state is ClaimState.PAID
    assert town.story(claim) == ["claimed", "approved", "bounced", "account", "paid"]
    town.holds()


def test_a_second_bounce_is_told_once_more(funded):
    town = funded
    who, claim = town.passed()
    for _again in range(2):
        town.bank(town.batch(town.now(claim.id)), bounced="账户已销户")
        paying.correct_account(who, claim.id, ANOTHER)
    assert len(messages(who, "bounced")) == 2


def test_a_bounce_heard_of_late_does_not_undo_the_payment(funded):
    """The subscriptions have cursors of their own: what came first may be heard last."""
    town = funded
    who, claim = town.passed()
    town.bank(town.batch(claim), bounced="账户已销户")
    [payload] = told("payouts.payment_bounced")
    paying.correct_account(who, claim.id, ANOTHER)
    town.bank(town.batch(town.now(claim.id)))
    paying.follow(payouts.PaymentBounced.from_payload(claim.id, payload))
    assert town.now(claim.id).state is ClaimState.PAID
    assert len(messages(who, "bounced")) == 1


def test_an_account_is_changed_before_it_is_in_a_batch_and_not_after(funded):
    town = funded
    who, claim = town.passed()
    paying.correct_account(who, claim.id, ANOTHER)
    assert town.payment(town.now(claim.id)).bank_account.endswith("8907")
    town.gather(town.now(claim.id))
    with pytest.raises(Conflict, match="收款账户没有改"):
        attempt(lambda: paying.correct_account(who, claim.id, dataclasses.replace(ANOTHER, bank_name="别的银行")))
    assert town.now(claim.id).bank_name == "成都银行玉林支行"


@pytest.mark.parametrize("number", ["6217000012345678908", "1", ""])
def test_an_account_that_cannot_be_right_is_refused(funded, number):
    who, claim = funded.passed()
    with pytest.raises(Invalid) as refused:
        attempt(lambda: paying.correct_account(who, claim.id, BankAccount(number, "中国银行")))
    assert "bank_account" in refused.value.fields


def test_nobody_changes_the_account_of_somebody_else(funded):
    town = funded
    _who, claim = town.passed()
    for stranger in (town.person(), town.chain[2], town.payer()):
        with pytest.raises(NotFound):
            attempt(lambda stranger=stranger: paying.correct_account(stranger, claim.id, ANOTHER))


def test_a_claim_under_review_or_paid_has_no_account_to_change(funded):
    town = funded
    who, claim = town.claimed()
    with pytest.raises(Conflict):
        attempt(lambda: paying.correct_account(who, claim.id, ANOTHER))
    other, paid = town.paid()
    with pytest.raises(Conflict):
        attempt(lambda: paying.correct_account(other, paid.id, ANOTHER))


def test_a_cancelled_payment_ends_the_claim_and_it_can_be_made_again(funded):
    town = funded
    who, claim = town.passed()
    payouts.cancel_payment(SYSTEM, claim.payment_id, "重复录入")
    town.work()
    assert town.now(claim.id).state is ClaimState.CANCELLED
    assert messages(who, "cancelled")[0]["reason"] == "重复录入"
    assert town.left() == 10_000_000
    again = town.claim(who)
    assert again.state is ClaimState.IN_REVIEW
    town.approve(again)
    with town.after(town.publish(again)):
        town.end_notices()
        assert town.now(again.id).state is ClaimState.APPROVED
    town.holds()


def test_an_award_that_another_scheme_has_paid_is_not_paid_again(funded):
    """What our own index cannot see, the award key in payouts refuses."""
    town = funded
    _who, claim = town.claimed()
    town.approve(claim)
    other_who, other = town.passed()
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Payment).where(Payment.id == other.payment_id).values(award_key=claim.award_key))
    with town.after(town.publish(claim)):
        assert town.end_notices()["vetoed"] == 1
    assert town.now(claim.id).state is ClaimState.IN_REVIEW
    assert other_who.person_id is not None


@pytest.mark.parametrize(
    ("level", "place"), [(BudgetLevel.CITY, "city"), (BudgetLevel.COUNTY, "county_a"), (BudgetLevel.STREET, "street_a")]
)
def test_the_scheme_says_whose_budget_pays(town, level, place):
    unit = getattr(town.city, place)
    assert payouts.paying_unit(level, town.city.community_a) == unit
    new = dataclasses.replace(schemes.illustrative(clock.today())[0], budget_level=level)
    schemes.save(SYSTEM, new)
    town.fund(1_000, org_id=unit)
    _who, claim = town.passed()
    assert town.payment(claim).org_id == unit


def test_a_level_that_is_not_there_leaves_the_bill_to_the_next_above(town):
    assert payouts.paying_unit(BudgetLevel.STREET, town.city.county_b) == town.city.county_b
    assert payouts.paying_unit(BudgetLevel.COUNTY, town.city.city) == town.city.city


def test_an_officer_is_told_of_a_budget_that_will_not_do(town):
    _who, claim = town.claimed()
    revision = claims.revision_of(claim)
    budget = payouts.paying_budget(claim, revision.budget_level, scheme_code(revision.code))
    assert (budget.unit, budget.year, budget.left) == ("武侯区", 2026, None)
    town.fund(100)
    assert payouts.paying_budget(claim, revision.budget_level, scheme_code(revision.code)).left == 10_000


def test_a_claim_taken_back_reserves_nothing(funded):
    town = funded
    who, claim = town.claimed()
    town.approve(claim)
    services().approvals.withdraw(who, claim.case_id, "换了单位")
    assert (town.now(claim.id).state, town.story(claim)) == (ClaimState.WITHDRAWN, ["claimed", "withdrawn"])
    assert town.left() == 10_000_000


def test_whoever_approved_a_claim_at_any_step_cannot_sign_its_payment(funded):
    _who, claim = funded.passed()
    batch_id = funded.gather(claim)
    assert set(funded.case(claim).approvers) == {officer.person_id for officer in funded.chain}
    county = funded.city.county_a
    for officer in (funded.chain[0], funded.chain[-1]):
        grant_role(SYSTEM, person_id=officer.person_id, role="payouts.payer", org_id=county, reason="测试")
        signer = services().access.actor_for(officer.person_id)
        with pytest.raises(Forbidden) as refused:
            batches.sign(signer, batch_id, batches.queries.one(batch_id).digest)
        assert refused.value.code == "payouts_own_payment"
