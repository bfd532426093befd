from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.credits.evidence import rules
from lms.credits.evidence.rules import Span, StepKind, Tally, Terms, Unit
from lms.kernel.dated import in_force

DAY = dt.date(2026, 9, 20)
PERIOD = (dt.date(2025, 1, 1), dt.date(2027, 12, 31))


def hours(**changes) -> Terms:
    return Terms(Unit.HOURS, 60, **changes)


def kinds(counting) -> list[str]:
    return [step.kind.value for step in counting.steps]


@pytest.mark.parametrize(
    ("terms", "halves", "minutes"),
    [
        (hours(), 8, 240),
        (hours(), 7, 210),
        (Terms(Unit.CLASS_HOURS, 45), 8, 180),
        (Terms(Unit.CLASS_HOURS, 45), 7, 157),  # 157.5: less than a minute falls away
        (Terms(Unit.DAYS, 360), 3, 540),
        (Terms(Unit.ITEM, 5400), 2, 5400),
    ],
)
def test_an_amount_becomes_minutes_of_its_own_unit(terms, halves, minutes):
    counting = rules.count(terms, halves, DAY, Tally())
    assert (counting.stated, counting.minutes) == (minutes, minutes)
    assert (StepKind.CONVERTED in {step.kind for step in counting.steps}) == (terms.unit is not Unit.HOURS)


def test_four_hours_count_three_and_a_half_when_the_year_leaves_no_more():
    counting = rules.count(hours(cap_year=600), 8, DAY, Tally(year=390))
    assert (counting.stated, counting.minutes) == (240, 210)
    assert kinds(counting) == ["stated", "year", "counted"]
    assert [(step.minutes, step.cap, step.used, step.year) for step in counting.steps][1] == (210, 600, 390, 2026)


def test_each_cap_is_applied_and_kept_in_turn():
    terms = hours(cap_activity=300, cap_year=600, cap_period=1000)
    counting = rules.count(terms, 20, DAY, Tally(350, 900, PERIOD))
    assert [(step.kind.value, step.minutes) for step in counting.steps] == [
        ("stated", 600), ("activity", 300), ("year", 250), ("period", 100), ("counted", 100),
    ]  # fmt: skip


def test_a_cap_by_period_does_not_bite_outside_every_period():
    counting = rules.count(hours(cap_period=60), 8, DAY, Tally(period=60))
    assert (counting.minutes, kinds(counting)) == (240, ["stated", "no_period", "counted"])


def test_nothing_is_left_when_a_cap_was_lowered_below_what_counts():
    assert rules.count(hours(cap_year=60), 8, DAY, Tally(year=600)).minutes == 0


def test_steps_are_kept_with_the_figures_they_rest_on_and_no_others():
    stated, converted, *_caps, counted = rules.count(Terms(Unit.CLASS_HOURS, 45), 8, DAY, Tally()).steps
    assert stated.plain() == {"kind": "stated", "minutes": 180, "halves": 8, "unit": "class_hours"}
    assert converted.plain()["unit_minutes"] == 45
    assert counted.plain() == {"kind": "counted", "minutes": 180, "unit": "hours"}
    period = rules.count(hours(cap_period=60), 8, DAY, Tally(0, 30, PERIOD)).steps[1].plain()
    assert (period["first_day"], period["last_day"], period["used"]) == ("2025-01-01", "2027-12-31", 30)


def test_the_room_left_is_none_where_nothing_caps():
    assert rules.room(hours(), DAY, Tally(900, 900, PERIOD)) is None
    assert rules.room(hours(cap_period=60), DAY, Tally()) is None
    assert rules.room(hours(cap_activity=240, cap_year=600), DAY, Tally(year=450)) == 150


@dataclass(frozen=True)
class Dated:
    valid_from: dt.date
    revision: int = 1
    is_open: bool = True
    claim_months: int = 12


def test_the_rule_in_force_is_the_latest_begun_and_the_second_of_a_day():
    first, second, later = Dated(dt.date(2024, 2, 29)), Dated(dt.date(2024, 2, 29), 2), Dated(dt.date(2026, 1, 1))
    found = [first, later, second]
    assert in_force(found, dt.date(2024, 2, 28)) is None
    assert in_force(found, dt.date(2024, 2, 29)) is second
    assert in_force(found, dt.date(2025, 12, 31)) is second
    assert in_force(found, dt.date(2026, 1, 1)) is later


def test_a_closed_kind_is_claimed_until_the_window_of_its_last_open_day_is_over():
    opened, closed = Dated(dt.date(2020, 1, 1)), Dated(dt.date(2026, 3, 1), is_open=False)
    found = [opened, closed]
    assert rules.claimable(found, dt.date(2026, 2, 28)) is opened
    assert rules.claimable(found, dt.date(2027, 2, 28)) is opened
    assert rules.claimable(found, dt.date(2027, 3, 1)) is None
    assert rules.claimable(found, dt.date(2019, 12, 31)) is None
    again = Dated(dt.date(2027, 6, 1))
    assert rules.claimable([*found, again], dt.date(2027, 5, 31)) is None
    assert rules.claimable([*found, again], dt.date(2027, 6, 1)) is again
    assert rules.claimable([opened, closed, Dated(dt.date(2026, 4, 1), is_open=False)], dt.date(2026, 9, 1)) is opened


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), 48, dt.date(2028, 2, 29)),
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2025, 12, 31), 12, dt.date(2026, 12, 31)),
    ],
)
def test_the_last_day_to_claim(day, months, last):
    assert rules.last_claim_day(day, months) == last


