from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from lms.people import rules
from lms.people.models import IdDocument
from lms.people.rules import Fault

TODAY = dt.date(2026, 11, 23)
BORN = st.dates(dt.date(1900, 1, 1), TODAY)


def number_of(born: dt.date, order: int, region: str = "510107") -> str:
    body = f"{region}{born:%Y%m%d}{order:03d}"
    return body + rules.check_character(body)


def fault_of(check, *given_values) -> str:
    with pytest.raises(Fault) as caught:
        check(*given_values)
    return caught.value.code


@given(BORN, st.integers(0, 999))
def test_a_right_resident_number_is_taken_and_tells_the_birth_date(born, order):
    number = number_of(born, order)
    assert rules.checked_resident_number(number, TODAY) == (number, born)


@given(BORN, st.integers(0, 999))
def test_our_check_character_is_the_one_an_independent_library_computes(born, order):
    body = number_of(born, order)[:17]
    assert rules.check_character(body) == str(ric.calc_check_digit(body + "0"))


@given(BORN, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_one_wrong_character_is_noticed(born, order, place, other):
    number = number_of(born, order)
    assume(number[place] != other)
    with pytest.raises(Fault):
        rules.checked_resident_number(number[:place] + other + number[place + 1 :], TODAY)


@given(BORN, st.integers(0, 999), st.integers(0, 16))
def test_two_neighbours_changed_over_are_noticed(born, order, place):
    number = number_of(born, order)
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(Fault):
        rules.checked_resident_number(swapped, TODAY)


@given(st.text(max_size=30))
def test_no_text_whatever_breaks_the_check(text):
    try:
        number, _born = rules.checked_resident_number(text, TODAY)
    except Fault:
        return
    assert len(number) == 18


@pytest.mark.parametrize(
    "typed",
    [
        "51010719900307009x",
        "５１０１０７１９９００３０７００９Ｘ",
        " 510107 19900307 009X ",
        "51010719900307009X\u200b",
    ],
)
def test_the_traces_of_typing_are_taken_off(typed):
    assert number_of(dt.date(1990, 3, 7), 9) == "51010719900307009X"
    assert rules.checked_resident_number(typed, TODAY)[0] == "51010719900307009X"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("510107199003070090", "id_number_checksum"),
        ("510107900307421", "id_number_old"),
        ("5101071990030742", "id_number_length"),
        ("5101071990030742１XY", "id_number_length"),
        ("51010719900307A21X", "id_number_characters"),
        ("X10107199003074211", "id_number_characters"),
        ("990107199003074211", "id_number_region"),
        ("510107199002304211", "id_number_birth_impossible"),
        ("510107189912314211", "id_number_birth_impossible"),
        ("510107202611244211", "id_number_birth_future"),
        ("5.10107199003074E+17", "number_rounded"),
        ("", "id_number_length"),
    ],
)
def test_each_wrong_number_is_named_for_what_is_wrong_with_it(typed, code):
    assert fault_of(rules.checked_resident_number, typed, TODAY) == code


def test_somebody_born_today_is_born_and_tomorrow_is_not():
    assert rules.checked_resident_number(number_of(TODAY, 1), TODAY)[1] == TODAY
    tomorrow = number_of(TODAY + dt.timedelta(days=1), 1)
    assert fault_of(rules.checked_resident_number, tomorrow, TODAY) == "id_number_birth_future"


@pytest.mark.parametrize(
    ("document", "number"),
    [
        (IdDocument.HK_MACAO_PERMIT, "H12345678"),
        (IdDocument.HK_MACAO_PERMIT, "m1234567800"),
        (IdDocument.TAIWAN_PERMIT, "01234567"),
        (IdDocument.FOREIGN_PERMANENT, "USA310190010112"),
        (IdDocument.PASSPORT, "e12345678"),
    ],
)
def test_other_documents_are_taken_without_a_birth_date(document, number):
    assert rules.checked_document_number(document, number, TODAY) == (number.upper(), None)


