from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates import rules
from lms.certificates.rules import Life, Status

D = dt.date


@pytest.mark.parametrize(
    ("day", "life", "expected"),
    [
        (D(2026, 5, 2), Life(D(2026, 5, 3), D(2026, 5, 3), None), Status.NOT_YET),
        (D(2026, 5, 3), Life(D(2026, 5, 3), D(2026, 5, 3), None), Status.VALID),
        (D(2999, 1, 1), Life(D(2026, 5, 3), D(2026, 5, 3), None), Status.VALID),
        (D(2027, 5, 2), Life(D(2026, 5, 3), D(2026, 5, 3), D(2027, 5, 2)), Status.VALID),
        (D(2027, 5, 3), Life(D(2026, 5, 3), D(2026, 5, 3), D(2027, 5, 2)), Status.EXPIRED),
        (D(2026, 6, 1), Life(D(2026, 6, 2), D(2026, 5, 3), None), Status.NOT_YET),
        (D(2026, 6, 1), Life(D(2026, 5, 3), D(2026, 5, 3), None, Status.REVOKED, D(2026, 6, 2)), Status.VALID),
        (D(2026, 6, 2), Life(D(2026, 5, 3), D(2026, 5, 3), None, Status.REVOKED, D(2026, 6, 2)), Status.REVOKED),
        (D(2030, 6, 2), Life(D(2026, 5, 3), D(2026, 5, 3), D(2027, 1, 1), Status.REVOKED, D(2026, 6, 2)),
         Status.REVOKED),
        (D(2026, 6, 2), Life(D(2026, 5, 3), D(2026, 5, 3), None, Status.SUPERSEDED, D(2026, 6, 2)), Status.SUPERSEDED),
    ],
)  # fmt: skip
def test_status_on_a_day(day, life, expected):
    assert rules.status_on(life, day) is expected


@given(st.dates(), st.dates(), st.integers(0, 4000))
def test_a_certificate_is_valid_exactly_from_its_first_to_its_last_day(day, start, length):
    if start > D(9980, 1, 1):
        return
    life = Life(start, start, start + dt.timedelta(days=length))
    assert (rules.status_on(life, day) is Status.VALID) == (start <= day <= life.valid_until)


def test_numbers_are_written_with_prefix_year_and_six_digits():
    assert rules.number_text("CDSGY", 2026, 1) == "CDSGY-2026-000001"
    assert rules.number_text("CDSGY", 2026, 1_234_567) == "CDSGY-2026-1234567"


@pytest.mark.parametrize(
    "typed",
    [
        "CDSGY-2026-000001",
        " cdsgy-2026-000001 ",
        "ＣＤＳＧＹ－２０２６－０００００１",
        "CDSGY 2026 000001",
        "CDSGY—2026—000001",
    ],
)
def test_a_number_is_known_however_it_is_typed(typed):
    assert rules.plain_number(typed) == "CDSGY-2026-000001"


@pytest.mark.parametrize("typed", ["阿依古丽·买买提", "阿依古丽•买买提", "阿依古丽．买买提", " 阿依古丽 · 买买提 "])
def test_a_name_is_known_whatever_dot_the_keyboard_has(typed):
    assert rules.plain_name(typed) == rules.plain_name("阿依古丽·买买提")


def test_another_name_stays_another_name():
    assert rules.plain_name("陈思雨") != rules.plain_name("陈思宇")


@pytest.mark.parametrize(("minutes", "text"), [(720, "12"), (750, "12.5"), (45, "0.7"), (0, "0"), (63, "1")])
def test_hours_are_written_without_floats(minutes, text):
    assert rules.hours_text(minutes) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (D(2026, 11, 23), "二〇二六年十一月二十三日"),
        (D(2030, 10, 10), "二〇三〇年十月十日"),
        (D(2009, 1, 31), "二〇〇九年一月三十一日"),
        (D(2028, 2, 20), "二〇二八年二月二十日"),
    ],
)
def test_dates_in_chinese_numerals(day, text):
    assert rules.in_numerals(day) == text


@given(st.dates(D(1900, 1, 1), D(2100, 1, 1)))
def test_a_date_read_off_the_paper_in_numerals_is_the_issued_one(day):
    [compared] = rules.compare({"issued_on": day.isoformat()}, {"issued_on": rules.in_numerals(day)})
    assert compared.same


@pytest.mark.parametrize(
    ("field", "typed", "same"),
    [
        ("name", "陈 思雨", True),
        ("name", "陈思宇", False),
        ("name", "  ", None),
        ("number", "cdsgy 2026 000001", True),
        ("number", "CDSGY-2026-000002", False),
        ("id_tail", "123x", True),
        ("issued_on", "2026 年 11 月 23 日", True),
        ("issued_on", "20261123", True),
        ("issued_on", "2026/11/24", False),
        ("issued_on", "胡说十八道", False),
        ("issued_on", "十十十", False),
        ("issued_on", "²", False),
        ("issued_on", "፩፪፫፬፭፮፯፰", False),
    ],
)
def test_the_paper_is_compared_field_by_field(field, typed, same):
    issued = {"name": "陈思雨", "number": "CDSGY-2026-000001", "id_tail": "123X", "issued_on": "2026-11-23"}
    found = {one.field: one.same for one in rules.compare(issued, {field: typed})}
    assert found.pop(field) is same
    assert set(found.values()) == {None}
