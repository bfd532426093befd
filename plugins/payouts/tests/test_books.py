"""Whatever is done in whatever order: the books balance, and payments are where the ledger says."""

from __future__ import annotations

import itertools
import uuid

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, text

from lms.plugin_api.errors import LmsError
from lms.plugin_api.registering import JobContext
from lms.plugin_api.views import XLSX, Upload
from lms.plugin_api.work import SYSTEM, session, unit_of_work
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.records import told
from lms_payouts import api, jobs
from lms_payouts.dto import Money
from lms_payouts.models import Account, Posting
from lms_payouts.queries import batches as batch_queries
from lms_payouts.queries import budgets as budget_queries
from lms_payouts.result_file import Layout, Outcome, Reading
from lms_payouts.rules import BatchState, PaymentState
from lms_payouts.service import batches, budgets, checking, files, results

P, B = PaymentState, BatchState
_years, _keys = itertools.count(2000), itertools.count(1)


class Till(RuleBasedStateMachine):
    """One unit's budget of one year, and a model of it that knows nothing of ledgers."""

    till = None
    people = ()
    officers = ()

    @initialize()
    def begin(self) -> None:
        self.year = next(_years)
        self.total, self.payments, self.batches, self.made = 0, {}, {}, 0
        self.budget_id = None

    # --- the model ---

    def sum_of(self, *states):
        return sum(amount for amount, state, *_rest in self.payments.values() if state in states)

    @property
    def model(self):
        reserved, paid = self.sum_of(P.WAITING, P.BATCHED, P.SENT, P.BOUNCED), self.sum_of(P.PAID)
        return Money(self.total - reserved - paid, reserved, paid)

    def those(self, *states):
        return [key for key, (_amount, state, _batch) in self.payments.items() if state in states]

    def batches_in(self, *states):
        return [key for key, (state, _signers) in self.batches.items() if state in states]

    def put(self, payment, state, batch=None):
        self.payments[payment] = (self.payments[payment][0], state, batch)

    def refused(self, call):
        """What is refused leaves nothing behind."""
        with pytest.raises(LmsError), unit_of_work(SYSTEM) as uow, uow.savepoint():
            call()

    # --- what people do ---

    @rule(amount=st.integers(1, 10_000))
    def fund(self, amount):
        if self.budget_id is None:
            self.budget_id = budgets.set_up(
                SYSTEM,
                org_id=self.till.city.county_a,
                year=self.year,
                scheme="",
                amount_fen=amount,
                reason="x",
                key="x",
            )
        else:
            budgets.adjust(SYSTEM, self.budget_id, change_fen=amount, reason="x", key=str(next(_keys)))
        self.total += amount

    @precondition(lambda self: self.budget_id is not None)
    @rule(amount=st.integers(1, 10_000))
    def reduce(self, amount):
        def call():
            budgets.adjust(SYSTEM, self.budget_id, change_fen=-amount, reason="x", key=str(next(_keys)))

        if amount > self.model.available:
            self.refused(call)
        else:
            call()
            self.total -= amount

    @rule(amount=st.integers(1, 5_000), who=st.integers(0, 2))
    def ask(self, amount, who):
        name, person = self.people[who]
        new = self.till.new(1, name, beneficiary_id=person, year=self.year, amount_fen=amount)
        if self.budget_id is None or amount > self.model.available:
            self.refused(lambda: api.request_payment(SYSTEM, new))
            return
        payment = api.request_payment(SYSTEM, new)
        assert api.request_payment(SYSTEM, new) == payment
        again = self.till.new(1, name, beneficiary_id=person, year=self.year, award_key=new.award_key)
        self.refused(lambda: api.request_payment(SYSTEM, again))
        self.payments[payment] = (amount, P.WAITING, None)

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def cancel(self, data):
        payment = data.draw(st.sampled_from(sorted(self.payments)))
        _amount, state, batch = self.payments[payment]
        frozen = state is P.BATCHED and self.batches[batch][0] is B.SIGNED
        if state in {P.SENT, P.PAID} or frozen:
            self.refused(lambda: api.cancel_payment(SYSTEM, payment, "x"))
            return
        api.cancel_payment(SYSTEM, payment, "x")
        if state is P.BATCHED:
            self.give_up(batch)
        self.put(payment, P.CANCELLED)

    @precondition(lambda self: self.those(P.WAITING))
    @rule(data=st.data())
    def gather(self, data):
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.those(P.WAITING))), min_size=1, unique=True))
        batch = self.till.gather(chosen, self.officers[0])
        self.batches[batch] = (B.DRAFT, set())
        for payment in chosen:
            self.put(payment, P.BATCHED, batch)

    @precondition(lambda self: self.batches_in(*B))
    @rule(data=st.data(), who=st.integers(0, 2))
    def sign(self, data, who):
        batch = data.draw(st.sampled_from(sorted(self.batches_in(*B))))
        state, signers = self.batches[batch]
        if who in signers and state is not B.RETURNED:
            assert self.till.sign(self.officers[who], batch) is batch_queries.one(batch).state
        elif state in {B.DRAFT, B.FIRST}:
            self.till.sign(self.officers[who], batch)
            self.batches[batch] = (B.FIRST if state is B.DRAFT else B.SIGNED, signers | {who})
        elif who not in signers:
            self.refused(lambda: self.till.sign(self.officers[who], batch))

    @precondition(lambda self: self.batches_in(*B))
    @rule(data=st.data())
    def send_back(self, data):
        batch = data.draw(st.sampled_from(sorted(self.batches_in(*B))))
        if self.batches[batch][0] in {B.DRAFT, B.FIRST}:
            batches.send_back(self.officers[1], batch, "x")
            self.give_up(batch)
        else:
            self.refused(lambda: batches.send_back(self.officers[1], batch, "x"))

    def give_up(self, batch):
        for payment in self.inside(batch):
            self.put(payment, P.WAITING)
        self.batches[batch] = (B.RETURNED, self.batches[batch][1])

    def inside(self, batch):
        return [key for key, (_amount, _state, known) in self.payments.items() if known == batch]

    @precondition(lambda self: self.batches_in(B.SIGNED))
    @rule(data=st.data())
    def send(self, data):
        batch = data.draw(st.sampled_from(sorted(self.batches_in(B.SIGNED))))
        assert files.mark_sent(self.officers[2], batch)
        for payment in self.inside(batch):
            self.put(payment, P.SENT, batch)
        self.batches[batch] = (B.SENT, self.batches[batch][1])

    @precondition(lambda self: self.batches_in(B.SENT))
    @rule(data=st.data())
    def answer(self, data):
        batch = data.draw(st.sampled_from(sorted(self.batches_in(B.SENT))))
        lines = [batch_queries.line_info(row) for row in session.execute(batch_queries.lines(batch))]
        paid = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
        outcomes = [Outcome(line.serial, good, "" if good else "退票") for line, good in zip(lines, paid, strict=True)]
        result_id = self.keep(batch, outcomes)
        results.request_apply(self.officers[0], result_id)
        for _time in range(2):  # a second application is none
            results.apply(self.officers[0], result_id)
        for line, good in zip(lines, paid, strict=True):
            self.put(line.payment_id, P.PAID if good else P.BOUNCED)
        self.made += sum(paid)
        self.batches[batch] = (B.SETTLED, self.batches[batch][1])

    def keep(self, batch, outcomes):
        """A file that was checked, without the spreadsheet."""
        reading = Reading(Layout(1, (), {}), outcomes=outcomes)
        with unit_of_work(self.officers[0]) as uow:
            upload = Upload("回盘.xlsx", XLSX, str(next(_keys)).encode())
            return results._keep(uow, batch_queries.one(batch), upload, reading)

    @precondition(lambda self: self.those(P.BOUNCED))
    @rule(data=st.data())
    def correct_account(self, data):
        payment = data.draw(st.sampled_from(sorted(self.those(P.BOUNCED))))
        api.change_account(
            SYSTEM, payment, account_name=api.payment(payment).account_name, bank_account="6217000012345678907",
            bank_name="成都银行",
        )  # fmt: skip
        self.put(payment, P.WAITING)

    # --- what must always hold ---

    @invariant()
    def the_budget_is_what_the_model_says(self):
        if self.budget_id is not None:
            assert budget_queries.line(SYSTEM, self.budget_id).money == self.model
            assert self.model.available >= 0

    @invariant()
    def every_payment_is_where_the_model_says(self):
        if not hasattr(self, "payments"):
            return
        found = api.payments(self.payments)
        assert {key: one.state for key, one in found.items()} == {
            key: state for key, (_amount, state, _batch) in self.payments.items()
        }

    @invariant()
    def every_transaction_of_the_budget_sums_to_zero(self):
        if getattr(self, "budget_id", None) is not None:
            found = select(Posting.transaction_id).join(Account).where(Account.budget_id == self.budget_id)
            off = found.group_by(Posting.transaction_id).having(func.sum(Posting.amount) != 0)
            assert session.scalars(off).all() == []

    def teardown(self):
        assert checking.verify().fault == ""
        mine = {key.hex for key in getattr(self, "payments", {})}
        made = [event["payment_id"] for event in told("payouts.payment_made") if event["payment_id"] in mine]
        assert len(made) == len(set(made)) == getattr(self, "made", 0)


