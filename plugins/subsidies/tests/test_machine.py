"""Random lives of claims over both plugins: whatever is done in whatever order, by whomever, the promises hold.

The machine draws actions that people, banks and the clock could take, many of them not allowed at that moment: those
are refused. After every step the books balance, nobody has decided their own, no award is taken twice, and claims say
what their cases and payments say.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from lms.approvals import service as approvals
from lms.approvals.dto import Decision, Missing, NewObjection
from lms.approvals.models import ApprovalCase, ApprovalDecision, Outcome
from lms.approvals.notice_models import NoticeState, Objection, ObjectionState, PublicNotice
from lms.certificates import service as certificates
from lms.kernel.db import db
from lms.messages.models import Message
from lms.people.models import Qualification
from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, session
from lms.testing.factories import approvals as cases
from lms_payouts import api as payouts
from lms_payouts.api import LIVE, BankAccount, ClaimState, PaymentState
from lms_payouts.models import Batch, Line, Payment, Signature
from lms_payouts.rules import BatchState
from lms_payouts.service import batches, checking, files
from lms_subsidies.dto import Amendment
from lms_subsidies.models import Claim, Invitation
from lms_subsidies.rules import ConditionKind
from lms_subsidies.service import correcting, paying

pytestmark = pytest.mark.slow
RUNNING = {"open", "returned", "awaiting_notice", "in_notice"}
WHERE = {
    PaymentState.WAITING: ClaimState.APPROVED, PaymentState.BATCHED: ClaimState.APPROVED,
    PaymentState.SENT: ClaimState.APPROVED, PaymentState.PAID: ClaimState.PAID,
    PaymentState.BOUNCED: ClaimState.BOUNCED, PaymentState.CANCELLED: ClaimState.CANCELLED,
}  # fmt: skip
PENDING = (PaymentState.WAITING, PaymentState.BATCHED, PaymentState.SENT, PaymentState.BOUNCED)
BASES = ("certificate:CDSGY", "qualification:assistant", "qualification:intermediate")
PICK = st.integers(0, 40)


def at_its_time(action):
    """Run an action at the machine's moment; what is not allowed then is refused, and leaves everything as it was."""

    @functools.wraps(action)
    def act(self, **given):
        with clock.frozen(self.now):
            try:
                action(self, **given)
            except LmsError as refusal:
                self.seen[f"{action.__name__}: {refusal.code}"] += 1
            else:
                self.seen[action.__name__] += 1

    return act


