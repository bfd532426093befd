"""Vouchers: the same one however it is typed, and what cannot be one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lms_tuition.vouchers import Concern, Seen, VoucherKind, concerns, faults, identify

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
NOISE = st.lists(st.sampled_from([" ", "　", "-", "\u00a0", "－"]), max_size=4)


def noisy(draw, text):
    """The text as somebody may copy it."""
    parts = [char.translate(FULL_WIDTH) if draw(st.booleans()) else char for char in text]
    return "".join(part + "".join(draw(NOISE)) for part in parts)


@given(st.data(), st.from_regex(r"\A[0-9]{8}\Z"), st.from_regex(r"\A[0-9]{10}\Z"))
def test_a_voucher_typed_with_blanks_hyphens_and_full_width_digits_is_the_same(data, code, number):
    plain = identify(VoucherKind.FISCAL, code, number, "a1b2c3")
    typed = identify(VoucherKind.FISCAL, noisy(data.draw, code), noisy(data.draw, number), " Ａ1b2C3")
    assert typed == plain
    assert list(faults(typed)) == []
    assert typed.key == f"fiscal:{code}:{number}"


@pytest.mark.parametrize(
    ("kind", "code", "number", "check", "wrong"),
    [
        (VoucherKind.FISCAL, "51010126", "0000012345", "a1b2c3", []),
        (VoucherKind.FISCAL, "5101012", "000001234", "a1b2c", ["code", "number", "check"]),
        (VoucherKind.FISCAL, "51010126", "00000一2345", "a1b2c3", ["number"]),
        (VoucherKind.EINVOICE, "", "26512000000000000123", "", []),
        (VoucherKind.EINVOICE, "51010126", "26512000000000000123", "a1b2c3", []),
        (VoucherKind.EINVOICE, "", "2651200000000000012", "", ["number"]),
        (VoucherKind.INVOICE, "013002200211", "81532753", "49753264642977383169", []),
        (VoucherKind.INVOICE, "0130022002", "81532753", "", []),
        (VoucherKind.INVOICE, "01300220021", "8153275", "123", ["code", "number", "check"]),
    ],
)
def test_what_can_be_a_voucher(kind, code, number, check, wrong):
    assert list(faults(identify(kind, code, number, check))) == wrong


def test_the_check_code_does_not_tell_vouchers_apart_and_a_code_the_kind_has_not_is_left_out():
    one = identify(VoucherKind.FISCAL, "51010126", "0000012345", "a1b2c3")
    other = identify(VoucherKind.FISCAL, "51010126", "0000012345", "zzzzzz")
    assert one.key == other.key
    number = "26512000000000000123"
    assert identify(VoucherKind.EINVOICE, "123", number, "x").key == f"einvoice:{number}"


def test_an_officer_is_warned_of_what_may_be_wrong():
    number = identify(VoucherKind.EINVOICE, "", "25512000000000000123", "")
    seen = Seen(number, dt.date(2026, 1, 1), 900_000, 800_000, "成都某公司")
    study = {"starts_on": dt.date(2026, 9, 1), "ends_on": dt.date(2029, 6, 30)}
    assert set(concerns(seen, name="陈思雨", **study)) == {
        Concern.PAYER, Concern.PART, Concern.YEAR, Concern.EARLY,
    }  # fmt: skip
    fine = identify(VoucherKind.EINVOICE, "", "26512000000000000123", "")
    assert concerns(Seen(fine, dt.date(2026, 9, 1), 800_000, 800_000, "陈 思雨"), name="陈思雨", **study) == ()
    dotted = Seen(fine, dt.date(2026, 9, 1), 800_000, 800_000, "阿依古丽•买买提")
    assert concerns(dotted, name="阿依古丽·买买提", **study) == ()
    late = Seen(fine, dt.date(2029, 12, 31), 800_000, 800_000, "陈思雨")
    assert Concern.LATE in concerns(late, name="陈思雨", **study)