@pytest.mark.slow
def test_the_books_balance_whatever_is_done_in_whatever_order(till):
    officers = [till.payer() for _number in range(3)]
    people = [(name, till.new(1, name).beneficiary_id) for name in ("陈思雨", "王建国", "李明")]

    class Own(Till):
        pass

    Own.till, Own.people, Own.officers = till, people, officers
    run_state_machine_as_test(
        Own,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate],  # the books of one run are one: a fault cannot be shrunk, only met
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_nightly_proof_is_kept_and_says_what_it_covered(app, till):
    till.fund(5_000)
    till.settle(till.sent([till.ask(), till.ask()]), {1: "退票"})
    proof = checking.check()
    assert proof.facts() == {"transactions": 4, "payments": 2, "batches": 1, "fault": ""}
    last = checking.last_check()
    assert (last.transactions, last.payments, last.batches, last.fault) == (4, 2, 1, "")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE payouts_account SET balance = balance + 1 WHERE kind = 'available'", "is not the sum of its postings"),
        ("UPDATE payouts_payment SET state = 'paid' WHERE state = 'bounced'", "it is paid with 150000 of"),
        ("UPDATE payouts_payment SET amount_fen = 1 WHERE state = 'bounced'", "it is bounced with 1 of"),
        ("UPDATE payouts_batch SET total_fen = 1", "its count or sum is not that of its lines"),
        ("UPDATE payouts_batch SET state = 'first'", "it is first with 2 signatures"),
        ("UPDATE payouts_batch SET digest = 'x'", "its lines are not those of its digest"),
        ("UPDATE payouts_batch SET state = 'sent'", "it is sent with 2 results for 2 lines"),
    ],
)
def test_the_proof_finds_what_somebody_changed_behind_its_back(till, statement, said):
    till.fund(5_000)
    till.settle(till.sent([till.ask(), till.ask()]), {1: "退票"})
    till.holds()
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(text(statement))
    assert said in checking.verify().fault


