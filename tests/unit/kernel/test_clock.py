from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel import clock

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))


def test_the_citys_day_begins_at_midnight_in_the_city():
    last_second = dt.datetime(2026, 5, 3, 15, 59, 59, tzinfo=dt.UTC)
    with clock.frozen(last_second):
        assert clock.today() == dt.date(2026, 5, 3)
    with clock.frozen(last_second + dt.timedelta(seconds=1)):
        assert clock.today() == dt.date(2026, 5, 4)
    assert clock.start_of_day(dt.date(2026, 5, 4)) == last_second + dt.timedelta(seconds=1)


def test_the_clock_runs_again_after_it_was_frozen():
    with clock.frozen(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)):
        assert clock.now().year == 2020
    assert clock.now().year > 2020
    assert clock.now().tzinfo is dt.UTC


@given(DAYS)
def test_the_day_of_its_own_beginning_is_the_day(day):
    assert clock.local_date(clock.start_of_day(day)) == day


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (dt.date(2026, 3, 1), 36, dt.date(2029, 2, 28)),
        (dt.date(2026, 11, 23), 36, dt.date(2029, 11, 22)),
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), 48, dt.date(2028, 2, 28)),
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 1), 1, dt.date(2026, 1, 31)),
    ],
)
def test_the_last_valid_day_of_a_term(start, months, last):
    assert clock.last_day_of(start, months) == last


@given(DAYS, st.integers(1, 240))
def test_terms_in_a_row_neither_overlap_nor_leave_a_gap_when_the_day_exists(day, months):
    if day.day <= 28:
        assert clock.last_day_of(day, months) + dt.timedelta(days=1) == clock.months_later(day, months)


@given(DAYS, st.integers(-240, 240))
def test_going_some_months_on_and_back_ends_on_the_same_day_unless_the_month_was_too_short(day, months):
    there = clock.months_later(day, months)
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
    assert there.day <= day.day
    if day.day <= 28:
        assert clock.months_later(there, -months) == day
