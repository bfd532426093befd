from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.credits.registration import rules
from lms.credits.registration.rules import Kind, State, Window
from lms.kernel.clock import months_later

days = st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)) | st.sampled_from(
    [dt.date(2024, 2, 29), dt.date(2028, 2, 29)]
)


@pytest.mark.parametrize(
    ("on", "window"),
    [
        ("2025-06-14", Window.NOT_YET),
        ("2025-06-15", Window.OPEN),
        ("2026-06-15", Window.OPEN),
        ("2026-06-16", Window.LATE),
        ("2026-12-15", Window.LATE),
        ("2026-12-16", Window.OVER),
    ],
)
def test_first_registration_is_applied_for_within_a_year(on, window):
    assert rules.first_days(dt.date(2025, 6, 15), 12, 6).on(dt.date.fromisoformat(on)) is window


@given(days, st.integers(0, 90), st.integers(0, 120), st.sampled_from([12, 36]))
def test_a_renewal_asked_for_in_time_leaves_no_gap_and_no_overlap_whenever_it_is_approved(last, early, took, months):
    applied = last - dt.timedelta(days=early)
    first, until = rules.term(Kind.RENEWAL, last, applied, applied + dt.timedelta(days=took), months)
    assert first == last + dt.timedelta(days=1)
    assert months_later(first, months) - dt.timedelta(days=1) <= until <= months_later(first, months)


@given(days, st.integers(1, 400), st.integers(0, 120))
def test_a_late_renewal_and_a_first_registration_begin_on_the_day_of_approval(last, later, took):
    applied = last + dt.timedelta(days=later)
    approved = applied + dt.timedelta(days=took)
    assert rules.term(Kind.RENEWAL, last, applied, approved, 36)[0] == approved
    assert rules.term(Kind.FIRST, None, applied, approved, 36)[0] == approved


def test_three_years_from_29_february_end_on_28_february():
    day = dt.date(2024, 2, 29)
    assert rules.term(Kind.FIRST, None, day, day, 36) == (day, dt.date(2027, 2, 28))


@pytest.mark.parametrize(
    ("step", "outcome", "last", "state"),
    [
        (1, "approved", False, State.FIRST_PASSED),
        (2, "approved", True, None),
        (1, "approved", True, None),
        (1, "returned", False, State.RETURNED),
        (1, "rejected", False, State.FIRST_FAILED),
        (2, "rejected", True, State.FINAL_FAILED),
    ],
)
def test_the_state_follows_the_checks(step, outcome, last, state):
    assert rules.decided(step, outcome, last=last) is state
