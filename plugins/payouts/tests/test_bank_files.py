"""The files for the bank: every fen, every digit, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import io

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lms.plugin_api.views import read_sheet
from lms_payouts.bank_files import SHEET, FileLine, payment_file, result_template
from lms_payouts.result_file import Expected, Wanted, read
from lms_payouts.rules import MOST_FEN, parse_yuan, sheet_yuan

NUMBER, DIGEST = "P2026-0001", "d" * 64
ACCOUNTS = ("6217000012345678907", "6217000012345678915")


def lines(*amounts, name="陈思雨", bank="成都银行", reference="SP-1"):
    return [
        FileLine(serial, name, ACCOUNTS[serial % 2], bank, amount, reference)
        for serial, amount in enumerate(amounts, 1)
    ]


def rows_of(content):
    with read_sheet(content, (SHEET,)) as sheet:
        return [row for chunk in sheet.chunks for row in chunk]


def index(number):
    return number.encode()


def wanted(listed):
    known = {
        line.serial: Expected(line.serial, line.account_name, index(line.bank_account), "0", line.amount_fen)
        for line in listed
    }
    return Wanted(NUMBER, DIGEST, known)


@given(st.integers(1, MOST_FEN))
@example(1)
@example(29)
@example(MOST_FEN - 1)
@example(MOST_FEN)
@settings(max_examples=500, deadline=None)
def test_an_amount_in_a_sheet_is_that_amount_to_the_fen(fen):
    written = f"{sheet_yuan(fen):.16G}"  # as the writer puts a number down
    assert parse_yuan(repr(float(written))) == fen, "as the reader takes it up"
    assert parse_yuan(f"{float(written):.2f}") == fen, "as Excel shows it"


@pytest.mark.parametrize(
    "amounts",
    [(1, 1), (10, 20), (29, 58), (150_000, 300_001), (99_999_999_999_999, 1), (50_000_000_000_001, 49_999_999_999_999)],
)
def test_amounts_and_their_sum_come_back_from_the_file_as_they_went_into_it(amounts):
    found = rows_of(payment_file(NUMBER, DIGEST, lines(*amounts)))
    read_back = [parse_yuan(cells[4]) for _row, cells in found[1:4]]
    assert read_back == [*amounts, sum(amounts)]


def test_a_filled_template_passes_whatever_the_amounts():
    listed = lines(29, 58, MOST_FEN - 1_000)
    book = openpyxl.load_workbook(io.BytesIO(result_template(NUMBER, DIGEST, listed)))
    for row in range(2, 5):
        book.active.cell(row, 7).value = "成功"
    target = io.BytesIO()
    book.save(target)
    reading = read(rows_of(target.getvalue()), wanted(listed), index)
    assert reading.problems == []
    assert [outcome.paid for outcome in reading.outcomes] == [True] * 3


@pytest.mark.parametrize("text", ["=1+1", "+8612345", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
def test_what_begins_like_a_formula_is_text_in_every_column(text):
    content = payment_file(NUMBER, DIGEST, lines(100, name=text, bank=text, reference=text))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    for cell in (sheet["B2"], sheet["D2"], sheet["F2"]):
        assert cell.data_type == "s"
        assert cell.value == text
        assert cell.quotePrefix, "it stays text when somebody edits it"


def test_an_account_keeps_all_its_digits_as_text():
    sheet = openpyxl.load_workbook(io.BytesIO(payment_file(NUMBER, DIGEST, lines(100, 200)))).active
    assert [(sheet.cell(row, 3).value, sheet.cell(row, 3).data_type) for row in (2, 3)] == [
        (ACCOUNTS[1], "s"),
        (ACCOUNTS[0], "s"),
    ]


def test_the_control_totals_stand_below_the_lines():
    found = rows_of(payment_file(NUMBER, DIGEST, lines(10, 20, 30)))
    assert [cells[:2] for _row, cells in found[4:]] == [["合计", "3 笔"], ["批次号", NUMBER], ["校验码", DIGEST]]
    assert found[4][1][4] == "0.6"
