"""What the award's part of the walk makes up: a card number, a proof, the bank's answer."""

from __future__ import annotations

import io

import pikepdf
import python_calamine
from stdnum import luhn

from lms.demo.award import blank_pdf, card_number
from lms.demo.money import all_paid
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook


def test_every_walkers_card_number_is_well_formed_and_their_own():
    numbers = {card_number(walk) for walk in range(1, 200)}
    assert len(numbers) == 199
    assert all(len(number) == 19 and luhn.is_valid(number) for number in numbers)


def test_the_proof_is_a_real_pdf_of_one_page():
    with pikepdf.open(io.BytesIO(blank_pdf())) as document:
        assert len(document.pages) == 1


def test_every_line_is_paid_and_nothing_else_changes_when_the_bank_answers():
    titles = ["序号", "户名", "金额（元）", "结果", "原因"]
    rows = [[1, "甲", 500.0, "", ""], [2, "乙", 0.01, "", ""], ["合计", "2 笔", 500.01], ["批次号", "P2026-0001"]]
    template = write_workbook([SheetPlan("付款清单", [Column(title, 12) for title in titles], rows)])
    filled = python_calamine.load_workbook(io.BytesIO(all_paid(template))).get_sheet_by_index(0)
    assert filled.name == "付款清单"
    assert [row[:4] for row in filled.to_python()] == [
        titles[:4], [1.0, "甲", 500.0, "成功"], [2.0, "乙", 0.01, "成功"], ["合计", "2 笔", 500.01, ""],
        ["批次号", "P2026-0001", "", ""],
    ]  # fmt: skip
