"""Real connections and processes: two at the same moment, and a worker killed while a notice ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial

import pytest
from sqlalchemy import func, select

from lms.approvals import service as approvals
from lms.approvals.dto import Decision
from lms.approvals.models import ApprovalCase, ApprovalDecision, Outcome
from lms.certificates import service as certificates
from lms.kernel.runtime import kernel
from lms.plugin_api.errors import LmsError
from lms.plugin_api.events import CertificateIssued
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, session
from lms.testing.factories import approvals as cases
from lms.testing.jobs import run_jobs
from lms.testing.records import messages_to, told
from lms.testing.threads import together
from lms_payouts.api import BankAccount, ClaimState, PaymentBounced, PaymentMade
from lms_payouts.models import Payment
from lms_payouts.service import batches, results
from lms_subsidies.dto import Amendment
from lms_subsidies.models import Claim, Happening, Invitation
from lms_subsidies.rules import ConditionKind
from lms_subsidies.service import claiming, correcting, inviting, paying

pytestmark = pytest.mark.slow
MANY = 12


@pytest.fixture
def town(real_app, open_town):
    with real_app.app_context():
        made = open_town(real_app)
        made.fund()
        yield made


def count(model, *where):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model).where(*where))


def test_one_form_and_others_for_the_same_certificate_sent_at_once_are_one_claim(town):
    """A double click, and two more tabs."""
    who = town.person()
    town.certify(who)
    town.work()
    form = town.new(who)
    forms = [form, form, town.new(who), town.new(who)]
    session.rollback()
    answers = together(town.app, *(partial(claiming.open_claim, who, form) for form in forms))
    assert len(set(answers)) == 1
    assert count(Claim) == count(ApprovalCase) == 1


def test_two_levels_at_once_are_not_both_under_review(town):
    who = town.person()
    for level in ("assistant", "intermediate"):
        town.qualify(who, level)
    town.work()
    forms = [town.new(who, f"qualification:{level}") for level in ("assistant", "intermediate")]
    session.rollback()
    answers = together(town.app, *(partial(claiming.open_claim, who, form) for form in forms))
    assert sum(isinstance(answer, LmsError) for answer in answers) == 1
    assert count(Claim) == 1


def test_two_officers_who_decide_at_once_leave_one_decision(town):
    for _again in range(3):
        _who, claim = town.claimed()
        street = town.city.street_a
        first, second = town.officer("hr_officer", street), town.officer("hr_officer", street, 1)
        seen = cases.seal_of(claim.case_id)
        session.rollback()
        answers = together(
            town.app,
            partial(approvals.decide, first, claim.case_id, Decision(Outcome.APPROVED), seen=seen),
            partial(approvals.decide, second, claim.case_id, Decision(Outcome.REJECTED, "不符"), seen=seen),
        )
        assert sum(isinstance(answer, LmsError) for answer in answers) == 1
        assert count(ApprovalDecision, ApprovalDecision.case_id == claim.case_id) == 1
        rejected = isinstance(answers[0], LmsError)
        assert town.now(claim.id).state is (ClaimState.REJECTED if rejected else ClaimState.IN_REVIEW)


def test_an_issue_told_to_several_workers_at_once_invites_once(town):
    who = town.person()
    town.certify(who)
    [payload] = told("certificates.certificate_issued")
    event = CertificateIssued.from_payload(new_id(), payload)
    session.rollback()
    together(town.app, *[partial(inviting.on_issued, event)] * 4)
    assert count(Invitation) == 1
    assert [kind for kind, _params in messages_to(who.person_id)].count("subsidies.invited") == 1


@pytest.mark.parametrize(("bounced", "state"), [("", ClaimState.PAID), ("账户已销户", ClaimState.BOUNCED)])
def test_a_banks_answer_told_to_several_workers_at_once_is_told_once_to_the_claimant(town, bounced, state):
    who, claim = town.passed()
    result_id = town.bank_file(town.batch(claim), bounced)
    results.request_apply(town.payer(1), result_id)
    results.apply(SYSTEM, result_id)
    name, kind = ("payouts.payment_bounced", PaymentBounced) if bounced else ("payouts.payment_made", PaymentMade)
    [payload] = told(name)
    session.rollback()
    together(town.app, *[partial(paying.follow, kind.from_payload(new_id(), payload))] * 4)
    assert town.now(claim.id).state is state
    assert town.story(claim) == ["claimed", "approved", state.value]
    assert [sent for sent, _params in messages_to(who.person_id)].count(f"subsidies.{state.value}") == 1


def test_deciding_and_withdrawing_at_once_leave_claim_and_case_agreed(town):
    for _again in range(3):
        who, claim = town.claimed()
        town.approve(claim, *town.chain[:2])
        seen, last = cases.seal_of(claim.case_id), town.chain[2]
        session.rollback()
        together(
            town.app,
            partial(approvals.decide, last, claim.case_id, Decision(Outcome.REJECTED, "不符"), seen=seen),
            partial(services().approvals.withdraw, who, claim.case_id, ""),
        )
        claim = town.now(claim.id)
        assert claim.state.value == town.case(claim).state
        assert claim.state in {ClaimState.REJECTED, ClaimState.WITHDRAWN}
        assert count(Happening, Happening.claim_id == claim.id) == 2


def test_of_two_corrections_at_once_the_second_is_told_so_and_a_withdrawal_is_not_waited_for(town):
    who, claim = town.claimed()
    declared = frozenset(map(ConditionKind, claim.declared))
    answers = [
        Amendment(account=BankAccount("", bank), seen_round=1, declared=declared, note="已改")
        for bank in ("成都银行", "工商银行")
    ]
    town.send_back(claim)
    session.rollback()
    calls = [partial(correcting.correct_claim, who, claim.id, one) for one in answers]
    [refused] = [one for one in together(town.app, *calls) if one is not None]
    assert refused.code == "stale_claim"
    assert town.now(claim.id).round == 2
    for _round in range(2):
        who, claim = town.claimed()
        town.send_back(claim)
        session.rollback()
        correct = partial(correcting.correct_claim, who, claim.id, answers[0])
        together(town.app, correct, partial(services().approvals.withdraw, who, claim.case_id, ""))
        assert town.now(claim.id).state == town.case(claim).state == "withdrawn"


def test_ending_a_notice_twice_at_once_pays_once(town):
    made = [town.claimed()[1] for _number in range(3)]
    for claim in made:
        town.approve(claim)
    with town.after(town.publish(*made)):
        session.rollback()
        together(town.app, town.end_notices, town.end_notices)
        assert {town.now(claim.id).state for claim in made} == {ClaimState.APPROVED}
    assert count(Payment) == 3
    assert town.left() == 10_000_000 - 3 * 50_000
    town.holds()


def test_approving_and_revoking_at_once_promise_no_money_for_a_revoked_certificate(town):
    for _again in range(3):
        _who, claim = town.claimed()
        town.approve(claim)
        certificate_id = town.invitation_of(claim).certificate_id
        with town.after(town.publish(claim)):
            session.rollback()
            together(town.app, town.end_notices, partial(certificates.revoke, SYSTEM, certificate_id, "查实"))
            town.work()
            assert town.now(claim.id).state in {ClaimState.WITHDRAWN, ClaimState.CANCELLED}
    assert town.left() == 10_000_000
    town.holds()


def test_claiming_and_revoking_at_once_leave_no_claim_under_review(town):
    for _again in range(3):
        who = town.person()
        certificate_id = town.certify(who)
        town.work()
        form = town.new(who)
        session.rollback()
        together(
            town.app,
            partial(claiming.open_claim, who, form),
            partial(certificates.revoke, SYSTEM, certificate_id, "查实"),
        )
        town.work()
    assert count(Claim, Claim.state == ClaimState.IN_REVIEW) == 0


def test_a_new_account_and_a_batch_at_once_leave_one_account_everywhere(town):
    who, claim = town.passed()
    new, payer = BankAccount("6217000012345678907", "成都银行"), town.payer()
    calls = (
        partial(paying.correct_account, who, claim.id, new),
        partial(batches.gather, payer, town.city.county_a, [claim.payment_id], "one batch"),
    )
    session.rollback()
    together(town.app, *calls)
    claim = town.now(claim.id)
    assert town.payment(claim).bank_account.endswith(claim.account_tail)


DYING_WORKER = """
import os, signal, sys
from pathlib import Path
from lms.approvals.jobs import settle
from lms.plugin_api.work import clock
from lms.testing.plugin import build_test_app
import datetime as dt
from lms_payouts.service import claims

