"""Hours and completion by the rules alone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.kernel.dated import in_force
from lms.practice.rules import (
    DAY,
    Figures,
    Progress,
    Signed,
    Span,
    most_at_once,
    progress,
    reflects,
    span_faults,
    suggestion,
    term_faults,
)

MONDAY = dt.date(2026, 11, 23)
FIGURES = Figures(least_minutes=2400, day_minutes=480, reflections=4, reflection_chars=50, counted_percent=50)
TERM = (MONDAY - dt.timedelta(days=30), MONDAY + dt.timedelta(days=30))
NOON = (MONDAY, 12 * 60)
minute = st.integers(0, DAY)


def codes(start, end, *, day=MONDAY - dt.timedelta(days=1), others=(), now=NOON):
    return [(one.field, one.code) for one in span_faults(Span(day, start, end), FIGURES, TERM, now, others)]


def test_hours_that_may_be_logged_have_no_fault():
    assert codes(540, 720) == []
    assert codes(540, 720, day=MONDAY) == []


def test_each_reason_against_hours_is_named():
    yesterday = MONDAY - dt.timedelta(days=1)
    assert codes(720, 540) == [("end", "reversed")]
    assert codes(540, 541, day=MONDAY + dt.timedelta(days=1)) == [("day", "future")]
    assert codes(540, 721, day=MONDAY) == [("end", "not_over")]
    assert codes(540, 600, day=TERM[0] - dt.timedelta(days=1)) == [("day", "outside")]
    assert codes(540, 600, others=[Span(yesterday, 599, 700)]) == [("start", "overlap")]
    assert codes(540, 600, others=[Span(yesterday, 600, 1020)]) == []
    assert codes(540, 601, others=[Span(yesterday, 601, 1021)]) == [("end", "too_much")]
    assert codes(540, 1021) == [("end", "too_much")]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(minute, minute), max_size=12))
def test_accepted_logs_of_a_day_never_share_a_minute_nor_exceed_the_days_most(pairs):
    taken = []
    for start, end in pairs:
        if not codes(start, end, others=taken):
            taken.append(Span(MONDAY - dt.timedelta(days=1), start, end))
    minutes = [one for span in taken for one in range(span.start, span.end)]
    assert len(minutes) == len(set(minutes)) <= FIGURES.day_minutes


@given(st.integers(0, DAY - 1), st.integers(1, 600), st.lists(st.tuples(minute, minute), max_size=4))
def test_what_a_form_begins_with_is_over_and_overlaps_nothing_that_is(now, length, pairs):
    others = [Span(MONDAY, *sorted(pair)) for pair in pairs if pair[0] != pair[1] and max(pair) <= now]
    found = suggestion((MONDAY, now), length, others)
    if found is not None:
        assert 0 <= found.start < found.end <= now
        assert found.minutes <= length
        assert not any(found.touches(other) for other in others)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8), st.integers(0, 40), st.integers(0, 40))
def test_the_most_at_once_is_what_counting_day_by_day_gives(pairs, one, two):
    def day(number):
        return MONDAY + dt.timedelta(days=number)

    terms = [tuple(map(day, sorted(pair))) for pair in pairs]
    first, last = sorted((one, two))
    brute = max(sum(a <= day(at) <= b for a, b in terms) for at in range(first, last + 1))
    assert most_at_once(terms, (day(first), day(last))) == brute


@given(st.lists(st.tuples(st.integers(1, 480), st.booleans(), st.booleans()), max_size=20))
def test_the_record_adds_up_to_what_was_not_undone(rows):
    lines = [Signed(minutes, reflected) for minutes, reflected, _undone in rows]
    lines += [Signed(-minutes, reflected) for minutes, reflected, undone in rows if undone]
    found = progress(FIGURES, lines)
    stands = [(minutes, reflected) for minutes, reflected, undone in rows if not undone]
    assert found.minutes == sum(minutes for minutes, _reflected in stands)
    assert found.reflections == sum(reflected for _minutes, reflected in stands)
    assert 0 <= found.percent <= 100
    assert found.counted * 2 in {found.minutes, found.minutes - 1}


def test_completion_needs_both_hours_and_reflections():
    assert not Progress(2399, 4, FIGURES).met
    assert not Progress(2400, 3, FIGURES).met
    assert Progress(2400, 4, FIGURES).met
    assert Progress(2399, 3, FIGURES).missing_minutes == Progress(0, 3, FIGURES).missing_reflections == 1


def test_a_reflection_is_measured_without_its_blanks():
    assert reflects("字" * 50, FIGURES)
    assert not reflects(" 字\n" * 49, FIGURES)
    assert not reflects("", Figures(1, 1, 1, 0, 0))


def test_a_placements_days_are_checked():
    later = MONDAY + dt.timedelta(days=731)
    assert [one.code for one in term_faults(MONDAY, MONDAY, earliest=MONDAY)] == []
    assert [one.code for one in term_faults(MONDAY, later, earliest=later)] == ["too_early", "too_long"]
    assert [one.code for one in term_faults(later, MONDAY, earliest=MONDAY)] == ["before_start"]


def test_the_last_figures_set_for_a_day_are_in_force():
    rules = [
        SimpleNamespace(valid_from=MONDAY, revision=1),
        SimpleNamespace(valid_from=MONDAY, revision=2),
        SimpleNamespace(valid_from=MONDAY + dt.timedelta(days=9), revision=1),
    ]
    assert in_force(rules, MONDAY + dt.timedelta(days=8)) is rules[1]
    assert in_force(rules, MONDAY - dt.timedelta(days=1)) is None
