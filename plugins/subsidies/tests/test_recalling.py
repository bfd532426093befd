"""A revoked certificate: what rests on it ends, or officers have to look after money that has gone out."""

from __future__ import annotations

import pytest

from lms.certificates import service as certificates
from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, unit_of_work
from lms.testing.records import messages_to, recorded
from lms_payouts.api import ClaimState, PaymentState
from lms_payouts.service import batches, files, recalls
from lms_subsidies.dto import RoundFilter, Standing
from lms_subsidies.queries import claims, rounds
from lms_subsidies.service import recalling


def attempt(call):
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


def revoke(town, claim):
    invitation = town.invitation_of(claim)
    certificates.revoke(SYSTEM, invitation.certificate_id, "考试作弊")
    town.work()
    return town.now(claim.id)


def kinds(who):
    return [kind for kind, _params in messages_to(who.person_id)]


def test_a_claim_under_review_is_withdrawn_in_words(funded):
    town = funded
    who, claim = town.claimed()
    claim = revoke(town, claim)
    assert claim.state is ClaimState.WITHDRAWN
    assert "已撤销" in town.case(claim).reason
    assert "approvals.taken_back" in kinds(who)
    with pytest.raises(Conflict):
        attempt(lambda: town.claim(who))


def test_a_case_whose_notice_is_over_does_not_pass_before_the_news_arrives(funded):
    """The certificate is revoked; before the plugin hears of it, the job ends the notice."""
    town = funded
    _who, claim = town.claimed()
    town.approve(claim)
    last = town.publish(claim)
    certificates.revoke(SYSTEM, town.invitation_of(claim).certificate_id, "考试作弊")
    with town.after(last):
        assert town.end_notices()["vetoed"] == 1
        assert town.now(claim.id).state is ClaimState.IN_REVIEW
        town.work()
        assert town.now(claim.id).state is ClaimState.WITHDRAWN
    assert town.left() == 10_000_000


def test_a_payment_that_waits_is_cancelled_with_the_claim(funded):
    town = funded
    who, claim = town.passed()
    claim = revoke(town, claim)
    assert (claim.state, town.payment(claim).state) == (ClaimState.CANCELLED, PaymentState.CANCELLED)
    assert claim.recalled_number == ""
    assert kinds(who).count("subsidies.cancelled") == 1
    assert town.left() == 10_000_000
    town.holds()


def test_an_unsigned_batch_is_taken_apart_for_it(funded):
    town = funded
    _who, claim = town.passed()
    _other, kept = town.passed()
    town.gather(claim, kept)
    assert revoke(town, claim).state is ClaimState.CANCELLED
    assert town.payment(town.now(kept.id)).state is PaymentState.WAITING
    town.holds()


def test_money_that_arrived_is_flagged_to_officers_who_recall_it_or_not_once_and_with_a_remark(funded):
    town = funded
    who, claim = town.paid("陈思雨")
    claim = revoke(town, claim)
    assert (claim.state, claim.recall_settled_at) == (ClaimState.PAID, None)
    assert claim.recalled_number == services().certificates.certificate(town.invitation_of(claim).certificate_id).number
    assert kinds(who).count("subsidies.recall") == 1
    officer = town.chain[1]
    assert rounds.counts(officer)[Standing.RECALL] == 1
    found = list(rounds.every_line(officer, RoundFilter(standing=Standing.RECALL)))
    assert [line.claim.id for line in found] == [claim.id]
    with pytest.raises(Invalid):
        attempt(lambda: recalling.settle_recall(officer, claim.id, recall=True, remark=" "))
    foreign = town.officer("hr_officer", town.city.county_b)
    with pytest.raises(NotFound):
        attempt(lambda: recalling.settle_recall(foreign, claim.id, recall=True, remark="作弊"))
    recalling.settle_recall(officer, claim.id, recall=True, remark="考试作弊属实")
    assert rounds.counts(officer)[Standing.RECALL] == 0
    assert town.story(claim) == ["claimed", "approved", "paid", "recall", "settled"]
    assert recorded("subsidies.recall.settle")[0].detail["note"] == "考试作弊属实"
    assert kinds(who).count("subsidies.recalled") == 1
    debt = claims.debt(town.now(claim.id))
    assert (debt.amount_fen, debt.open_fen, "考试作弊属实" in debt.reason) == (50_000, 50_000, True)
    with pytest.raises(Conflict):
        attempt(lambda: recalling.settle_recall(officer, claim.id, recall=False, remark="再来"))
    assert claims.owed(who.person_id)[0].id == claim.id
    recalls.waive(town.payer(), debt.id, amount_fen=50_000, note="批准文号 1", key="w1")
    assert claims.owed(who.person_id) is None
    town.holds()


