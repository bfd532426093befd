from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.access.rules import PasswordFault, is_common, normalized, password_faults


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("Ab3-xyzmq", [PasswordFault.SHORT]),
        ("abkdmwqzrt", [PasswordFault.PLAIN]),
        ("abkdm74wqz", [PasswordFault.PLAIN]),
        ("abkdm-74wq", []),
        ("Abkdm74wqz", []),
        ("荷花池的水真清abc", [PasswordFault.PLAIN]),
        ("four words in a row", []),
        ("x" * 129, [PasswordFault.LONG]),
        ("aaaaaaaaaaaaaaaaaaaa", [PasswordFault.COMMON]),
        ("1234567890123456", [PasswordFault.COMMON]),
        ("Password2026!", [PasswordFault.COMMON]),
        ("P@ssw0rd2026", [PasswordFault.COMMON]),
        ("Chengdu@2026", [PasswordFault.COMMON]),
        ("1qaz@WSX3edc", [PasswordFault.COMMON]),
        ("", [PasswordFault.SHORT, PasswordFault.COMMON]),
    ],
)
def test_a_password_is_refused_for_what_is_wrong_with_it(password, faults):
    assert password_faults(password) == faults


@pytest.mark.parametrize("word", ["王小明", "wangxm", "13800138000"])
def test_a_password_holding_name_username_or_phone_is_refused_whatever_its_case(word):
    assert PasswordFault.PERSONAL in password_faults(f"Kq7-{word.upper()}-mt", [word])


def test_an_empty_phone_does_not_forbid_every_password():
    assert password_faults("Lotus-Pond-47", ["", "x"]) == []


def test_full_width_characters_count_as_plain_ones():
    assert normalized("Ｌｏｔｕｓ－４７") == "Lotus-47"


@given(st.text(max_size=150), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_gets_an_answer(password, personal):
    faults = password_faults(password, personal)
    if len(password) < 10:
        assert PasswordFault.SHORT in faults


@given(st.sampled_from(["password", "qwerty", "woaini", "admin", "chengdu"]), st.text("0123456789!@#$%", max_size=8))
def test_a_common_word_stays_common_with_digits_and_signs_after_it(word, tail):
    assert is_common(word.capitalize() + tail)