@pytest.mark.parametrize(
    ("document", "number"),
    [
        (IdDocument.HK_MACAO_PERMIT, "A12345678"),
        (IdDocument.TAIWAN_PERMIT, "1234567"),
        (IdDocument.FOREIGN_PERMANENT, "US3101900101123"),
        (IdDocument.PASSPORT, "护照12345"),
        (IdDocument.PASSPORT, "ABCDEF"),
    ],
)
def test_other_documents_of_another_form_are_refused(document, number):
    assert fault_of(rules.checked_document_number, document, number, TODAY) == "document_number_form"


def test_the_foreigners_card_of_2023_is_checked_by_its_last_character():
    body = "91010719900307421"
    right = body + rules.check_character(body)
    assert rules.checked_document_number(IdDocument.FOREIGN_PERMANENT, right, TODAY) == (right, None)
    wrong = body + ("0" if right[-1] != "0" else "1")
    assert fault_of(rules.checked_document_number, IdDocument.FOREIGN_PERMANENT, wrong, TODAY) == "id_number_checksum"


@pytest.mark.parametrize(
    "typed", ["13812345678", "+86 138-1234-5678", "008613812345678", "8613812345678", "１３８12345678"]
)
def test_a_phone_number_is_taken_however_it_is_typed(typed):
    assert rules.checked_phone(typed) == "13812345678"


@pytest.mark.parametrize("typed", ["1381234567", "12812345678", "028-85551234", "138123456789", "1381234567a", ""])
def test_what_is_no_mobile_number_is_refused(typed):
    assert fault_of(rules.checked_phone, typed) == "phone_form"


def test_a_bank_card_is_checked_by_luhn():
    assert rules.checked_bank_account("6222 0210 0111 6245 702") == "6222021001116245702"
    assert fault_of(rules.checked_bank_account, "6222021001116245703") == "bank_account_checksum"
    assert fault_of(rules.checked_bank_account, "622202100") == "bank_account_form"


@given(st.text("0123456789", min_size=15, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_of_a_bank_card_is_noticed(body, place, shift):
    number = next(body + digit for digit in "0123456789" if _luhn_holds(body + digit))
    place %= len(number)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert fault_of(rules.checked_bank_account, wrong) == "bank_account_checksum"


def _luhn_holds(number: str) -> bool:
    try:
        return rules.checked_bank_account(number) == number
    except Fault:
        return False


@pytest.mark.parametrize("name", ["张三", "阿不都热依木·买买提", "欧阳 娜娜", "Li Hua", "O'Neill-Smith Jr."])
def test_names_of_many_kinds_are_taken(name):
    assert rules.checked_name(name) == name


@pytest.mark.parametrize("name", ["张", "张三1", "=HYPERLINK(1)", "@SUM", "张三;", "<b>张三</b>", "-张三"])
def test_what_is_no_name_is_refused(name):
    assert fault_of(rules.checked_name, name) == "name_characters"


def test_a_name_that_is_too_long_is_refused():
    assert fault_of(rules.checked_name, "长" * 61) == "too_long"


@pytest.mark.parametrize(
    "typed",
    ["2024-03-01", "2024/3/1", "2024.3.1", "2024年3月1日", "2024 年 3 月 1 日", "20240301", "2024-03-01 00:00:00"],
)
def test_a_date_is_read_in_the_usual_ways(typed):
    assert rules.checked_date(typed) == dt.date(2024, 3, 1)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("2023-02-29", "date_impossible"), ("1899-12-31", "date_impossible"), ("2024-13-01", "date_impossible"),
     ("3月1日", "date_form"), ("45352", "date_form"), ("2024-03", "date_form"), ("昨天", "date_form")],
)  # fmt: skip
def test_what_is_no_date_is_refused(typed, code):
    assert fault_of(rules.checked_date, typed) == code


@given(BORN, st.integers(0, 999))
def test_a_masked_number_keeps_the_birth_date_to_itself(born, order):
    number = number_of(born, order)
    masked = rules.masked_number(number)
    assert len(masked) == 18
    assert masked[4:14] == "*" * 10
    assert masked[-4:] == number[-4:]


def test_masks():
    assert rules.masked_number("E12345678") == "E1*****78"
    assert rules.masked_phone("13812345678") == "138****5678"
    assert rules.masked_bank_account("6222021001116245702") == "**** **** 5702"
    assert [rules.masked_name(name) for name in ("李雷", "李小华", "司马相如")] == ["李*", "李*华", "司**如"]