def test_an_officer_may_leave_the_money_with_the_person_but_decides_nothing_of_their_own(funded):
    town = funded
    officer = town.officer("hr_officer", town.city.community_a)
    town.certify(officer)
    town.work()
    claim = town.claim(officer)
    town.approve(claim)
    with town.after(town.publish(claim)):
        town.end_notices()
    town.bank(town.batch(town.now(claim.id)))
    claim = revoke(town, claim)
    with pytest.raises(Forbidden):
        attempt(lambda: recalling.settle_recall(officer, claim.id, recall=False, remark="是我的"))
    recalling.settle_recall(town.chain[1], claim.id, recall=False, remark="签发有误，不是本人责任")
    assert (town.now(claim.id).is_to_recall, claims.debt(claim)) == (False, None)


def test_an_award_that_was_paid_is_not_paid_for_a_later_certificate_either(funded):
    town = funded
    who, claim = town.paid()
    revoke(town, claim)
    town.certify(who)
    town.work()
    assert town.invitation(who).voided_at is not None
    assert town.claim(who).id == claim.id
    assert town.left() == 10_000_000 - 50_000


def test_a_signed_payment_is_flagged_and_given_up_when_the_bank_sends_it_back(funded):
    town = funded
    who, claim = town.passed()
    batch_id = town.batch(claim)
    claim = revoke(town, claim)
    assert (claim.state, claim.is_to_recall) == (ClaimState.APPROVED, True)
    with pytest.raises(Conflict) as refused:
        attempt(lambda: recalling.settle_recall(town.chain[1], claim.id, recall=True, remark="作弊"))
    assert refused.value.code == "payouts_not_paid"
    town.bank(batch_id, bounced="账户已冻结")
    claim = town.now(claim.id)
    assert (claim.state, town.payment(claim).state) == (ClaimState.CANCELLED, PaymentState.CANCELLED)
    assert claim.recall_settled_at is not None
    assert "subsidies.bounced" not in kinds(who)
    assert rounds.counts(town.chain[1])[Standing.RECALL] == 0
    town.holds()


def test_a_signed_payment_that_arrives_stays_flagged(funded):
    town = funded
    _who, claim = town.passed()
    batch_id = town.gather(claim)
    for number in (1, 2):
        batches.sign(town.payer(number), batch_id, batches.queries.one(batch_id).digest)
    claim = revoke(town, claim)
    assert claim.is_to_recall
    files.mark_sent(town.payer(1), batch_id)
    town.bank(batch_id)
    claim = town.now(claim.id)
    assert (claim.state, claim.recall_settled_at) == (ClaimState.PAID, None)


def test_a_revocation_heard_of_twice_changes_nothing_more(funded):
    town = funded
    who, claim = town.paid()
    claim = revoke(town, claim)
    invitation = town.invitation_of(claim)
    event = recalling.CertificateRevoked(
        certificate_id=invitation.certificate_id, person_id=who.person_id, kind="CDSGY", number="x"
    )
    recalling.on_revoked(event)
    assert kinds(who).count("subsidies.recall") == 1


def test_a_corrected_certificate_leaves_its_claim_alone(funded):
    town = funded
    who, claim = town.claimed("陈思雨")
    town.rename(who, "陈诗雨")
    certificates.correct(SYSTEM, town.invitation_of(claim).certificate_id, "姓名有误")
    town.work()
    town.approve(claim)
    with town.after(town.publish(claim)):
        town.end_notices()
    claim = town.now(claim.id)
    assert claim.state is ClaimState.APPROVED
    assert town.payment(claim).account_name == "陈诗雨"
