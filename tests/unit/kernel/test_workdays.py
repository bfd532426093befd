from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel import workdays
from lms.kernel.workdays import PUBLISHED, WorkCalendar

DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2040, 12, 31))
CITY = WorkCalendar()


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (dt.date(2026, 3, 2), 5, dt.date(2026, 3, 9)),  # a plain week: the day it starts on does not count
        (dt.date(2026, 2, 13), 1, dt.date(2026, 2, 14)),  # a Saturday worked for the Spring Festival
        (dt.date(2026, 2, 14), 1, dt.date(2026, 2, 24)),  # nine days off
        (dt.date(2026, 9, 30), 1, dt.date(2026, 10, 8)),  # the National Day week
        (dt.date(2026, 9, 30), 3, dt.date(2026, 10, 10)),  # and the Saturday worked for it
        (dt.date(2024, 2, 28), 1, dt.date(2024, 2, 29)),  # a leap day is a Thursday like any other
        (dt.date(2024, 2, 29), 1, dt.date(2024, 3, 1)),
    ],
)
def test_a_term_ends_on_its_last_working_day(start, days, last):
    assert CITY.add(start, days) == last


def test_an_officers_entry_comes_before_the_published_arrangements():
    holiday, makeup = dt.date(2026, 10, 1), dt.date(2026, 10, 10)
    assert (CITY.is_working(holiday), CITY.is_working(makeup)) == (False, True)
    changed = WorkCalendar({holiday: True, makeup: False})
    assert (changed.is_working(holiday), changed.is_working(makeup)) == (True, False)
    assert changed.add(dt.date(2026, 9, 30), 1) == holiday


def test_a_year_without_published_arrangements_falls_back_to_the_week():
    unknown = dt.date(PUBLISHED[-1] + 10, 10, 1)
    assert not workdays.is_published(unknown)
    week = [unknown + dt.timedelta(days=offset) for offset in range(7)]
    assert [CITY.is_working(day) for day in week] == [day.weekday() < 5 for day in week]
    assert workdays.festival(unknown) is None
    assert not WorkCalendar({unknown: False}).is_working(unknown)


def test_a_term_over_the_turn_to_an_unknown_year_goes_on_counting():
    last_known = dt.date(PUBLISHED[-1], 12, 31)
    day = CITY.add(last_known, 10)
    assert day.year == last_known.year + 1
    assert day.weekday() < 5


def test_a_published_day_names_its_festival_in_both_languages():
    assert workdays.festival(dt.date(2026, 10, 1)) == {"zh_CN": "国庆节", "en": "National Day"}
    assert workdays.festival(dt.date(2026, 10, 10)) == {"zh_CN": "国庆节", "en": "National Day"}
    assert workdays.festival(dt.date(2026, 3, 3)) is None


@pytest.mark.parametrize("days", [-1, 1001])
def test_a_term_must_have_a_sensible_length(days):
    with pytest.raises(ValueError, match="working days"):
        CITY.add(dt.date(2026, 3, 2), days)


@given(DAYS, st.integers(1, 60), st.dictionaries(DAYS, st.booleans(), max_size=8))
def test_between_start_and_last_day_stand_exactly_so_many_working_days(start, days, entered):
    calendar = WorkCalendar(entered)
    last = calendar.add(start, days)
    between = [start + dt.timedelta(days=offset) for offset in range(1, (last - start).days + 1)]
    assert sum(calendar.is_working(day) for day in between) == days
    assert calendar.is_working(last)


@given(DAYS, st.integers(1, 40), st.integers(1, 40))
def test_two_terms_one_after_the_other_are_as_long_as_both_together(start, first, second):
    assert CITY.add(CITY.add(start, first), second) == CITY.add(start, first + second)
