"""Real connections at once, and kill -9 in the middle: one wins, nothing is lost, nothing is doubled."""

from __future__ import annotations

import dataclasses

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from lms.plugin_api.errors import LmsError
from lms.plugin_api.work import SYSTEM, session
from lms.testing.jobs import run_jobs
from lms.testing.processes import child_processes, kill_group, wait_until
from lms.testing.records import recorded, told
from lms.testing.threads import together
from lms_payouts import api
from lms_payouts.models import Batch, Payment, Result, Signature, Transaction
from lms_payouts.queries import batches as queries
from lms_payouts.rules import BatchState, PaymentState, ResultState
from lms_payouts.service import batches, budgets, checking, files, results


def at_once(app, *calls):
    """What calls at the same moment gave, or the codes of their refusals."""
    session.rollback()  # our own look must not be in the way, nor stay at an earlier moment
    answers = together(app, *calls)
    session.rollback()
    return [answer.code if isinstance(answer, LmsError) else answer for answer in answers]


@pytest.fixture
def scene(real_app, open_till):
    """An application that commits for real, its till with 5,000 元, and a context to look from."""
    with real_app.app_context():
        till = open_till()
        till.fund(5_000)
        session.rollback()
        yield real_app, till
        session.rollback()
        assert checking.verify().fault == ""


def test_one_wins_when_two_ask_for_the_last_of_a_budget(scene):
    app, till = scene
    one, two = till.new(3_000), till.new(3_000)
    outcomes = at_once(app, lambda: api.request_payment(SYSTEM, one), lambda: api.request_payment(SYSTEM, two))
    assert sum(outcome == "payouts_budget_short" for outcome in outcomes) == 1
    assert till.left() == 2_000
    assert session.scalar(select(func.count(Payment.id))) == 1


def test_a_budget_is_spent_to_the_last_fen_and_no_further_by_many_at_once(scene):
    app, till = scene
    asked = [till.new(900) for _number in range(8)]
    outcomes = at_once(app, *[lambda new=new: api.request_payment(SYSTEM, new) for new in asked])
    assert sum(outcome == "payouts_budget_short" for outcome in outcomes) == 3
    assert till.left() == 500


def test_one_wins_when_an_award_is_asked_for_twice(scene):
    app, till = scene
    one = till.new(1_000)
    two = dataclasses.replace(one, key="other:1", scheme="tuition.x")
    outcomes = at_once(app, lambda: api.request_payment(SYSTEM, one), lambda: api.request_payment(SYSTEM, two))
    assert sum(outcome == "payouts_award_taken" for outcome in outcomes) == 1
    assert till.left() == 4_000


def test_the_same_request_sent_many_times_at_once_is_one_payment(scene):
    app, till = scene
    new = till.new(1_000)
    outcomes = at_once(app, *[lambda: api.request_payment(SYSTEM, new)] * 5)
    assert len(set(outcomes)) == 1
    assert till.left() == 4_000


def test_one_of_asking_and_reducing_wins(scene):
    app, till = scene
    new, budget_id = till.new(3_000), session.scalars(select(budgets.Budget.id)).one()
    outcomes = at_once(
        app,
        lambda: api.request_payment(SYSTEM, new),
        lambda: budgets.adjust(SYSTEM, budget_id, change_fen=-300_000, reason="收回", key="x"),
    )
    assert sum(outcome == "payouts_budget_short" for outcome in outcomes) == 1
    assert till.left() == 2_000


def test_two_officers_setting_up_the_same_budget_make_one(scene):
    app, till = scene
    actors = [till.actor("payouts.budgeter") for _number in range(2)]

    def set_up(actor, key):
        return budgets.set_up(
            actor, org_id=till.city.county_b, year=2026, scheme="", amount_fen=100, reason="x", key=key
        )

    actors = [till.actor("payouts.budgeter", till.city.city) for _number in range(2)]
    outcomes = at_once(app, lambda: set_up(actors[0], "one"), lambda: set_up(actors[1], "two"))
    assert sum(outcome == "payouts_budget_exists" for outcome in outcomes) == 1


