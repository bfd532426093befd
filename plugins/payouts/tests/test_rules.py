"""The rules that need no database."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_payouts import rules
from lms_payouts.rules import DigestLine, Fault, batch_digest, checked_bank_account, parse_yuan, same_name, yuan


def line(**changes):
    made = {
        "serial": 1, "payment_id": uuid.UUID(int=1), "account_name": "陈思雨", "account_index": b"\x01" * 16,
        "bank_name": "中国银行", "amount_fen": 150000, "reference": "SP-1",
    }  # fmt: skip
    return DigestLine(**(made | changes))


@pytest.mark.parametrize(
    "text",
    ["6217000012345678907", " 6217 0000 1234 5678 907", "6217-0000-1234-5678-907", "６２１７０００01234５６７８907"],
)
def test_a_card_number_is_taken_however_it_is_written(text):
    assert checked_bank_account(text) == "6217000012345678907"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6217000012345678908", "account_checksum"),
        ("6217000012345687907", "account_checksum"),
        ("621700001234567", "account_form"),
        ("62170000123456789070", "account_form"),
        ("6.21700001234567E+18", "account_form"),
        ("", "account_form"),
        ("六二一七零零零零一二三四五六七八", "account_form"),
    ],
)
def test_a_card_number_is_refused_when_it_cannot_be_one(text, code):
    with pytest.raises(Fault) as refused:
        checked_bank_account(text)
    assert refused.value.code == code


@given(st.text("0123456789", min_size=15, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_in_a_card_number_is_always_noticed(body, place, shift):
    number = body + rules.luhn.calc_check_digit(body)
    assert checked_bank_account(number) == number
    at = place % len(number)
    wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
    with pytest.raises(Fault):
        checked_bank_account(wrong)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1500", 150000), ("1500.5", 150050), ("1,500.00", 150000), (" ￥1，234，567.89 ".replace("，", ","), 123456789),
        ("0.01", 1), ("1500 元", 150000), ("１５００．２５", 150025), ("0", 0),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_fen(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1,50", "15,00.0", "1e5", "一千", "1500.", ".5", "1 500-", "+5"])
def test_an_amount_is_refused_when_it_would_have_to_be_guessed(text):
    with pytest.raises(Fault):
        parse_yuan(text)


def test_an_amount_nobody_pays_is_a_typing_error():
    with pytest.raises(Fault) as refused:
        parse_yuan("1000000000001")
    assert refused.value.code == "amount_too_large"


@given(st.integers(0, rules.MOST_FEN))
def test_what_is_written_is_read_back(fen):
    assert parse_yuan(yuan(fen)) == fen


def test_money_is_written_with_two_decimals_and_thousands_marked():
    assert [yuan(fen) for fen in (0, 5, 150050, 123456789, -150000)] == [
        "0.00", "0.05", "1,500.50", "1,234,567.89", "-1,500.00",
    ]  # fmt: skip


def test_names_are_one_when_only_their_writing_differs():
    assert same_name("阿依古丽·买买提", "阿依古丽•买买提 ")
    assert same_name("陈 思雨", "陈思雨")
    assert not same_name("陈思雨", "陈思宇")


@pytest.mark.parametrize(
    "change",
    [
        {"serial": 2}, {"payment_id": uuid.UUID(int=2)}, {"account_name": "陈思宇"}, {"account_index": b"\x02" * 16},
        {"bank_name": "中国工商银行"}, {"amount_fen": 150001}, {"reference": "SP-2"},
    ],
)  # fmt: skip
def test_the_digest_changes_when_anything_of_a_line_does(change):
    assert batch_digest("P2026-0001", [line()]) != batch_digest("P2026-0001", [line(**change)])


def test_the_digest_depends_on_number_and_order_and_nothing_else():
    one, two = line(), line(serial=2, payment_id=uuid.UUID(int=2))
    assert batch_digest("P2026-0001", [one, two]) == batch_digest("P2026-0001", [line(), two])
    assert batch_digest("P2026-0001", [one, two]) != batch_digest("P2026-0002", [one, two])
    assert batch_digest("P2026-0001", [one, two]) != batch_digest("P2026-0001", [two, one])
    assert rules.is_sha256(batch_digest("P2026-0001", []))


def test_every_movement_goes_from_one_account_to_another():
    assert set(rules.MOVES) == set(rules.TransactionKind)
    assert all(source is not target for source, target in rules.MOVES.values())
