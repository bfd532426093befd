"""Rate, cap, last days, and what is owed by who leaves early: against brute force, leap days included."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lms_tuition import rules
from lms_tuition.rules import Cost, ServiceFrom, Terms, Timing

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2060, 12, 31))
FEN = st.integers(1, rules.MOST_FEN)


def terms(**changes) -> Terms:
    values = {
        "level": "bachelor", "title": {"zh_CN": "本科"}, "rate_percent": 80, "cap_fen": 2_000_000,
        "costs": frozenset({Cost.TUITION, Cost.DEFENCE}), "timing": Timing.TERM, "service_months": 36,
        "service_from": ServiceFrom.PAYMENT, "claim_days": 365,
    }  # fmt: skip
    return Terms(**(values | changes))


@given(st.integers(1, 100), FEN, st.lists(FEN, max_size=6))
def test_claims_one_after_another_never_pass_the_cap_nor_the_rate(rate, cap, claimed):
    one, drawn = terms(rate_percent=rate, cap_fen=cap), 0
    for fen in claimed:
        reckoning = rules.reckon(one, fen, drawn)
        assert reckoning.rated_fen <= Fraction(fen * rate, 100) < reckoning.rated_fen + 1
        assert reckoning.amount_fen == min(reckoning.rated_fen, cap - drawn)
        drawn += reckoning.amount_fen
    assert drawn <= cap


def test_an_amount_is_the_rate_of_the_payable_costs_up_to_what_the_cap_leaves():
    assert rules.reckon(terms(), 800_001, 0).amount_fen == 640_000
    assert rules.reckon(terms(), 800_000, 1_900_000).amount_fen == 100_000
    assert rules.reckon(terms(), 800_000, 2_000_000).amount_fen == 0


def days_of(spell):
    day = spell.first_day
    while day <= spell.last_day:
        yield day
        day += dt.timedelta(days=1)


@given(FEN, DAYS, st.integers(1, 60), st.integers(-400, 3000))
def test_what_is_owed_is_the_share_of_the_days_not_served(paid, paid_on, months, later):
    spell = rules.service(terms(service_months=months), paid_on, None)
    assert spell is not None
    left_on = paid_on + dt.timedelta(days=later)
    days = list(days_of(spell))
    unserved = [day for day in days if day > left_on]
    owed = rules.owed(paid, spell, left_on)
    assert (owed.days, owed.left_days) == (len(days), len(unserved))
    exact = Fraction(paid * len(unserved), len(days))
    assert owed.fen <= exact < owed.fen + 1, "never more than the share (Labour Contract Law art. 22)"
    assert owed.fen <= paid
    if unserved:
        assert rules.owed(paid, spell, left_on + dt.timedelta(days=1)).fen <= owed.fen


@given(DAYS, st.integers(1, 120))
def test_service_begins_the_day_after_and_ends_in_the_month_it_should(paid_on, months):
    spell = rules.service(terms(service_months=months), paid_on, None)
    assert spell is not None
    assert spell.first_day == paid_on + dt.timedelta(days=1)
    year, month = divmod(paid_on.year * 12 + paid_on.month - 1 + months, 12)
    assert (spell.last_day.year, spell.last_day.month) == (year, month + 1)
    assert spell.last_day.day <= paid_on.day


@pytest.mark.parametrize(
    ("paid_on", "months", "last", "days"),
    [
        ("2024-02-29", 12, "2025-02-28", 365),
        ("2024-02-29", 48, "2028-02-29", 1461),
        ("2025-02-28", 36, "2028-02-28", 1095),
        ("2026-08-31", 6, "2027-02-28", 181),
        ("2026-09-28", 36, "2029-09-28", 1096),
    ],
)
def test_terms_over_leap_days(paid_on, months, last, days):
    spell = rules.service(terms(service_months=months), dt.date.fromisoformat(paid_on), None)
    assert spell is not None
    assert (spell.last_day, spell.days) == (dt.date.fromisoformat(last), days)


def test_who_leaves_on_the_last_day_owes_nothing_and_who_leaves_at_once_everything():
    spell = rules.service(terms(), dt.date(2026, 9, 28), None)
    assert spell is not None
    assert rules.owed(640_000, spell, spell.last_day).fen == 0
    assert rules.owed(640_000, spell, dt.date(2026, 9, 28)).fen == 640_000
    assert rules.owed(640_000, spell, dt.date(2026, 9, 29)).fen == 640_000 * 1095 // 1096


def test_service_that_waits_for_the_graduation_has_not_begun():
    waiting = terms(service_from=ServiceFrom.GRADUATION)
    assert rules.service(waiting, dt.date(2026, 9, 28), None) is None
    assert rules.awaits_graduation(waiting, None)
    assert rules.owed_in_full(640_000).fen == 640_000
    begun = rules.service(waiting, dt.date(2026, 9, 28), dt.date(2029, 6, 30))
    assert begun is not None
    assert begun.first_day == dt.date(2029, 7, 1)
    assert rules.service(terms(service_months=0), dt.date(2026, 9, 28), None) is None
    assert not rules.awaits_graduation(terms(service_months=0, service_from=ServiceFrom.GRADUATION), None)


def test_the_last_day_to_claim_goes_by_the_voucher_or_the_graduation():
    issued, graduated = dt.date(2026, 9, 1), dt.date(2029, 6, 30)
    assert rules.last_day(terms(), issued, None) == dt.date(2027, 9, 1)
    late = terms(timing=Timing.GRADUATION)
    assert rules.last_day(late, issued, None) is None
    assert rules.last_day(late, issued, graduated) == dt.date(2030, 6, 30)
