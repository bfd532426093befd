"""The roster of invented people: sound, nobody's, and the same every time."""

from __future__ import annotations

import datetime as dt

import pytest

from lms.demo import roster
from lms.people import rules
from lms.people.roster.layout import COLUMNS, QUALIFICATION_WORDS

TODAY = dt.date(2026, 11, 23)
UNITS = ["武侯区/玉林街道/玉林东路社区居委会", "青羊区/少城街道/宽巷子社区居委会"]
KEYS = [column.key for column in COLUMNS]


def people(count):
    return [dict(zip(KEYS, row, strict=True)) for row in roster.rows(count, UNITS, TODAY)]


def test_every_cell_is_acceptable_and_no_number_comes_twice_when_the_roster_is_large():
    rows = people(3100)
    for row in rows:
        assert rules.checked_name(row["name"]) == row["name"]
        assert rules.checked_resident_number(row["id_number"], TODAY) == (
            row["id_number"],
            dt.date.fromisoformat(row["birth_date"]),
        )
        assert rules.checked_phone(row["phone"]) == row["phone"]
        assert rules.checked_date(row["started_on"]) <= TODAY
        assert row["unit"] in UNITS
    for key in ("id_number", "phone"):
        assert len({row[key] for row in rows}) == len(rows)


def test_numbers_belong_to_nobody_when_they_are_made():
    assert all(row["id_number"].startswith("510000") and row["phone"].startswith("154") for row in people(50))


def test_certificates_are_complete_or_missing_when_rows_are_read():
    known = {words[0] for words in QUALIFICATION_WORDS.values()}
    certified = [row for row in people(2000) if row["qualification"]]
    assert 0.2 < len(certified) / 2000 < 0.26
    for row in certified:
        assert row["qualification"] in known
        assert rules.checked_certificate_number(row["certificate_number"])
        obtained, first, last = (row[key] for key in ("obtained_on", "registered_from", "registered_until"))
        assert obtained < first < last
    numbers = [row["certificate_number"] for row in certified]
    assert len(set(numbers)) == len(numbers)
    assert all(not row[key] for row in people(50) if not row["qualification"] for key in KEYS[11:])


def test_the_same_people_come_out_when_it_is_made_again():
    assert people(40) == people(40)


def test_the_file_stays_as_it_is_when_it_is_there(tmp_path):
    path = tmp_path / "roster.xlsx"
    roster.write(path, 30, UNITS)
    first = path.read_bytes()
    roster.write(path, 30, ["别处"])
    assert path.read_bytes() == first


def test_the_walkers_are_read_from_the_file_when_it_was_written(tmp_path):
    path = tmp_path / "roster.xlsx"
    roster.write(path, 30, UNITS)
    entries = roster.read(path.read_bytes())
    assert len(entries) == 30
    assert all(rules.checked_resident_number(entry.id_number, TODAY) for entry in entries)
    assert {entry.unit for entry in entries} <= set(UNITS)


@pytest.mark.parametrize("order", [0, 1])
def test_the_number_says_man_or_woman_when_a_name_is_chosen(order):
    assert int(people(2)[order]["id_number"][16]) % 2 == order


@pytest.mark.parametrize(
    ("started", "level", "may"),
    [
        ("2022-11-22", "", True),
        ("2022-11-23", "", False),
        ("2020-01-01", "助理社会工作师", False),
    ],
)
def test_who_may_walk_has_no_certificate_and_four_years_behind_them(started, level, may):
    assert roster.Entry("王芳", "510000199001010011", UNITS[0], started, level).may_climb(TODAY) is may
