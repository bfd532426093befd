from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.credits.cycles import rules
from lms.credits.cycles.accounts import sums
from lms.credits.cycles.models import RANK
from lms.credits.cycles.rules import Opened, Plan, Reason, Registered, Span, Status, Sums
from lms.credits.obligations.rules import Terms, TimeUnit
from lms.credits.rules import Line, reversal_of
from lms.kernel.clock import last_day_of, months_later

REGISTRATION = Terms(
    is_on=True, unit=TimeUnit.HOURS, unit_minutes=60, asked={"assistant": 72, "intermediate": 90}, late_months=12
)
YEAR = Terms(
    is_on=True, unit=TimeUnit.CLASS_HOURS, unit_minutes=45, asked={"assistant": 90}, parts=2, whole=3
)  # fmt: skip
ME = uuid.UUID(int=1)
SPAN = Span(dt.date(2025, 1, 1), dt.date(2027, 12, 31), "assistant")

some = st.none() | st.integers(0, 80)
policies = st.builds(
    Terms,
    is_on=st.just(True),
    unit=st.just(TimeUnit.HOURS),
    unit_minutes=st.sampled_from([60]),
    asked=st.fixed_dictionaries({"assistant": st.integers(1, 40)}),
    parts=st.integers(0, 3),
    whole=st.just(3),
    cap_professional=some,
    cap_public=some,
    carry_most=st.integers(0, 40),
    carry_months=st.none() | st.integers(1, 12),
)
first_days = st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31)) | st.sampled_from(
    [dt.date(2024, 2, 29), dt.date(2028, 2, 29), dt.date(2027, 8, 31)]
)


@st.composite
def histories(draw):
    """Cycles one after the other over forty years, and entries with some of them reversed."""
    first, months = draw(first_days), draw(st.sampled_from([12, 36]))
    starts = [months_later(first, months * number) for number in range(480 // months)]
    spans = [Span(start, last_day_of(start, months), "assistant") for start in starts]
    spans = [
        replace(span, last_day=min(span.last_day, after.first_day - dt.timedelta(days=1)))
        for span, after in itertools.pairwise(spans)
    ] + spans[-1:]
    lines = []
    for number in range(draw(st.integers(0, 25))):
        day = first + dt.timedelta(days=draw(st.integers(0, 365 * 40)))
        category = draw(st.sampled_from(["professional", "public"]))
        line = Line(uuid.UUID(int=100 + number), ME, draw(st.integers(1, 3000)), category, day)
        lines.append(line)
        if draw(st.integers(0, 4)) == 0:
            lines.append(reversal_of(line, uuid.UUID(int=500 + number)))
    return spans, lines


END = dt.date(2099, 1, 1)


def balances(terms, spans, lines, on=END):
    found, handed_on = [], 0
    for span in spans:
        in_it = sums(lines, span, on)
        found.append(rules.balance(terms, span, in_it, handed_on, on))
        handed_on = rules.surplus(terms, span, in_it)
    return found


@settings(max_examples=40)
@given(policies, histories(), st.randoms(use_true_random=False))
def test_the_balance_is_that_of_the_entries_in_whatever_order_they_were_written(terms, history, chance):
    spans, lines = history
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert balances(terms, spans, shuffled) == balances(terms, spans, lines)
    for span, found in zip(spans, balances(terms, spans, lines), strict=True):
        told = rules.line_by_line(terms, span, shuffled, END)
        assert sum(one.counted for one in told.values()) == found.professional + found.public
        assert all(0 <= one.counted <= max(0, one.minutes) for one in told.values())


@settings(max_examples=40)
@given(policies, histories())
def test_no_cap_is_ever_exceeded_and_nothing_reversed_counts(terms, history):
    spans, lines = history
    undone = {line.reverses_id for line in lines if line.reverses_id}
    for span, found in zip(spans, balances(terms, spans, lines), strict=True):
        most = terms.most_public(found.required)
        assert most is None or found.public <= most
        assert terms.cap_professional is None or found.professional <= terms.cap_professional * 60
        told = rules.line_by_line(terms, span, lines, END)
        assert all(not one.counted for one in told.values() if one.entry_id in undone)
        assert found.missing == max(0, found.required - found.counted)


@settings(max_examples=40)
@given(policies, histories())
def test_no_minute_counts_twice_towards_what_is_owed(terms, history):
    spans, lines = history
    found = balances(terms, spans, lines)
    own = sum(one.professional + one.public for one in found)
    needed = sum(min(one.required, one.professional + one.public) + one.carried for one in found)
    assert needed <= own
    for span, after in zip(spans, found[1:], strict=False):
        assert after.carried <= min(rules.surplus(terms, span, sums(lines, span, END)), terms.carry_most * 60)


@given(first_days, st.integers(1, 36), st.integers(0, 36))
def test_window_and_late_days_stand_around_the_last_day(first, window, late):
    terms = replace(REGISTRATION, window_months=window, late_months=late)
    span = Span(first, last_day_of(first, 36), "assistant")
    days = rules.dates(terms, span)
    assert span.first_day <= days.window_from <= span.last_day <= days.late_until
    assert months_later(days.window_from, window) <= span.last_day + dt.timedelta(days=1) or days.window_from == first
    assert (days.late_until == span.last_day) == (late == 0)


def test_the_window_opens_three_months_before_the_end():
    for last, opens in (("2029-02-28", "2028-12-01"), ("2029-11-22", "2029-08-23"), ("2028-02-29", "2027-12-01")):
        span = replace(SPAN, last_day=dt.date.fromisoformat(last))
        assert rules.dates(REGISTRATION, span).window_from == dt.date.fromisoformat(opens)


def test_why_three_and_a_half_of_four_counted():
    """90 学时 of 45 minutes, a third of them public: 30 学时 = 1350 minutes count of public subjects."""
    span = Span(dt.date(2026, 1, 1), dt.date(2026, 12, 31), "assistant", renewed=False)
    first = Line(uuid.UUID(int=2), ME, 1140, "public", dt.date(2026, 3, 1))
    second = Line(uuid.UUID(int=3), ME, 240, "public", dt.date(2026, 4, 1))
    told = rules.line_by_line(YEAR, span, [second, first], END)
    one = told[second.id]
    assert (one.minutes, one.counted, one.reason) == (240, 210, Reason.SHARE)
    assert (one.limit, one.before) == (1350, 1140)
    assert told[first.id].reason is Reason.COUNTED


@pytest.mark.parametrize(
    ("on", "professional", "freed", "expected"),
    [
        ("2024-12-31", 0, False, Status.COMING),
        ("2024-12-31", 0, True, Status.COMING),
        ("2025-01-01", 0, False, Status.ASSIGNED),
        ("2026-01-01", 60, False, Status.IN_PROGRESS),
        ("2026-01-01", 72 * 60, False, Status.MET),
        ("2027-10-01", 60, False, Status.WINDOW_OPEN),
        ("2027-12-31", 72 * 60, False, Status.MET),
        ("2028-01-01", 72 * 60, False, Status.OVERDUE),
        ("2028-12-31", 0, False, Status.OVERDUE),
        ("2029-01-01", 0, False, Status.EXPIRED),
        ("2027-10-01", 0, True, Status.FREED),
        ("2029-01-01", 0, True, Status.EXPIRED),
    ],
)
def test_status_by_day_and_minutes(on, professional, freed, expected):
    day, span = dt.date.fromisoformat(on), replace(SPAN, freed=freed)
    found = rules.balance(REGISTRATION, span, Sums(professional), 0, day)
    assert rules.status(REGISTRATION, span, found, day) is expected


def test_what_counted_on_the_last_day_counts_for_ever():
    """Also what was carried over: a renewal made late is not short of what it had the day before."""
    whole, months = replace(REGISTRATION, carry_most=10), replace(REGISTRATION, carry_most=10, carry_months=12)
    for terms, carried in ((whole, 600), (months, 0)):
        last, after = (
            rules.balance(terms, SPAN, Sums(62 * 60), 600, day)
            for day in (SPAN.last_day, SPAN.last_day + dt.timedelta(days=1))
        )
        assert (last.carried, after.carried) == (carried, carried)
    within = rules.balance(months, SPAN, Sums(62 * 60), 600, dt.date(2025, 12, 31))
    assert (within.carried, within.missing) == (600, 0)


def test_a_year_that_was_met_is_met_for_ever():
    span = Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31), "assistant", renewed=False)
    found = rules.balance(YEAR, span, Sums(90 * 45), 0, END)
    assert rules.status(YEAR, span, found, END) is Status.MET


