"""Marks and who graduates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.classes.rules.grading import Cause, Facts, GradeState, Limits, grade, verdict

LIMITS = Limits(warn_percent=10, absent_percent=20, missing_assignments=1, warn_days=3, pass_points=60)
points = st.integers(0, 100)


@given(points, points, points, st.integers(0, 100))
def test_a_capstone_is_the_mean_of_two_who_agree_else_of_the_third_and_the_nearer(first, second, third, gap):
    two = grade({1: first, 2: second}, capstone=True, gap=gap)
    if abs(first - second) <= gap:
        assert two.halves == first + second
        return
    assert two.state is GradeState.THIRD
    halves = grade({1: first, 2: second, 3: third}, capstone=True, gap=gap).halves
    nearest = min(abs(first - third), abs(second - third))
    assert halves == third + max(one for one in (first, second) if abs(one - third) == nearest)


def test_ordinary_work_has_one_mark_and_a_capstone_waits_for_the_second():
    assert grade({}, capstone=False, gap=10).state is GradeState.UNMARKED
    assert grade({1: 59}, capstone=False, gap=10).points == 59
    assert grade({1: 80}, capstone=True, gap=10).state is GradeState.SECOND
    assert grade({1: 80, 2: 85}, capstone=True, gap=10).points == 82.5
    assert not grade({1: 59, 2: 60}, capstone=True, gap=10).passes(60)


def facts(**values):
    return Facts(**({"planned": 1000, "held": 1000, "attended": 1000} | values))


def test_elimination_comes_only_days_after_a_warning_of_the_same_cause():
    at_limit, over = facts(attended=800), facts(attended=799)
    assert verdict(at_limit, LIMITS).warn == [Cause.ABSENCE]
    assert verdict(at_limit, LIMITS).graduates
    assert verdict(over, LIMITS).eliminate == []
    for warned, allowed in (
        ({Cause.ABSENCE: 2}, []),
        ({Cause.ABSENCE: 3}, [Cause.ABSENCE]),
        ({Cause.ASSIGNMENTS: 9}, []),
    ):
        assert verdict(facts(attended=799, warned=warned), LIMITS).eliminate == allowed
    assert verdict(facts(attended=799, warned={Cause.ABSENCE: 0}), LIMITS).warn == []


def test_excused_time_is_not_absence_and_missing_work_is_counted():
    assert facts(attended=700, excused=300).absent == 0
    assert verdict(facts(missing=1), LIMITS).warn == [Cause.ASSIGNMENTS]
    assert verdict(facts(missing=1), LIMITS).graduates
    assert verdict(facts(missing=2), LIMITS).lacking == [Cause.ASSIGNMENTS]
    assert not verdict(facts(unmarked=1), LIMITS).decided
    assert verdict(facts(failed=1), LIMITS).decided
    assert not verdict(facts(failed=1), LIMITS).graduates


def test_who_had_no_meeting_of_a_class_does_not_graduate_and_is_not_blamed():
    found = verdict(facts(planned=0, held=0, attended=0), LIMITS)
    assert (found.warn, found.eliminate, found.lacking) == ([], [], [Cause.ABSENCE])


@given(st.integers(1, 5000), st.data())
def test_percentages_are_exact_at_the_limit(planned, data):
    absent = data.draw(st.integers(0, planned))
    found = verdict(Facts(planned=planned, held=planned, attended=planned - absent), LIMITS)
    assert (Cause.ABSENCE in found.lacking) == (absent * 5 > planned)
