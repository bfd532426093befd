"""The bank's results: checked, applied all or nothing, once."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.services import services
from lms.plugin_api.views import Column, SheetPlan, write_workbook
from lms.plugin_api.work import SYSTEM, session
from lms.testing.jobs import run_jobs
from lms.testing.queries import count_queries
from lms.testing.records import recorded, told
from lms_payouts import api
from lms_payouts.models import Result
from lms_payouts.queries import batches as queries
from lms_payouts.queries import budgets
from lms_payouts.rules import BatchState, PaymentState, ResultState
from lms_payouts.service import files, results


@pytest.fixture
def three(till):
    till.fund(50_000)
    return [till.ask(yuan, name) for yuan, name in ((1_500, "陈思雨"), (3_000, "王建国"), (800, "李明"))]


@pytest.fixture
def batch(till, three):
    return till.sent(three)


def result(result_id):
    return session.get(Result, result_id, populate_existing=True)


def cells(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()], sheet


def test_the_template_is_the_payment_file_with_two_more_columns(till, batch):
    (header, *lines), _sheet = cells(files.download_template(till.payer(), batch)[1])
    (plain_header, *plain_lines), _sheet = cells(files.download_payment_file(till.payer(), batch)[1])
    assert header == [*plain_header, "结果", "原因"]
    assert [line[:6] for line in lines] == plain_lines
    assert len(recorded("payouts.template.download")) == 1


def test_a_good_file_waits_to_be_applied_and_moves_nothing_yet(till, three, batch):
    found = result(till.take_in(batch, till.answer(batch, {2: "账号不存在"})))
    assert (found.state, found.problems) == (ResultState.READY, [])
    assert {till.state(payment) for payment in three} == {PaymentState.SENT}


def test_results_pay_and_bounce_and_the_books_follow(till, three, batch):
    till.settle(batch, {2: "账号不存在"})
    assert [till.state(payment) for payment in three] == [PaymentState.PAID, PaymentState.BOUNCED, PaymentState.PAID]
    assert api.payment(three[1]).bounce_reason == "账号不存在"
    money = budgets.line(SYSTEM, budgets.paying(till.city.county_a, 2026, "")).money
    assert (money.paid, money.reserved) == (230_000, 300_000)
    assert queries.one(batch).state is BatchState.SETTLED
    assert {event["payment_id"] for event in told("payouts.payment_made")} == {three[0].hex, three[2].hex}
    [bounced] = told("payouts.payment_bounced")
    assert (bounced["payment_id"], bounced["reason"]) == (three[1].hex, "账号不存在")
    [entry] = recorded("payouts.result.apply")
    assert (entry.detail["paid"], entry.detail["paid_fen"], entry.detail["bounced_fen"]) == (2, 230_000, 300_000)
    till.holds()


def test_the_job_applies_what_an_officer_asked_for(app, till, three, batch):
    result_id = till.take_in(batch, till.answer(batch))
    results.request_apply(till.payer(), result_id)
    results.request_apply(till.payer(), result_id)
    assert result(result_id).state is ResultState.APPLYING
    run_jobs(app)
    assert result(result_id).state is ResultState.APPLIED
    assert {till.state(payment) for payment in three} == {PaymentState.PAID}
    assert len(told("payouts.payment_made")) == 3


def test_a_bounced_payment_goes_into_a_new_batch_with_another_account(till, three, batch):
    till.settle(batch, {1: "户名不符"})
    api.change_account(
        SYSTEM, three[0], account_name="陈思雨", bank_account="6217000012345678907", bank_name="成都银行"
    )
    assert till.state(three[0]) is PaymentState.WAITING
    assert api.payment(three[0]).bounce_reason == ""
    again = till.sent([three[0]])
    (_header, line, *_rest), _sheet = cells(files.download_payment_file(till.payer(), again)[1])
    assert line[2] == "6217000012345678907"
    till.settle(again)
    assert till.state(three[0]) is PaymentState.PAID
    assert len(told("payouts.payment_made")) == 3
    till.holds()


def test_a_bounced_payment_is_not_gathered_before_its_account_is_changed(till, three, batch):
    till.settle(batch, {1: "户名不符"})
    with pytest.raises(Conflict):
        till.gather([three[0]])


def test_the_same_file_twice_is_no_change(till, three, batch):
    content = till.answer(batch, {2: "账号不存在"})
    result_id, actor = till.take_in(batch, content), till.payer()
    assert till.take_in(batch, content) == result_id
    results.request_apply(actor, result_id)
    results.apply(actor, result_id)
    assert till.take_in(batch, content) == result_id
    results.request_apply(actor, result_id)
    assert results.apply(actor, result_id) is ResultState.APPLIED
    assert len(told("payouts.payment_made")) == 2
    assert len(session.scalars(select(Result)).all()) == 1
    till.holds()


def test_another_file_that_says_the_same_is_no_change_either(till, three, batch):
    applied = till.settle(batch, {2: "账号不存在"})

    def note(sheet):
        sheet["J1"] = "备注"

    other = till.answer(batch, {2: "账号不存在"}, change=note)
    assert till.take_in(batch, other) == applied


def test_a_recorded_result_cannot_become_another(till, three, batch):
    till.settle(batch, {2: "账号不存在"})
    found = result(till.take_in(batch, till.answer(batch, {1: "户名不符"})))
    assert found.state is ResultState.FAULTY
    assert [(problem["row"], problem["code"]) for problem in found.problems] == [
        (2, "recorded_paid"), (3, "recorded_bounced"),
    ]  # fmt: skip
    with pytest.raises(Conflict):
        results.request_apply(till.payer(), found.id)
    assert till.state(three[0]) is PaymentState.PAID


def test_two_files_ready_at_once_settle_the_batch_once(till, three, batch):
    one, two = till.take_in(batch, till.answer(batch)), till.take_in(batch, till.answer(batch, {1: "户名不符"}))
    actor = till.payer()
    for result_id in (one, two):
        results.request_apply(actor, result_id)
    assert results.apply(actor, one) is ResultState.APPLIED
    assert results.apply(actor, two) is ResultState.FAULTY
    assert result(two).problems[0]["code"] == "settled"
    assert till.state(three[0]) is PaymentState.PAID
    till.holds()


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("A2", 9, "serial_unknown"),
        ("C2", 6217000012345678907, "account_changed"),
        ("E2", 1500.01, "amount_changed"),
        ("G2", None, "result_missing"),
        ("B6", "P2026-9999", "wrong_batch"),
    ],
)
def test_each_wrong_cell_is_named_and_nothing_can_be_applied(till, three, batch, cell, value, code):
    def change(sheet):
        sheet[cell] = value

    found = result(till.take_in(batch, till.answer(batch, change=change)))
    assert found.state is ResultState.FAULTY
    assert code in {problem["code"] for problem in found.problems}
    with pytest.raises(Conflict):
        results.request_apply(till.payer(), found.id)
    assert results.apply(till.payer(), found.id) is ResultState.FAULTY
    assert {till.state(payment) for payment in three} == {PaymentState.SENT}


def test_a_line_that_was_deleted_is_missed(till, batch):
    found = result(till.take_in(batch, till.answer(batch, change=lambda sheet: sheet.delete_rows(3))))
    assert ("line_missing", 2) in [(problem["code"], problem["params"].get("serial")) for problem in found.problems]


def test_the_file_of_another_batch_is_refused(till, three, batch):
    other = till.sent([till.ask(10)])
    found = result(till.take_in(batch, till.answer(other)))
    assert [problem["code"] for problem in found.problems] == ["wrong_batch"]


def test_the_marked_file_shows_the_officers_own_rows_with_what_is_wrong(till, batch):
    def change(sheet):
        sheet["E2"], sheet["G3"], sheet["I1"] = 9, None, "银行流水"
        sheet["I2"] = "T001"
        sheet.delete_rows(4)

    result_id = till.take_in(batch, till.answer(batch, change=change))
    name, content = results.marked(till.payer(), result_id)
    rows, sheet = cells(content)
    assert name == "回盘.xlsx"
    assert rows[0][-2:] == ["银行流水", "问题"]
    assert rows[1][4] == "9"
    assert sheet["E2"].comment.text.startswith("金额与付款清单不符，应为 1,500.00")
    assert sheet["G3"].comment is not None
    assert "应为 1,500.00" in rows[1][-1]
    assert rows[1][8] == "T001"
    assert "缺少序号 3（李明）这一行" in [row[-1] for row in rows]
    assert len(recorded("payouts.result.marked")) == 1


def test_the_marked_file_corrected_can_be_uploaded_again(till, three, batch):
    def spoil(sheet):
        sheet["G2"] = None

    _name, content = results.marked(till.payer(), till.take_in(batch, till.answer(batch, change=spoil)))
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.active["G2"] = "成功"
    target = io.BytesIO()
    book.save(target)
    assert result(till.take_in(batch, target.getvalue())).state is ResultState.READY


def test_the_uploaded_file_lies_sealed_in_the_store(till, batch):
    stored = services().files.read(result(till.take_in(batch, till.answer(batch))).file_id)[-1]
    assert not stored.startswith(b"PK")


def broken():
    """An archive whose workbook is no XML."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (write_workbook([SheetPlan("名单", [Column("姓名")], [["陈思雨"]])]), "没有找到这些列"),
        (write_workbook([SheetPlan("空", [])]), "没有找到这些列"),
        (broken(), "读不出来"),
        (b"not a workbook", "读不出来"),
    ],
)
def test_a_file_that_is_no_result_file_is_refused_in_words(till, batch, content, said):
    with pytest.raises(Invalid) as refused:
        till.take_in(batch, content)
    assert said in str(refused.value)
    assert queries.results(batch) == []