class Awards(RuleBasedStateMachine):
    def __init__(self, town, numbers, seen):
        super().__init__()
        self.town, self.numbers, self.seen = town, numbers, seen
        self.now = clock.now()
        session.rollback()  # what was read before must not hang on a savepoint inside ours
        self.nested = db.engines[None].begin_nested()
        self.people, self.claims = [], []

    def teardown(self):
        session.rollback()
        session.expire_all()
        self.nested.rollback()

    def pick(self, items, number):
        return items[number % len(items)]

    def without_certificate(self):
        certified = services().certificates.of_person
        with clock.frozen(self.now):
            return [who for who in self.people if not any(one.status == "valid" for one in certified(who.person_id))]

    def claim_at(self, number):
        return self.town.now(self.pick(self.claims, number))

    def payment_ids(self, *states):
        query = select(Payment.id).where(Payment.state.in_(states)).order_by(Payment.requested_at, Payment.id)
        return list(session.scalars(query))

    def batches_in(self, *states):
        return list(session.scalars(select(Batch.id).where(Batch.state.in_(states)).order_by(Batch.number)))

    def cases_in(self, state):
        return session.scalars(select(ApprovalCase.id).where(ApprovalCase.state == state)).all()

    def open_notices(self):
        return session.scalars(select(PublicNotice.id).where(PublicNotice.state == NoticeState.OPEN)).all()

    def open_objections(self):
        return session.scalars(select(Objection.id).where(Objection.state == ObjectionState.OPEN)).all()

    # --- the beginning ---

    @initialize()
    def begin(self):
        with clock.frozen(self.now):
            self.people = [self.town.person() for _number in range(2)]
            self.people += [self.town.chain[0], self.town.payer(1)]  # officers hold certificates too
            for who in self.people[:3]:
                self.town.certify(who)
            self.town.qualify(self.people[0], "assistant")
            self.town.fund(1_000)
            self.town.work()
            for who in self.people[:3]:
                self.claims.append(self.town.claim(who).id)

    # --- what people come to hold, and lose ---

    @precondition(lambda self: self.without_certificate())
    @rule(number=PICK)
    @at_its_time
    def obtain_certificate(self, number):
        self.town.certify(self.pick(self.without_certificate(), number))

    @precondition(lambda self: session.scalar(select(func.count(Qualification.id))) < len(self.people))
    @rule(number=PICK, level=st.sampled_from(["assistant", "intermediate"]))
    @at_its_time
    def obtain_qualification(self, number, level):
        self.town.qualify(self.pick(self.people, number), level, clock.today())

    @rule(number=PICK)
    @at_its_time
    def revoke(self, number):
        """Seldom, else nobody gets anywhere."""
        if number % 3:
            return
        held = services().certificates.of_person(self.pick(self.people, number).person_id)
        for one in held[:1]:
            certificates.revoke(SYSTEM, one.id, "查实")

    # --- what claimants do ---

    @rule(number=PICK, basis=st.sampled_from(BASES), honest=st.booleans())
    @at_its_time
    def make_claim(self, number, basis, honest):
        who = self.pick(self.people, number)
        if session.scalar(
            select(Invitation.id).where(Invitation.person_id == who.person_id, Invitation.basis == basis)
        ):
            changes = {} if honest else {"account": BankAccount("6217000012345678908", "x")}
            claim = self.town.claim(who, basis, **changes)
            if claim.id not in self.claims:
                self.claims.append(claim.id)

    @precondition(lambda self: self.claims)
    @rule(number=st.integers(0, 200))
    @at_its_time
    def withdraw(self, number):
        if number % 5:
            return
        claim = self.claim_at(number)
        services().approvals.withdraw(self.actor_of(claim), claim.case_id, "")

    @precondition(lambda self: self.claims)
    @rule(number=PICK, stale=st.booleans())
    @at_its_time
    def correct(self, number, stale):
        claim = self.claim_at(number)
        amendment = Amendment(
            account=BankAccount("6217000012345678907", "成都银行"),
            seen_round=services().approvals.of_subjects([claim.id])[claim.id].round - stale,
            declared=frozenset({ConditionKind.NOT_CIVIL_SERVANT, ConditionKind.NO_OTHER_REWARD}),
            note="补正",
        )
        correcting.correct_claim(self.actor_of(claim), claim.id, amendment)

    @precondition(lambda self: self.claims)
    @rule(number=PICK)
    @at_its_time
    def change_account(self, number):
        claim = self.claim_at(number)
        paying.correct_account(self.actor_of(claim), claim.id, BankAccount("6217000012345678907", "成都银行"))

    def actor_of(self, claim):
        return next(who for who in self.people if who.person_id == claim.person_id)

    # --- what officers do ---

    @precondition(lambda self: self.claims)
    @rule(number=PICK, officer=PICK, outcome=st.sampled_from(list(Outcome)))
    @at_its_time
    def decide(self, number, officer, outcome):
        claim, officers = self.claim_at(number), [*self.town.chain, self.town.payer(1)]
        decision = Decision(
            outcome, "查实", (Missing("fact:account", "请核对"),) if outcome is Outcome.RETURNED else ()
        )
        approvals.decide(self.pick(officers, officer), claim.case_id, decision, seen=cases.seal_of(claim.case_id))

    @precondition(lambda self: self.claims)
    @rule(number=PICK)
    @at_its_time
    def pass_every_step(self, number):
        self.town.approve(self.claim_at(number), *self.others)

    @precondition(lambda self: self.cases_in("open"))
    @rule(number=PICK)
    @at_its_time
    def carry_through(self, number):
        """All the way to the end of the notice, as most claims go."""
        case_id = self.pick(self.cases_in("open"), number)
        step = session.get_one(ApprovalCase, case_id).step_at
        cases.approve(case_id, *self.others[step - 1 :])
        cases.publish([case_id], self.town.city.city, SYSTEM, "subsidies.claim")
        self.let_days_pass(12)
        with clock.frozen(self.now):
            self.town.end_notices()

    @precondition(lambda self: self.cases_in("open"))
    @rule(number=PICK)
    def carry_another_through(self, number):
        self.carry_through(number=number)

    def let_days_pass(self, days):
        self.now += dt.timedelta(days=days)

    @property
    def others(self):
        """Officers of each step who hold no certificate."""
        city = self.town.city
        return [self.town.officer("hr_officer", unit, 4) for unit in (city.street_a, city.county_a, city.city)]

    @precondition(lambda self: self.cases_in("awaiting_notice"))
    @rule(number=PICK)
    @at_its_time
    def publish(self, number):
        waiting = self.cases_in("awaiting_notice")
        cases.publish(waiting, self.town.city.city, self.pick([*self.town.chain, SYSTEM], number), "subsidies.claim")

    @precondition(lambda self: self.open_notices())
    @rule(number=PICK)
    @at_its_time
    def object_to_notice(self, number):
        notice_id = self.open_notices()[0]
        listed = session.scalars(select(ApprovalCase.id).where(ApprovalCase.notice_id == notice_id)).all()
        new = NewObjection(
            name="某人", contact="13900000000", body="情况与公示的内容不相符。", key=f"o{next(self.numbers)}",
            case_id=self.pick(listed, number) if listed and number % 3 else None,
        )  # fmt: skip
        approvals.object_to(SYSTEM, notice_id, new)

    @precondition(lambda self: self.open_objections())
    @rule(officer=PICK, upheld=st.booleans())
    @at_its_time
    def judge_objection(self, officer, upheld):
        judge = self.pick([*self.town.chain, SYSTEM], officer)
        approvals.decide_objection(judge, self.open_objections()[0], upheld=upheld, answer="已核实")

    @precondition(lambda self: self.open_notices())
    @rule()
    @at_its_time
    def void_notice(self):
        approvals.void_notice(SYSTEM, self.open_notices()[0], "名单有误")

    # --- what payers and the bank do ---

    @precondition(lambda self: (self.town.left() or 0) < 100_000)
    @rule(yuan=st.sampled_from([500, 2_000]))
    @at_its_time
    def fund(self, yuan):
        if self.town.left() is None:
            self.town.fund(yuan)
        else:
            self.town.raise_budget(yuan)

    @precondition(lambda self: self.payment_ids(PaymentState.WAITING))
    @rule(first=PICK, payer=PICK)
    @at_its_time
    def gather(self, first, payer):
        waiting = self.payment_ids(PaymentState.WAITING)
        batches.gather(
            self.town.payer(payer % 3), self.town.city.county_a, waiting[first % 2 :], f"b{next(self.numbers)}"
        )

    @precondition(lambda self: self.batches_in(BatchState.DRAFT, BatchState.FIRST))
    @rule(number=PICK, payer=PICK)
    @at_its_time
    def sign(self, number, payer):
        batch_id = self.pick(self.batches_in(BatchState.DRAFT, BatchState.FIRST), number)
        batches.sign(self.town.payer(payer % 3), batch_id, batches.queries.one(batch_id).digest)

    @precondition(lambda self: self.batches_in(BatchState.DRAFT, BatchState.FIRST, BatchState.SIGNED))
    @rule(number=PICK)
    @at_its_time
    def send_back(self, number):
        begun = self.batches_in(BatchState.DRAFT, BatchState.FIRST, BatchState.SIGNED)
        batches.send_back(self.town.payer(2), self.pick(begun, number), "重做")

    @precondition(lambda self: self.batches_in(BatchState.SIGNED))
    @rule()
    @at_its_time
    def send_to_bank(self):
        for batch_id in self.batches_in(BatchState.SIGNED):
            files.mark_sent(self.town.payer(2), batch_id)

    @precondition(lambda self: self.batches_in(BatchState.SENT))
    @rule(bounced=st.booleans())
    @at_its_time
    def hear_from_bank(self, bounced):
        for batch_id in self.batches_in(BatchState.SENT):
            self.town.bank(batch_id, "账户已销户" if bounced else "")

    @precondition(lambda self: self.payment_ids(*PENDING))
    @rule(number=PICK)
    @at_its_time
    def cancel(self, number):
        payouts.cancel_payment(SYSTEM, self.pick(self.payment_ids(*PENDING), number), "重复")

    @precondition(lambda self: self.payment_ids(PaymentState.WAITING))
    @rule(bounced=st.booleans())
    @at_its_time
    def pay_all_that_waits(self, bounced):
        waiting = self.payment_ids(PaymentState.WAITING)
        batch_id = batches.gather(self.town.payer(), self.town.city.county_a, waiting, f"b{next(self.numbers)}")
        for number in (0, 2):
            batches.sign(self.town.payer(number), batch_id, batches.queries.one(batch_id).digest)
        files.mark_sent(self.town.payer(2), batch_id)
        self.town.bank(batch_id, "账户已销户" if bounced else "")

    @precondition(lambda self: self.payment_ids(PaymentState.WAITING))
    @rule()
    def pay_promptly(self):
        self.pay_all_that_waits(bounced=False)

    # --- what happens by itself ---

    @precondition(lambda self: self.open_notices())
    @rule()
    @at_its_time
    def let_notices_end(self):
        self.let_days_pass(12)
        with clock.frozen(self.now):
            self.town.end_notices()

    @rule(days=st.sampled_from([1, 9, 40]))
    @at_its_time
    def let_time_pass(self, days):
        self.let_days_pass(days)

    @rule()
    @at_its_time
    def deliver(self):
        """Events are delivered and jobs run; then nothing lags behind."""
        self.town.work()
        session.rollback()
        for claim, payment in self.paired():
            assert claim.state is WHERE[payment.state]
        for invitation in session.scalars(select(Invitation).where(Invitation.certificate_id.is_not(None))):
            status = services().certificates.certificate(invitation.certificate_id).status
            assert (status == "revoked") is (invitation.voided_at is not None)

    def paired(self):
        return list(session.execute(select(Claim, Payment).join(Payment, Payment.id == Claim.payment_id)))

    # --- what must always hold ---

    @invariant()
    def the_books_balance(self):
        with clock.frozen(self.now):
            session.rollback()
            assert checking.verify().fault == ""

    @invariant()
    def nobody_decides_their_own_and_nobody_two_steps(self):
        rows = session.execute(
            select(ApprovalDecision, ApprovalCase.applicant_id).join(
                ApprovalCase, ApprovalCase.id == ApprovalDecision.case_id
            )
        ).all()
        hands = Counter()
        for decision, applicant_id in rows:
            assert decision.decided_by != applicant_id
            hands[decision.case_id, decision.decided_by, decision.step] += 1
        people = Counter((case_id, person_id) for case_id, person_id, _step in hands)
        assert all(count == 1 for count in people.values())

    @invariant()
    def nobody_signs_for_their_own_money(self):
        own = select(Signature.person_id).join(Line, Line.batch_id == Signature.batch_id)
        assert session.scalars(own.where(Line.beneficiary_id == Signature.person_id)).all() == []

    @invariant()
    def no_award_is_taken_twice(self):
        live = Counter((one.person_id, one.basis) for one in self.stored() if one.state in LIVE)
        assert all(count == 1 for count in live.values())
        awarded = session.scalars(select(Payment.award_key).where(Payment.state != PaymentState.CANCELLED)).all()
        assert len(awarded) == len(set(awarded))

    @invariant()
    def levels_together_never_come_to_more_than_the_highest(self):
        sums = Counter()
        for one in self.stored():
            if one.ladder == "qualification" and one.state in LIVE:
                sums[one.person_id] += one.amount_fen
        assert all(total <= 300_000 for total in sums.values())

    @invariant()
    def claims_say_what_their_cases_say(self):
        states = dict(session.execute(select(ApprovalCase.subject_id, ApprovalCase.state)).all())
        amounts = dict(session.execute(select(ApprovalCase.subject_id, ApprovalCase.amount_fen)).all())
        assert len(states) == len(self.stored())
        for one in self.stored():
            case = states[one.id].value
            expected = {"in_review": RUNNING, "rejected": {"rejected"}, "withdrawn": {"withdrawn"}}
            assert case in expected.get(one.state.value, {"approved"})
            assert amounts[one.id] == one.amount_fen

    @invariant()
    def claims_are_never_ahead_of_their_payments(self):
        for claim, payment in self.paired():
            assert (claim.amount_fen, claim.person_id) == (payment.amount_fen, payment.beneficiary_id)
            if claim.state in {ClaimState.PAID, ClaimState.CANCELLED}:
                assert claim.state is WHERE[payment.state]

    @invariant()
    def one_invitation_and_one_message_for_each(self):
        invited = session.scalar(select(func.count(Invitation.id)))
        keys = session.scalars(select(Message.key).where(Message.kind == "subsidies.invited")).all()
        assert len(set(keys)) == len(keys) >= invited

    def stored(self):
        return session.scalars(select(Claim).execution_options(populate_existing=True)).all()


def test_the_promises_hold_whatever_is_done_in_whatever_order(town):
    for number in range(3):
        town.payer(number)
    for unit in (town.city.street_a, town.city.county_a, town.city.city):
        town.officer("hr_officer", unit, 4)
    seen, numbers = Counter(), itertools.count()
    run_state_machine_as_test(
        lambda: Awards(town, numbers, seen),
        settings=settings(
            max_examples=6, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    forward = {"decide", "pass_every_step", "carry_through", "pay_all_that_waits"}
    assert forward & set(seen), "the machine has lost its way: nothing it draws gets anywhere"