app, ended = build_test_app(sys.argv[1], Path(sys.argv[2])), []
real = claims.request_payment

def request_and_die(actor, new):
    payment_id = real(actor, new)
    ended.append(payment_id)
    if len(ended) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    return payment_id

claims.request_payment = request_and_die
with app.app_context(), clock.frozen(dt.datetime.fromisoformat(sys.argv[3])):
    settle(None, {})
"""


def test_a_worker_killed_while_a_notice_ends_loses_and_doubles_nothing(town):
    """Killed with a payment requested and not committed, three times at other places; the next run goes on."""
    made = [town.claimed(f"申领人{'一二三四五六七八九十甲乙'[number]}")[1] for number in range(MANY)]
    for claim in made:
        town.approve(claim)
    config = kernel().config
    with town.after(town.publish(*made)):
        session.rollback()
        for place in ("1", "4", "5"):
            died = subprocess.run(
                [sys.executable, "-c", DYING_WORKER, config.database_url, str(config.data_dir), clock.now().isoformat(), place],
                check=False,
            )  # fmt: skip
            assert died.returncode == -signal.SIGKILL
        done = count(Claim, Claim.state == ClaimState.APPROVED)
        assert done == 0 + 3 + 4 == count(Payment)
        town.end_notices()
        town.end_notices()
        assert {town.now(claim.id).state for claim in made} == {ClaimState.APPROVED}
        run_jobs(town.app)
    assert count(Payment) == MANY
    assert town.left() == 10_000_000 - MANY * 50_000
    keys = session.scalars(select(Payment.key)).all()
    assert sorted(keys) == sorted(f"subsidies:{claim.id.hex}" for claim in made)
    assert count(ApprovalDecision) == 3 * MANY
    assert count(Happening) == 2 * MANY
    town.holds()