def test_a_file_of_more_rows_than_any_batch_is_refused(till, batch):
    long = write_workbook([SheetPlan("付款清单", [Column("序号")], ([str(n)] for n in range(5_001)))])
    with pytest.raises(Invalid) as refused:
        till.take_in(batch, long)
    assert "最多 5000 行" in str(refused.value.fields["file"])


def test_results_are_taken_only_for_what_the_bank_has(till, three):
    batch_id = till.gather(three)
    with pytest.raises(Conflict) as refused:
        till.take_in(batch_id, b"")
    assert refused.value.code == "payouts_not_sent"


def test_who_may_record_results(till, batch):
    content = till.answer(batch)
    ready = till.take_in(batch, content)
    for actor, refusal in (
        (till.payer(till.city.county_b), NotFound),
        (till.actor("auditor"), Forbidden),
        (till.actor("payouts.budgeter"), Forbidden),
    ):
        for attempt in (
            lambda actor=actor: till.take_in(batch, content, actor),
            lambda actor=actor: results.request_apply(actor, ready),
            lambda actor=actor: results.marked(actor, ready),
        ):
            with pytest.raises(refusal):
                attempt()


def test_the_database_refuses_to_change_an_outcome(till, batch):
    till.settle(batch)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("UPDATE payouts_outcome SET paid = false"))


def test_a_batch_costs_the_same_number_of_statements_however_long_it_is(till, three):
    """But for the events, which are a row each."""

    def statements(payments):
        batch_id = till.sent(payments)
        result_id, actor = till.take_in(batch_id, till.answer(batch_id, {1: "户名不符"})), till.payer()
        results.request_apply(actor, result_id)
        with count_queries() as seen:
            results.apply(actor, result_id)
        return sum("outbox_event" not in statement for statement in seen.statements)

    assert statements([till.ask(1) for _number in range(8)]) == statements(three)
