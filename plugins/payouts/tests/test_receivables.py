"""Money that is to come back: recorded once, never more than was paid, paid back in parts, proved with the books."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from sqlalchemy import update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid, LmsError, NotFound
from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms.testing.factories.access import sign_in
from lms.testing.threads import together
from lms_payouts import api
from lms_payouts.models import Receivable
from lms_payouts.queries import receivables as queries
from lms_payouts.service import checking, recalls

DAY = dt.date(2026, 9, 28)


@pytest.fixture(autouse=True)
def noon():
    with clock.frozen(dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def paid(till):
    """A payment of 1,500 元 that has arrived."""
    return make_paid(till)


def make_paid(till):
    till.fund(10_000)
    payment_id = till.ask(1500)
    till.settle(till.sent([payment_id]))
    return payment_id


def recall(payment_id, yuan=600, key="r1"):
    new = api.NewRecall(key=key, payment_id=payment_id, amount_fen=yuan * 100, reason="提前离职")
    return api.recall_payment(SYSTEM, new)


def give(till, receivable_id, yuan, key="k1", actor=None):
    return recalls.record_return(
        actor or till.payer(), receivable_id, amount_fen=yuan * 100, on=DAY, note="回单 7788", key=key
    )


def test_a_recall_is_recorded_once_and_paid_back_in_parts_until_nothing_is_open(till, paid):
    receivable_id = recall(paid)
    assert recall(paid) == receivable_id
    assert give(till, receivable_id, 250)
    assert not give(till, receivable_id, 250), "the same form again"
    assert recalls.waive(till.payer(), receivable_id, amount_fen=10_000, note="市里批准", key="w1")
    info = api.receivables([paid])[paid]
    assert (info.amount_fen, info.returned_fen, info.waived_fen, info.open_fen) == (60_000, 25_000, 10_000, 25_000)
    assert [entry.kind.value for entry in info.entries] == ["recall", "return", "waive"]
    with pytest.raises(Invalid) as refused:
        give(till, receivable_id, 251, "k2")
    assert set(refused.value.fields) == {"amount"}
    assert give(till, receivable_id, 250, "k3")
    assert queries.one(receivable_id).open_fen == 0
    till.holds()


def test_only_what_was_paid_is_recalled_once_and_no_more_of_it_than_was_paid(till, paid):
    waiting = till.ask(100)
    with pytest.raises(Conflict) as refused:
        recall(waiting, 50)
    assert refused.value.code == "payouts_not_paid"
    with pytest.raises(ValueError, match="no more than was paid"):
        recall(paid, 1501)
    recall(paid)
    with pytest.raises(Conflict) as refused:
        recall(paid, key="another")
    assert refused.value.code == "payouts_recalled"


def test_a_balance_that_its_entries_do_not_give_is_found_by_the_proof(till, paid):
    receivable_id = recall(paid)
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Receivable).where(Receivable.id == receivable_id).values(open_fen=1))
    assert "receivable" in checking.verify().fault


def test_repayments_are_for_payers_of_the_unit_and_nobody_handles_their_own(till, paid, client):
    receivable_id = recall(paid)
    with pytest.raises(NotFound):
        give(till, receivable_id, 1, actor=till.payer(till.city.county_b))
    with pytest.raises(Forbidden):
        give(till, receivable_id, 1, actor=till.actor("hr_officer"))
    with pytest.raises(Invalid):
        recalls.record_return(till.payer(), receivable_id, amount_fen=1, on=DAY + dt.timedelta(1), note="x", key="k")
    payer = till.payer()
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Receivable).where(Receivable.id == receivable_id).values(person_id=payer.person_id))
    with pytest.raises(Forbidden):
        give(till, receivable_id, 1, actor=payer)
    sign_in(client, payer.person_id)
    assert '<form method="post" class="stack"' not in client.get(f"/desk/payouts/receivables/{receivable_id}").text


def test_the_desk_lists_records_and_exports_what_is_to_come_back(till, paid, client):
    receivable_id = recall(paid)
    sign_in(client, till.payer().person_id)
    listed = client.get("/desk/payouts/receivables?settlement=open").text
    assert "600.00" in listed
    assert "没有符合条件的应退款" in client.get("/desk/payouts/receivables?q=nobody").text
    address = f"/desk/payouts/receivables/{receivable_id}"
    assert 'value="600.00"' in client.get(address).text
    form = {"key": "f1", "kind": "return", "amount": "600", "on": DAY.isoformat(), "note": "回单 1"}
    assert client.post(address, data=form | {"amount": "601"}).status_code == 422
    assert client.post(address, data=form).status_code == 303
    assert "已结清" in client.get(address).text
    assert client.get("/desk/payouts/receivables.xlsx").data[:2] == b"PK"


@pytest.mark.slow
def test_two_who_take_the_rest_at_once_do_not_take_more_than_there_is(real_app, open_till):
    with real_app.app_context():
        till = open_till()
        receivable_id = recall(make_paid(till))
        payers = [till.payer(), till.payer()]
        session.rollback()
        answers = together(
            real_app,
            *(partial(give, till, receivable_id, 400, f"k{number}", payer) for number, payer in enumerate(payers)),
        )
        assert sum(isinstance(answer, LmsError) for answer in answers) == 1
        session.rollback()
        assert queries.one(receivable_id).open_fen == 20_000


# --- who approved does not sign ---


def test_whoever_approved_a_claim_in_the_batch_cannot_sign_it(till):
    till.fund(10_000)
    first, last, other = till.payer(), till.payer(), till.payer()
    approved = till.new(approvers=(first.person_id, last.person_id))
    payment_ids = [api.request_payment(last, approved), till.ask(10)]
    batch_id = till.gather(payment_ids)
    for approver in (first, last):
        with pytest.raises(Forbidden) as refused:
            till.sign(approver, batch_id)
        assert refused.value.code == "payouts_own_payment"
    till.sign(other, batch_id)
    till.sign(till.payer(), batch_id)
    till.holds()


@pytest.mark.parametrize("field", ["key", "award_key", "scheme", "reference"])
def test_a_request_with_texts_longer_than_their_columns_is_the_callers_fault(till, field):
    till.fund(10_000)
    for text in ("", "长" * 161):
        with pytest.raises(ValueError, match=field):
            till.ask(**{field: text})
    with pytest.raises(Invalid) as refused:
        till.ask(bank_name="行" * 81)
    assert set(refused.value.fields) == {"bank_name"}


# --- either, or ---


def take(who, holder, subject="degree:bachelor"):
    with unit_of_work(SYSTEM) as uow:
        api.take_hold(uow, who, subject, holder, {"zh_CN": holder, "en": holder})


def back(who, holder):
    with unit_of_work(SYSTEM) as uow:
        api.give_back(uow, who, "degree:bachelor", holder)


def test_a_subject_is_of_the_scheme_that_came_first_until_its_last_claim_ends(till):
    who = till.new().beneficiary_id
    take(who, "tuition")
    take(who, "tuition")
    for _claim in range(2):
        with pytest.raises(Conflict) as refused:
            take(who, "subsidies")
        assert refused.value.code == "payouts_either_or"
        assert "tuition" in refused.value.why
        assert api.held_by_others(who, "subsidies")["degree:bachelor"]["en"] == "tuition"
        assert api.held_by_others(who, "tuition") == {}
        back(who, "tuition")
    back(who, "tuition")
    take(who, "subsidies")
    take(who, "tuition", "degree:master")
    with pytest.raises(Conflict):
        take(who, "tuition")


def test_an_operator_frees_what_a_scheme_that_is_gone_still_holds(till, app):
    who = till.new().beneficiary_id
    take(who, "subsidies")
    answer = app.test_cli_runner().invoke(
        args=["payouts", "release-hold", str(who), "degree:bachelor", "--reason", "模块已移除"]
    )
    assert "free" in answer.output
    take(who, "tuition")


@pytest.mark.slow
def test_two_schemes_at_the_same_moment_do_not_both_get_the_subject(real_app, open_till):
    with real_app.app_context():
        who = open_till().new().beneficiary_id
        session.rollback()
        answers = together(real_app, *(partial(take, who, holder) for holder in ("tuition", "subsidies")))
        assert sum(isinstance(answer, LmsError) for answer in answers) == 1