@pytest.mark.parametrize(
    ("first", "last", "faults"),
    [
        (DAY, DAY, []),
        (DAY, DAY + dt.timedelta(days=1), [("last_day", "future")]),
        (DAY, DAY - dt.timedelta(days=1), [("last_day", "before_start")]),
        (dt.date(1, 1, 1), DAY, [("first_day", "too_long")]),
        (dt.date(9999, 12, 31), dt.date(9999, 1, 1), [("last_day", "future"), ("last_day", "before_start")]),
    ],
)
def test_days_that_cannot_be_are_named(first, last, faults):
    assert list(rules.day_faults(first, last, DAY)) == faults


@pytest.mark.parametrize(
    ("terms", "halves", "days", "fault"),
    [
        (hours(), 24, 1, ""),
        (hours(), 25, 1, "absurd"),
        (hours(), 0, 1, "nothing"),
        (hours(), -1, 1, "nothing"),
        (hours(), 10**9, 3000, "absurd"),
        (Terms(Unit.DAYS, 360), 4, 2, ""),
        (Terms(Unit.DAYS, 360), 5, 2, "more_days"),
        (Terms(Unit.ITEM, 5400), 2, 1, ""),
    ],
)
def test_amounts_that_cannot_be_are_named(terms, halves, days, fault):
    span = Span(DAY, DAY + dt.timedelta(days=days - 1), rules.converted(terms, halves))
    assert rules.amount_fault(terms, halves, span) == fault


@pytest.mark.parametrize(
    ("one", "other", "crowded"),
    [
        (Span(DAY, DAY, 360), Span(DAY, DAY, 180), True),
        (Span(DAY, DAY, 300), Span(DAY, DAY, 180), False),
        (Span(DAY, DAY, 480), Span(DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=1), 480), False),
        (Span(DAY, DAY + dt.timedelta(days=1), 720), Span(DAY, DAY, 240), True),
        (Span(dt.date(2022, 9, 1), DAY, 5400), Span(DAY, DAY, 360), False),
    ],
)
def test_days_are_crowded_when_two_activities_fill_more_than_a_full_one(one, other, crowded):
    assert rules.crowded(one, {"other": other}) == (["other"] if crowded else [])
    assert rules.crowded(other, {"one": one}) == (["one"] if crowded else [])


def test_small_activities_crowd_a_day_together():
    others = {
        "morning": Span(DAY, DAY, 240),
        "evening": Span(DAY, DAY, 120),
        "week": Span(DAY, DAY + dt.timedelta(6), 70),
    }
    assert rules.crowded(Span(DAY, DAY, 110), others) == []
    assert rules.crowded(Span(DAY, DAY, 111), others) == ["morning", "evening", "week"]
    assert rules.crowded(Span(DAY + dt.timedelta(1), DAY + dt.timedelta(1), 480), others) == ["week"]


def test_the_same_activity_written_otherwise_has_the_same_fingerprint():
    one = rules.fingerprint("个案管理（第2期）", "市社工协会", DAY, DAY)
    assert one == rules.fingerprint(" 个案管理 (第２期) ", "市社工协会。", DAY, DAY)
    assert one != rules.fingerprint("个案管理（第3期）", "市社工协会", DAY, DAY)
    assert one != rules.fingerprint("个案管理（第2期）", "市社工协会", DAY - dt.timedelta(days=1), DAY)
    assert rules.fingerprint("甲", "乙丙", DAY, DAY) != rules.fingerprint("甲乙", "丙", DAY, DAY)


caps = st.none() | st.integers(1, 900)
days = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31)) | st.sampled_from(
    [dt.date(2024, 2, 29), dt.date(2025, 12, 31), dt.date(2026, 1, 1), *PERIOD]
)


@given(
    terms=st.builds(hours, cap_activity=caps, cap_year=caps, cap_period=caps),
    actions=st.lists(st.tuples(days, st.integers(1, 24)) | st.integers(0, 30), max_size=40),
)
def test_no_cap_is_ever_exceeded_whatever_is_approved_and_reversed_in_what_order(terms, actions):
    """An action is an approval (day, halves) or the reversal of one of the entries that stand."""
    standing: list[tuple[dt.date, int]] = []

    def inside(day):
        return PERIOD[0] <= day <= PERIOD[1]

    def tally(day):
        year = sum(minutes for other, minutes in standing if other.year == day.year)
        if not inside(day):
            return Tally(year)
        return Tally(year, sum(minutes for other, minutes in standing if inside(other)), PERIOD)

    for action in actions:
        if isinstance(action, int):
            if standing:
                standing.pop(action % len(standing))
            continue
        day, halves = action
        room = rules.room(terms, day, tally(day))
        counting = rules.count(terms, halves, day, tally(day))
        assert counting.minutes == min(halves * 30, counting.stated if room is None else room)
        if counting.minutes:
            standing.append((day, counting.minutes))
        for cap, sums in (
            (terms.cap_activity, [minutes for _day, minutes in standing]),
            (terms.cap_year, [sum(m for d, m in standing if d.year == year) for year in range(2024, 2029)]),
            (terms.cap_period, [sum(m for d, m in standing if inside(d))]),
        ):
            assert cap is None or max(sums, default=0) <= cap
