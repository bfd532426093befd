"""Reading the bank's answer: every cell that does not fit is named, and only what fits counts."""

from __future__ import annotations

import pytest

from lms_payouts.result_file import Expected, Outcome, Unreadable, Wanted, find_layout, read

HEADER = ["序号", "户名", "银行账号", "开户银行", "金额（元）", "业务编号", "结果", "原因"]
ONE, TWO = "6217000012345678907", "6217000012345678915"


def index(number):
    return number.encode()


def expected(serial, number, **changes):
    made = {"account_name": "陈思雨", "account_index": index(number), "account_tail": number[-4:], "amount_fen": 150000}
    return Expected(serial=serial, **(made | changes))


def wanted(**lines):
    known = {1: expected(1, ONE), 2: expected(2, TWO, account_name="李明", amount_fen=300000)}
    return Wanted("P2026-0001", "d" * 64, known | lines)


def line(serial, number=ONE, amount="1500", result="成功", reason="", name="陈思雨"):
    return [str(serial), name, number, "某银行", amount, "SP-1", result, reason]


GOOD = [line(1), line(2, TWO, "3,000.00", "失败", "账号不存在", "李明")]
FOOT = [["合计", "2 笔", "", "", "4500"], ["批次号", "P2026-0001"], ["校验码", "d" * 64]]


def rows(*lines, foot=FOOT, header=HEADER):
    return list(enumerate([header, *lines, *foot], 1))


def problems(*lines, foot=FOOT, **known):
    found = read(rows(*lines, foot=foot), wanted(**known), index).problems
    return [(problem.row, problem.column, problem.code) for problem in found]


def test_a_good_file_gives_each_line_its_outcome():
    reading = read(rows(*GOOD), wanted(), index)
    assert reading.problems == []
    assert reading.outcomes == [Outcome(1, True, ""), Outcome(2, False, "账号不存在")]


def test_the_bank_may_turn_the_columns_round_and_add_its_own_and_a_title():
    lines = [["x1", *reversed(cells)] for cells in GOOD]
    foot = [["", *[""] * (8 - len(cells)), *reversed(cells)] for cells in FOOT]
    table = list(enumerate([["某某银行 代发结果"], ["流水", *reversed(HEADER)], *lines, *foot], 1))
    reading = read(table, wanted(), index)
    assert reading.problems == []
    assert [outcome.paid for outcome in reading.outcomes] == [True, False]


def test_the_order_of_rows_does_not_matter():
    assert problems(*reversed(GOOD)) == []


@pytest.mark.parametrize("word", ["成功", " 成 功", "已付", "SUCCESS", "交易成功"])
def test_words_for_paid_are_understood(word):
    assert problems(line(1, result=word), GOOD[1]) == []


@pytest.mark.parametrize("word", ["失败", "退票", "退回", "Failed"])
def test_words_for_bounced_are_understood(word):
    reading = read(rows(line(1, result=word, reason="户名不符"), GOOD[1]), wanted(), index)
    assert reading.outcomes[0] == Outcome(1, False, "户名不符")


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (line(1, TWO), (2, "bank_account", "account_changed")),
        (line(1, "6.21700001234567E+18"), (2, "bank_account", "account_changed")),
        (line(1, amount="1500.01"), (2, "amount", "amount_changed")),
        (line(1, amount="许多"), (2, "amount", "amount_changed")),
        (line(1, name="陈思宇"), (2, "account_name", "name_changed")),
        (line(1, result=""), (2, "result", "result_missing")),
        (line(1, result="处理中"), (2, "result", "result_unknown")),
        (line(1, result="失败"), (2, "reason", "reason_missing")),
        (line("一"), (2, "serial", "serial_form")),
        (line(""), (2, "serial", "serial_form")),
        (line(7), (2, "serial", "serial_unknown")),
        (line("9" * 30), (2, "serial", "serial_form")),
        (line("²"), (2, "serial", "serial_form")),
    ],
)
def test_each_wrong_cell_is_named(bad, where):
    assert where in problems(bad, GOOD[1])


def test_all_wrong_cells_of_a_row_are_named_at_once():
    bad = line(1, TWO, "1", "", "", "别人")
    assert {column for _row, column, _code in problems(bad, GOOD[1])} == {
        "account_name", "bank_account", "amount", "result",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1499.9999999999998", []), ("1500.0000000000002", []), ("1500.000000001", ["amount_changed"]),
        ("1499.995", ["amount_changed"]), ("1500.004999999999", ["amount_changed"]), ("1E+3", ["amount_changed"]),
    ],
)  # fmt: skip
def test_the_noise_of_a_formula_is_no_change_but_anything_a_person_could_see_is(amount, said):
    assert [code for _row, _column, code in problems(line(1, amount=amount), GOOD[1])] == said


def test_a_line_that_is_missing_or_comes_twice_is_named():
    assert problems(GOOD[0]) == [(0, "serial", "line_missing")]
    assert problems(*GOOD, GOOD[0]) == [(4, "serial", "serial_twice")]


@pytest.mark.parametrize(
    ("foot", "codes"),
    [
        ([FOOT[0], ["批次号", "P2026-0009"], FOOT[2]], ["wrong_batch"]),
        ([FOOT[0]], ["no_batch"]),
        ([], ["no_batch"]),
        ([*FOOT[:2], ["校验码", "e" * 64]], ["wrong_digest"]),
        ([["合计", "2 笔", "", "", "4500.01"], *FOOT[1:]], ["wrong_sum"]),
        ([["合计", "3 笔", "", "", "4500"], *FOOT[1:]], ["wrong_count"]),
        ([["合计", "１笔", "", "", ""], *FOOT[1:]], ["wrong_count"]),
        ([["合计", "", "", "", "4500"], *FOOT[1:]], []),
        (FOOT[1:], []),
    ],
)
def test_a_file_of_another_batch_is_refused_in_one_word(foot, codes):
    assert [code for _row, _column, code in problems(*GOOD, foot=foot)] == codes


def test_a_result_that_is_recorded_cannot_become_another():
    lines = {1: expected(1, ONE, paid=False), 2: expected(2, TWO, account_name="李明", amount_fen=300000, paid=True)}
    reading = read(rows(*GOOD), Wanted("P2026-0001", "d" * 64, lines), index)
    assert [(problem.row, problem.code) for problem in reading.problems] == [
        (2, "recorded_bounced"), (3, "recorded_paid"),
    ]  # fmt: skip


def test_a_file_that_is_no_result_file_says_what_it_lacks():
    with pytest.raises(Unreadable) as refused:
        find_layout([(1, ["姓名", "电话"]), (2, ["陈思雨", "138"])])
    assert "结果" in refused.value.lacking
    with pytest.raises(Unreadable):
        find_layout([])
    with pytest.raises(Unreadable) as refused:
        find_layout(rows(*GOOD, header=HEADER[:6]))
    assert refused.value.lacking == ("结果", "原因")