def test_a_payment_is_gathered_into_one_batch_when_two_officers_want_it(scene):
    app, till = scene
    payments = [till.ask(100) for _number in range(4)]
    one, two = till.payer(), till.payer()
    outcomes = at_once(app, lambda: till.gather(payments[:3], one), lambda: till.gather(payments[1:], two))
    assert sum(outcome == "payouts_not_waiting" for outcome in outcomes) == 1
    assert session.scalar(select(func.count(Batch.id))) == 1


def test_a_form_sent_twice_at_once_is_one_batch(scene):
    app, till = scene
    payments, payer = [till.ask(100)], till.payer()
    outcomes = at_once(app, *[lambda: till.gather(payments, payer, "same")] * 3)
    assert len(set(outcomes)) == 1


def test_a_double_click_is_one_signature(scene):
    app, till = scene
    batch_id, officer = till.gather([till.ask(100)]), till.payer()
    digest = queries.one(batch_id).digest
    outcomes = at_once(app, *[lambda: batches.sign(officer, batch_id, digest)] * 4)
    assert outcomes == [BatchState.FIRST] * 4
    assert session.scalar(select(func.count()).select_from(Signature)) == 1
    assert len(recorded("payouts.batch.sign")) == 1


def test_two_officers_signing_at_once_are_first_and_second(scene):
    app, till = scene
    batch_id, one, two = till.gather([till.ask(100)]), till.payer(), till.payer()
    digest = queries.one(batch_id).digest
    outcomes = at_once(app, lambda: batches.sign(one, batch_id, digest), lambda: batches.sign(two, batch_id, digest))
    assert sorted(outcomes) == [BatchState.FIRST, BatchState.SIGNED]


def test_one_of_two_second_signatures_counts(scene):
    app, till = scene
    batch_id, actors = till.gather([till.ask(100)]), [till.payer() for _number in range(3)]
    till.sign(actors[0], batch_id)
    digest = queries.one(batch_id).digest
    outcomes = at_once(app, *[lambda actor=actor: batches.sign(actor, batch_id, digest) for actor in actors[1:]])
    assert sorted(map(str, outcomes)) == ["payouts_signed", "signed"]
    assert session.scalar(select(func.count()).select_from(Signature)) == 2
    assert queries.one(batch_id).file_sha256


def test_a_batch_is_either_signed_or_sent_back(scene):
    app, till = scene
    payments, actors = [till.ask(100), till.ask(100)], [till.payer() for _number in range(2)]
    batch_id = till.gather(payments)
    till.sign(actors[0], batch_id)
    digest = queries.one(batch_id).digest
    outcomes = at_once(
        app,
        lambda: str(batches.sign(actors[1], batch_id, digest)),
        lambda: batches.send_back(actors[0], batch_id, "x"),
        lambda: api.cancel_payment(SYSTEM, payments[0], "x"),
    )
    state = queries.one(batch_id).state
    if state is BatchState.SIGNED:
        assert outcomes == ["signed", "payouts_batch_frozen", "payouts_batch_frozen"]
        assert {till.state(payment) for payment in payments} == {PaymentState.BATCHED}
    else:
        assert outcomes[0] == "payouts_signed"
        assert till.state(payments[1]) is PaymentState.WAITING


def test_a_payment_is_either_gathered_or_cancelled(scene):
    app, till = scene
    payment, payer = till.ask(100), till.payer()
    at_once(app, lambda: till.gather([payment], payer), lambda: api.cancel_payment(SYSTEM, payment, "x"))
    state = till.state(payment)
    batch = session.scalars(select(Batch)).first()
    assert state in {PaymentState.BATCHED, PaymentState.CANCELLED}
    assert (batch is not None and batch.state is BatchState.DRAFT) is (state is PaymentState.BATCHED)


def test_a_batch_is_sent_once_when_downloaded_by_many(scene):
    app, till = scene
    batch_id, actors = till.gather([till.ask(100)]), [till.payer() for _number in range(3)]
    for actor in actors[:2]:
        till.sign(actor, batch_id)
    outcomes = at_once(app, *[lambda actor=actor: files.download_payment_file(actor, batch_id) for actor in actors])
    assert len(set(outcomes)) == 1
    assert len(recorded("payouts.batch.send")) == 1
    assert len(recorded("payouts.file.download")) == 3


