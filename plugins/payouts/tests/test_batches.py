"""Batches: gathered, signed by two different officers, sent back, sent to the bank."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, session, unit_of_work
from lms.testing.records import messages_to, recorded, set_setting
from lms_payouts import api
from lms_payouts.models import Line, Signature
from lms_payouts.queries import batches as queries
from lms_payouts.rules import BatchState, PaymentState, batch_digest
from lms_payouts.service import batches, files


@pytest.fixture
def three(till):
    till.fund(50_000)
    return [till.ask(yuan, name) for yuan, name in ((1_500, "陈思雨"), (3_000, "阿依古丽·买买提"), (0.5, "李明"))]


def table(content):
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()]


def test_a_batch_takes_waiting_payments_of_the_unit_and_below(till, three):
    till.fund(100, org_id=till.city.street_a)
    below = till.ask(100, org_id=till.city.street_a)
    batch = queries.one(till.gather([*three, below]))
    assert (batch.state, batch.count, batch.total_fen) == (BatchState.DRAFT, 4, 460_050)
    assert batch.number == f"P{batch.created_at.year}-0001"
    assert batch.digest == batch_digest(batch.number, queries.digest_lines(batch.id))
    assert {till.state(payment) for payment in three} == {PaymentState.BATCHED}
    assert queries.one(till.gather([till.ask()])).number.endswith("-0002")


def test_the_same_form_twice_is_one_batch(till, three):
    payer = till.payer()
    assert till.gather(three, payer, "same") == till.gather(three, payer, "same")


def test_a_batch_is_all_or_nothing_when_a_payment_no_longer_waits(till, three, in_savepoint):
    till.gather(three[:1])
    with pytest.raises(Conflict) as refused:
        in_savepoint(lambda: till.gather(three))
    assert refused.value.code == "payouts_not_waiting"
    assert till.state(three[1]) is PaymentState.WAITING
    assert queries.one(till.gather(three[1:])).number.endswith("-0002")  # no number is lost


def test_a_payment_of_another_unit_does_not_get_into_a_batch(till, three, in_savepoint):
    till.fund(100, org_id=till.city.county_b)
    foreign = till.ask(100, org_id=till.city.county_b)
    with pytest.raises(Conflict):
        in_savepoint(lambda: till.gather([*three, foreign], till.payer(till.city.city)))
    assert till.state(foreign) is PaymentState.WAITING


@pytest.mark.parametrize(("chosen", "said"), [(0, "没有选中"), (3, "最多 2 笔")])
def test_an_empty_or_too_long_batch_is_refused(till, three, chosen, said):
    set_setting("payouts.most_lines", 2)
    with pytest.raises(Invalid) as refused:
        till.gather(three[:chosen])
    assert said in str(refused.value)


def test_two_different_officers_sign_and_freeze_the_batch(till, three):
    batch_id, first, second = till.gather(three), till.payer(name="周岚"), till.payer(name="罗敏")
    assert till.sign(first, batch_id) is BatchState.FIRST
    assert till.sign(second, batch_id) is BatchState.SIGNED
    assert [one.name for one in queries.signatures(batch_id)] == ["周岚", "罗敏"]
    batch = queries.one(batch_id)
    assert batch.signed_at is not None
    assert {one.digest for one in session.scalars(select(Signature))} == {batch.digest}
    with pytest.raises(Conflict) as refused:
        batches.send_back(first, batch_id, "太迟")
    assert refused.value.code == "payouts_batch_frozen"
    assert len(recorded("payouts.batch.sign")) == 2
    till.holds()


def test_signing_twice_is_one_signature(till, three):
    batch_id, officer = till.gather(three), till.payer()
    assert till.sign(officer, batch_id) is BatchState.FIRST
    assert till.sign(officer, batch_id) is BatchState.FIRST
    assert len(queries.signatures(batch_id)) == 1
    till.sign(till.payer(), batch_id)
    assert till.sign(officer, batch_id) is BatchState.SIGNED
    assert len(queries.signatures(batch_id)) == 2


def test_a_third_officer_finds_it_signed(till, three):
    batch_id = till.gather(three)
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    with pytest.raises(Conflict) as refused:
        till.sign(till.payer(), batch_id)
    assert refused.value.code == "payouts_signed"


def test_nobody_signs_a_batch_that_pays_them(till):
    till.fund(5_000)
    officer = till.payer(name="周岚")
    batch_id = till.gather([till.ask(100), till.ask(100, "周岚", beneficiary_id=officer.person_id)])
    with pytest.raises(Forbidden) as refused:
        till.sign(officer, batch_id)
    assert refused.value.code == "payouts_own_payment"
    till.sign(till.payer(), batch_id)
    with pytest.raises(Forbidden):
        till.sign(officer, batch_id)
    assert queries.to_sign(officer) == 0
    assert queries.to_sign(till.payer()) == 1


def test_nobody_signs_what_they_asked_for(till):
    till.fund(5_000)
    officer = till.payer()
    batch_id = till.gather([till.ask(100), api.request_payment(officer, till.new(100))])
    with pytest.raises(Forbidden) as refused:
        till.sign(officer, batch_id)
    assert refused.value.code == "payouts_own_payment"
    assert queries.to_sign(officer) == 0
    assert queries.to_sign(till.payer()) == 1


def test_what_is_signed_is_what_was_seen(till, three):
    batch_id = till.gather(three)
    with pytest.raises(Conflict) as refused:
        batches.sign(till.payer(), batch_id, "0" * 64)
    assert "与您看到的不一样" in str(refused.value)
    assert queries.signatures(batch_id) == []


def test_the_machine_cannot_sign(till, three):
    with pytest.raises(Forbidden):
        till.sign(SYSTEM, till.gather(three))


def test_who_may_gather_and_sign(till, three):
    batch_id = till.gather(three)
    for actor, refusal in (
        (till.payer(till.city.county_b), NotFound),
        (till.actor("payouts.budgeter"), Forbidden),
        (till.actor("auditor"), Forbidden),
        (till.actor("hr_officer"), Forbidden),
        (till.payer(till.city.street_a), NotFound),
    ):
        for attempt in (
            lambda actor=actor: till.sign(actor, batch_id),
            lambda actor=actor: batches.send_back(actor, batch_id, "x"),
            lambda actor=actor: till.gather([till.ask(1)], actor),
            lambda actor=actor: files.mark_sent(actor, batch_id),
        ):
            with pytest.raises(refusal):
                attempt()


@pytest.mark.parametrize("signatures", [0, 1])
def test_a_batch_is_sent_back_before_the_second_signature_and_its_payments_wait_again(till, three, signatures):
    gatherer, signer, returner = till.payer(), till.payer(), till.payer()
    batch_id = till.gather(three, gatherer)
    for _number in range(signatures):
        till.sign(signer, batch_id)
    batches.send_back(returner, batch_id, "开户行不全")
    batch = queries.one(batch_id)
    assert (batch.state, batch.return_reason, batch.returned_by) == (
        BatchState.RETURNED, "开户行不全", returner.person_id,
    )  # fmt: skip
    assert {till.state(payment) for payment in three} == {PaymentState.WAITING}
    with pytest.raises(Conflict):
        till.sign(till.payer(), batch_id)
    with pytest.raises(Conflict):
        batches.send_back(returner, batch_id, "再来")
    assert till.gather(three) != batch_id
    till.holds()


def test_who_gathered_and_who_signed_is_told_why_it_came_back(till, three):
    gatherer, signer = till.payer(), till.payer()
    batch_id = till.gather(three, gatherer)
    till.sign(signer, batch_id)
    batches.send_back(signer, batch_id, "开户行不全")
    [(kind, params)] = messages_to(gatherer.person_id)
    assert (kind, params["reason"]) == ("payouts.batch_returned", "开户行不全")
    assert messages_to(signer.person_id) == []


def test_sending_back_needs_a_reason(till, three):
    with pytest.raises(Invalid):
        batches.send_back(till.payer(), till.gather(three), " ")


def test_cancelling_a_payment_takes_its_unfrozen_batch_back(till, three):
    batch_id = till.gather(three)
    till.sign(till.payer(), batch_id)
    api.cancel_payment(SYSTEM, three[0], "本人放弃")
    assert queries.one(batch_id).state is BatchState.RETURNED
    assert [till.state(payment) for payment in three] == [
        PaymentState.CANCELLED, PaymentState.WAITING, PaymentState.WAITING,
    ]  # fmt: skip
    till.holds()


def test_the_payment_file_says_exactly_what_was_signed(till, three):
    batch_id = till.gather(three)
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    number, content = files.download_payment_file(till.payer(), batch_id)
    header, *lines, total, number_row, digest_row = table(content)
    assert header == ["序号", "户名", "银行账号", "开户银行", "金额（元）", "业务编号"]
    assert [row[:2] + row[4:5] for row in lines] == [
        [1, "陈思雨", 1500],
        [2, "阿依古丽·买买提", 3000],
        [3, "李明", 0.5],
    ]
    assert all(api.check_bank_account(row[2]) == row[2] for row in lines)
    assert (total[0], total[1], total[4]) == ("合计", "3 笔", 4500.5)
    assert number_row[:2] == ["批次号", number]
    assert digest_row[:2] == ["校验码", queries.one(batch_id).digest]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert (sheet["C2"].number_format, sheet["E2"].number_format, sheet["E4"].number_format) == (
        "@",
        "#,##0.00",
        "#,##0.00",
    )


def test_every_download_is_the_same_file_and_on_record(till, three):
    batch_id = till.gather(three)
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    one, two = till.payer(), till.payer()
    assert files.download_payment_file(one, batch_id) == files.download_payment_file(two, batch_id)
    entries = recorded("payouts.file.download")
    assert [entry.actor_id for entry in entries] == [one.person_id, two.person_id]
    assert {entry.detail["file_sha256"] for entry in entries} == {queries.one(batch_id).file_sha256}


def test_no_clear_account_lies_in_the_file_store(till, three):
    batch_id = till.gather(three)
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    stored = services().files.read(queries.one(batch_id).file_id)[-1]
    assert not stored.startswith(b"PK")
    with pytest.raises(Exception, match="File is not a zip file"):
        openpyxl.load_workbook(io.BytesIO(stored))


def test_the_first_download_counts_as_sent(till, three):
    batch_id = till.gather(three)
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    sender = till.payer()
    files.download_payment_file(sender, batch_id)
    batch = queries.one(batch_id)
    assert (batch.state, batch.sent_by) == (BatchState.SENT, sender.person_id)
    assert {till.state(payment) for payment in three} == {PaymentState.SENT}
    files.download_payment_file(till.payer(), batch_id)
    assert queries.one(batch_id).sent_by == sender.person_id
    assert not files.mark_sent(till.payer(), batch_id)
    assert len(recorded("payouts.batch.send")) == 1


def test_there_is_no_file_before_the_second_signature(till, three):
    batch_id = till.gather(three)
    till.sign(till.payer(), batch_id)
    for attempt in (files.download_payment_file, files.download_template, files.mark_sent):
        with pytest.raises(Conflict) as refused:
            attempt(till.payer(), batch_id)
        assert refused.value.code == "payouts_not_signed"


def test_who_may_download(till, three):
    batch_id = till.sent(three)
    for actor, refusal in (
        (till.payer(till.city.county_b), NotFound),
        (till.actor("auditor"), Forbidden),
        (till.actor("payouts.budgeter"), Forbidden),
    ):
        for attempt in (files.download_payment_file, files.download_template):
            with pytest.raises(refusal):
                attempt(actor, batch_id)


@pytest.mark.parametrize("statement", ["UPDATE payouts_line SET amount_fen = 1", "DELETE FROM payouts_signature"])
def test_the_database_refuses_to_change_lines_and_signatures(till, three, statement):
    till.sent(three)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))


def test_an_account_put_in_the_place_of_another_is_noticed_before_it_is_paid(till, three):
    """Somebody with the database in hand moves a sealed number to another payment, before the batch is gathered."""
    moved = "UPDATE payouts_payment SET bank_account_sealed = (SELECT bank_account_sealed FROM payouts_payment WHERE id = :a)"
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(text(moved), {"a": three[0].hex})
    batch_id = till.gather(three)
    till.sign(till.payer(), batch_id)
    with pytest.raises(Conflict) as refused, unit_of_work(SYSTEM):
        till.sign(till.payer(), batch_id)
    assert refused.value.code == "payouts_account_changed"


def test_the_line_keeps_the_account_it_was_gathered_with(till, three):
    batch_id = till.gather(three)
    tails = list(session.scalars(select(Line.account_tail).where(Line.batch_id == batch_id).order_by(Line.serial)))
    assert tails == [api.payment(payment).bank_account[-4:] for payment in three]