def spoiled(till):
    till.fund(5_000)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE payouts_account SET balance = 1 WHERE kind = 'available'"))


def test_the_nightly_job_fails_with_the_fault_and_keeps_it(till):
    spoiled(till)
    with pytest.raises(jobs.BooksDoNotHold, match="is not the sum of its postings"):
        jobs.verify(JobContext(uuid.uuid4(), None), {})
    assert "is not the sum of its postings" in checking.last_check().fault


def test_the_nightly_job_says_what_it_covered_when_the_books_hold(till):
    till.fund(5_000)
    assert jobs.verify(JobContext(uuid.uuid4(), None), {})["transactions"] == 1
    [spec] = [spec for spec in jobs.JOBS if spec.name == "payouts.verify"]
    assert (spec.every_seconds, spec.max_attempts) == (86_400, 1)


def test_the_command_ends_with_1_and_the_dashboard_warns_when_the_books_do_not_hold(app, client, till):
    spoiled(till)
    proved = app.test_cli_runner().invoke(args=["payouts", "verify"])
    assert proved.exit_code == 1
    assert "is not the sum of its postings" in proved.output
    sign_in(client, make_officer("payouts.payer", till.city.county_a))
    assert "核对不符" in client.get("/desk").text
    assert "is not the sum of its postings" in client.get("/desk/payouts").text


def test_the_commands_list_budgets_and_batches(app, till):
    till.fund(5_000)
    batch = batch_queries.one(till.sent([till.ask(1_500)]))
    till.ask(500)
    run = app.test_cli_runner().invoke
    assert run(args=["payouts", "verify"]).output == "3 transactions, 2 payments, 1 batches\nthe books hold\n"
    assert (
        run(args=["payouts", "budgets"]).output == "2026 武侯区 不限资助项目: 5,000.00 / 0.00 / 2,000.00 / 3,000.00\n"
    )
    assert run(args=["payouts", "budgets", "--year", "2025"]).output == ""
    assert run(args=["payouts", "batches"]).output == f"{batch.number} 武侯区 sent 1 1,500.00 {batch.digest}\n"
    assert run(args=["payouts", "batches", "--state", "draft"]).output == ""
