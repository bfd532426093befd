from __future__ import annotations

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.access.rules import (
    USERNAME,
    code_from_bytes,
    device_name,
    matching_step,
    new_code,
    plain_code,
    safe_next,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_790_000_010.0
STEP = int(NOW) // 30


def code_at(step: int) -> str:
    return pyotp.HOTP(SECRET).at(step)


@pytest.mark.parametrize("distance", [-1, 0, 1])
def test_a_code_of_the_present_step_or_a_neighbour_is_taken(distance):
    assert matching_step(SECRET, code_at(STEP + distance), NOW, 0) == STEP + distance


@pytest.mark.parametrize("distance", [-3, -2, 2, 3])
def test_a_code_further_away_is_refused(distance):
    assert matching_step(SECRET, code_at(STEP + distance), NOW, 0) is None


@pytest.mark.parametrize("last", [STEP, STEP + 1])
def test_a_code_is_refused_when_its_step_or_a_later_one_was_used(last):
    assert matching_step(SECRET, code_at(STEP), NOW, last) is None


@pytest.mark.parametrize("typed", ["", "12", "abcdef", "１２３", "0" * 400, "000000\x00"])
def test_nonsense_is_no_code(typed):
    assert matching_step(SECRET, typed, NOW, 0) is None


def test_spaces_and_full_width_digits_do_not_matter():
    code = code_at(STEP)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert matching_step(SECRET, f"{wide[:3]} {wide[3:]}", NOW, 0) == STEP


@given(st.text(max_size=30))
def test_any_text_can_be_compared_with_a_code(text):
    matching_step(SECRET, text, NOW, 0)
    plain_code(text)


def test_printed_codes_survive_being_misread_and_retyped():
    code = new_code(10)
    assert len(plain_code(code)) == 10
    assert plain_code(f" {code.lower().replace('-', ' ')} ") == plain_code(code)
    assert plain_code("oil-10u") == plain_code("011-10V")


@given(st.binary(min_size=10, max_size=16))
def test_a_code_made_of_bytes_uses_no_letter_that_is_misread(noise):
    assert not set("ILOU") & set(code_from_bytes(noise, 10))


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)",
        "evil", "", None, "/ok\nSet-Cookie: x=1", "/\t/evil.example", " /x", "/%0d\x00",
    ],
)  # fmt: skip
def test_only_places_of_our_own_are_gone_on_to(target):
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/courses?page=2&q=a", "/exams/1#top", "/me/security"])
def test_places_of_our_own_are_kept(target):
    assert safe_next(target) == target


@given(st.text(max_size=60))
def test_whatever_is_asked_the_answer_is_a_path_here(target):
    place = safe_next(target)
    assert place.startswith("/")
    assert not place.startswith("//")
    assert "\\" not in place


@pytest.mark.parametrize("name", ["13800138000", "ab", "a b c d", "张三李四", "a" * 33, "-abc", "Abcd"])
def test_usernames_begin_with_a_letter_and_stay_plain(name):
    assert not USERNAME.fullmatch(name)


def test_devices_are_named_so_that_people_know_them():
    wechat = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116.0 MicroMessenger/8.0.47"
    assert device_name(wechat) == "微信 · Android"
    assert device_name("curl/8") == ""