@given(policies, first_days, st.integers(0, 5000), st.integers(0, 3000))
def test_nothing_changes_before_the_next_change(terms, first, professional, handed_on):
    """The day that the standing table waits for is the first on which anything can be different."""
    span = Span(first, last_day_of(first, 12), "assistant")
    in_it = Sums(professional)

    def on(day):
        found = rules.balance(terms, span, in_it, handed_on, day)
        return found, rules.status(terms, span, found, day)

    day = first
    for _step in range(6):
        after = rules.next_change(terms, span, in_it, day)
        if after is None:
            assert on(day) == on(day + dt.timedelta(days=4000))
            break
        assert on(after - dt.timedelta(days=1)) == on(day)
        day = after


def test_cycles_follow_what_people_records():
    old = Opened(uuid.UUID(int=7), dt.date(2022, 1, 1), dt.date(2024, 12, 31), "assistant")
    renewed = Registered(dt.date(2025, 1, 1), dt.date(2027, 12, 31), "assistant")
    assert rules.plan([renewed], [old], RANK) == Plan(open=(renewed,))
    longer = replace(renewed, last_day=dt.date(2028, 1, 31))
    there = Opened(uuid.UUID(int=8), renewed.first_day, renewed.last_day, "assistant")
    assert rules.plan([longer], [old, there], RANK) == Plan(put_right=((there.id, longer),))
    moved = replace(renewed, first_day=dt.date(2025, 2, 1))
    assert rules.plan([moved], [old, there], RANK) == Plan(open=(moved,), set_aside=(there.id,))
    higher = replace(renewed, level="intermediate")
    assert rules.plan([higher, renewed], [], RANK) == Plan(open=(higher,))