def test_a_result_file_is_applied_once_when_applied_by_many(scene):
    app, till = scene
    payments = [till.ask(100) for _number in range(3)]
    batch_id = till.sent(payments)
    content, actors = till.answer(batch_id, {2: "退票"}), [till.payer() for _number in range(3)]
    ids = at_once(app, *[lambda actor=actor: till.take_in(batch_id, content, actor) for actor in actors])
    assert len(set(ids)) == 1
    at_once(app, *[lambda actor=actor: results.request_apply(actor, ids[0]) for actor in actors])
    outcomes = at_once(app, *[lambda actor=actor: results.apply(actor, ids[0]) for actor in actors])
    assert outcomes == [ResultState.APPLIED] * 3
    assert run_jobs(app) == 1
    assert len(told("payouts.payment_made")) == 2
    assert len(told("payouts.payment_bounced")) == 1
    assert session.scalar(select(func.count()).where(Transaction.kind == "pay")) == 2


def test_two_different_result_files_settle_a_batch_once(scene):
    app, till = scene
    batch_id = till.sent([till.ask(100)])
    ids = [till.take_in(batch_id, till.answer(batch_id, bounced)) for bounced in ({}, {1: "退票"})]
    actor = till.payer()
    for result_id in ids:
        results.request_apply(actor, result_id)
    outcomes = at_once(app, *[lambda result_id=result_id: results.apply(actor, result_id) for result_id in ids])
    assert sorted(outcomes) == [ResultState.APPLIED, ResultState.FAULTY]
    assert len(told("payouts.payment_made")) + len(told("payouts.payment_bounced")) == 1


def test_the_proof_finds_no_fault_in_what_officers_do_meanwhile(scene):
    app, till = scene
    given = [till.gather([till.ask(100)]) for _number in range(8)]
    one, two = till.payer(), till.payer()

    def sign_all():
        for batch_id in given:
            for officer in (one, two):
                till.sign(officer, batch_id)
            files.mark_sent(one, batch_id)

    def prove():
        faults = set()
        for _time in range(30):
            faults.add(checking.verify().fault)
            session.rollback()
        return faults

    assert at_once(app, sign_all, prove, prove)[1:] == [{""}, {""}]
    assert {queries.one(batch_id).state for batch_id in given} == {BatchState.SENT}


def stopped_in_the_middle(address):
    """Whether a connection to the database waits for a lock of another."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(address, autocommit=True) as link:  # what a transaction has seen of others it sees again
        return link.execute(waiting).fetchone()[0]


@pytest.mark.slow
@pytest.mark.postgres
def test_a_worker_killed_while_it_applies_a_result_file_loses_and_doubles_nothing(scene, tmp_path):
    """The worker is stopped in the middle of its transaction by a lock of ours, killed there, and another goes on."""
    app, till = scene
    config = app.extensions["lms"].config
    payments = [till.ask(100) for _number in range(20)]
    batch_id = till.sent(payments)
    result_id = till.take_in(batch_id, till.answer(batch_id, {3: "退票"}))
    results.request_apply(till.payer(), result_id)
    session.rollback()
    keys = {
        "LMS_DATABASE_URL": config.database_url, "LMS_DATA_DIR": str(config.data_dir), "LMS_JOB_LEASE_SECONDS": "2",
    }  # fmt: skip
    address = make_url(config.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with child_processes(tmp_path, **keys) as processes, psycopg.connect(address) as link:
        link.execute("SELECT 1 FROM payouts_account WHERE kind = 'paid' FOR UPDATE")
        first = processes.lms("jobs", "work")
        wait_until(lambda: stopped_in_the_middle(address))
        kill_group(first)
        link.rollback()
        wait_until(lambda: not stopped_in_the_middle(address))
        assert states_of(payments) == {PaymentState.SENT}, "what was half done is undone"
        assert told("payouts.payment_made") == []
        assert session.get(Result, result_id, populate_existing=True).state is ResultState.APPLYING
        session.rollback()
        second = processes.lms("jobs", "work")
        wait_until(lambda: states_of(payments) == {PaymentState.PAID, PaymentState.BOUNCED}, seconds=90)
        kill_group(second)
    made = [event["payment_id"] for event in told("payouts.payment_made")]
    assert len(made) == len(set(made)) == 19
    assert len(told("payouts.payment_bounced")) == 1
    assert session.scalar(select(func.count()).where(Transaction.kind == "pay")) == 19


def states_of(payments):
    session.rollback()
    return {found.state for found in api.payments(payments).values()}
