from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning import rules

NOON = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def credit(claimed, *, now, until=NOON, opened=NOON, cap=HOUR):
    return rules.credit(claimed, now=now, credited_until=until, opened_at=opened, offline_cap=cap)


def test_an_honest_claim_is_credited_whole():
    assert credit(20, now=after(21)) == (20, after(20))


def test_a_claim_is_never_worth_more_than_the_time_since_the_last_credit():
    assert credit(20, now=after(27), until=after(20)) == (7, after(27))
    assert credit(20, now=after(20), until=after(20)) == (0, after(20))


def test_time_before_the_tab_was_opened_is_not_credited():
    assert credit(60, now=after(30), until=after(-3600), opened=after(20)) == (10, after(30))


def test_one_claim_is_worth_at_most_the_cap():
    assert credit(86400, now=after(7200))[0] == rules.BEAT_CAP


def test_time_longer_ago_than_the_offline_cap_is_lost():
    seconds, until = credit(60, now=after(7200), cap=HOUR)
    assert (seconds, until) == (60, after(3660))


def test_a_clock_that_is_ahead_gives_nothing_and_does_not_move():
    assert credit(20, now=after(10), until=after(50)) == (0, after(50))


tabs = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 600)), min_size=1, max_size=4)
claims = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100), st.integers(0, 60)), max_size=60)


@given(tabs, claims, st.integers(60, 600))
def test_credit_never_exceeds_real_time_whatever_the_tabs_claim(windows, arrivals, cap):
    """Claims of several tabs in any order and of any size: what is credited are disjoint pieces of open time."""
    until, at, pieces = NOON - HOUR, 0, []
    opened = [start for start, _length in windows]
    for tab, claimed, wait in arrivals:
        at += wait
        start = opened[tab % len(opened)]
        if start > at:
            continue
        seconds, following = credit(
            claimed, now=after(at), until=until, opened=after(start), cap=dt.timedelta(seconds=cap)
        )
        assert following >= until
        assert 0 <= seconds <= min(claimed, rules.BEAT_CAP)
        if seconds:
            pieces.append((following - dt.timedelta(seconds=seconds), following))
            assert pieces[-1][0] >= after(max(start, at - cap))
        assert following <= after(at) or following == until
        until = following
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(pieces))
    total = sum((end - begin).total_seconds() for begin, end in pieces)
    assert total <= max(0, at - min(opened))


NEEDS = rules.LessonNeeds.of(1, [{"ref": "a"}, {"ref": "b"}], {"lessons": "all", "checks": "all"})


@pytest.mark.parametrize(
    ("seconds", "read", "passed", "complete"),
    [
        (60, True, ["a", "b"], True),
        (59, True, ["a", "b"], False),
        (60, False, ["a", "b"], False),
        (60, True, ["a"], False),
        (600, True, ["a", "b", "c"], True),
    ],
)
def test_a_lesson_is_complete_when_time_reading_and_checks_are(seconds, read, passed, complete):
    assert rules.lesson_complete(NEEDS, seconds=seconds, read_to_end=read, passed=passed) is complete


def test_checks_do_not_count_when_the_package_says_so():
    needs = rules.LessonNeeds.of(0, [{"ref": "a"}], {"lessons": "all", "checks": "none"})
    assert rules.lesson_complete(needs, seconds=0, read_to_end=True, passed=[])


def test_an_answer_is_right_only_with_exactly_the_right_options():
    check = {"key": [0, 2]}
    assert rules.answer_right(check, [2, 0])
    assert not rules.answer_right(check, [0])
    assert not rules.answer_right(check, [0, 1, 2])


def test_makers_are_who_imported_and_who_sent_for_review():
    importer, sender, reviewer = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    steps = [(rules.IMPORTED, importer), (rules.IN_REVIEW, sender), (rules.RETURNED, reviewer)]
    assert rules.makers(importer, steps) == {importer, sender}
    assert rules.makers(None, [(rules.IMPORTED, None)]) == frozenset()
