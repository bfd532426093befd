from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.credits.obligations import rules
from lms.credits.obligations.rules import Obligation, Terms, TimeUnit

SOUND = Terms(is_on=True, unit=TimeUnit.HOURS, unit_minutes=60, asked={"assistant": 72})


@dataclass(frozen=True)
class Dated:
    valid_from: dt.date
    revision: int
    running: bool = False


days = st.dates(dt.date(2020, 1, 1), dt.date(2020, 2, 10))
versions = st.lists(
    st.builds(Dated, days, st.integers(1, 3), st.booleans()),
    min_size=1,
    max_size=8,
    unique_by=lambda one: (one.valid_from, one.revision),
)


@given(versions, days, st.integers(0, 20), days)
def test_the_ruling_version_is_the_latest_that_may(versions, first, length, on):
    last = first + dt.timedelta(days=length)
    found = rules.ruling(rules.in_order(versions), first, last, on)
    counting = [
        one for one in versions if one.revision == max(x.revision for x in versions if x.valid_from == one.valid_from)
    ]
    may = [
        one
        for one in counting
        if one.valid_from <= first or (one.running and one.valid_from <= on and one.valid_from <= last)
    ]
    assert found == (max(may, key=lambda one: one.valid_from) if may else min(counting, key=lambda one: one.valid_from))


@given(versions, days)
def test_a_version_that_does_not_reach_cycles_under_way_leaves_them_alone(versions, first):
    calm = [replace(one, running=False) for one in versions]
    ordered = rules.in_order(calm)
    end = first + dt.timedelta(days=400)
    assert rules.ruling(ordered, first, end, first) == rules.ruling(ordered, first, end, end)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit_minutes": 45}, "unit_minutes"),
        ({"asked": {}}, "assistant"),
        ({"asked": {"assistant": 0}}, "assistant"),
        ({"asked": {"uncertified": 10}}, "uncertified"),
        ({"parts": 4, "whole": 3}, "parts"),
        ({"cap_professional": 40, "parts": 2, "whole": 3}, "cap_professional"),
        ({"cap_professional": 40, "cap_public": 31}, "cap_professional"),
        ({"window_months": 0}, "window_months"),
        ({"carry_months": 0}, "carry_months"),
        ({"carry_most": -1}, "carry_most"),
    ],
)
def test_what_cannot_be_is_named(changes, field):
    assert [name for name, _code in rules.faults(Obligation.REGISTRATION, replace(SOUND, **changes))] == [field]


def test_sound_terms_have_no_fault():
    assert list(rules.faults(Obligation.REGISTRATION, SOUND)) == []
    year = replace(SOUND, unit=TimeUnit.CLASS_HOURS, unit_minutes=45, asked={"uncertified": 90}, parts=2, whole=3)
    assert list(rules.faults(Obligation.YEAR, year)) == []
    assert year.most_public(90 * 45) == 30 * 45


def test_the_share_leaves_a_third_to_public_subjects_and_rounds_against_them():
    assert replace(SOUND, parts=2, whole=3).most_public(100) == 33
