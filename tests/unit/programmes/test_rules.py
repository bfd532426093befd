"""Marks, rankings and places against their plain meaning."""

from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import given
from hypothesis import strategies as st

from lms.programmes import rules
from lms.programmes.rules import Candidate, Ground, Held, Short, Terms, Tie

DISTRICTS = [uuid.UUID(int=number) for number in range(1, 4)]
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
score = st.one_of(st.none(), st.integers(0, 10).map(lambda tens: tens * 1000))


def candidate(number, district=None, written=None, interview=None, later=0):
    return Candidate(uuid.UUID(int=number), district, written, interview, NOON + dt.timedelta(minutes=later))


candidates = st.lists(st.tuples(st.sampled_from([None, *DISTRICTS]), score, score, st.integers(0, 3)), max_size=9).map(
    lambda rows: [candidate(number, *row) for number, row in enumerate(rows, 100)]
)
terms = st.sampled_from([Terms(0, 100, 0, 5000), Terms(40, 60, 3000, 3000), Terms(100, 0), Terms(0, 0)])


@given(candidates, terms, st.integers(1, 6), st.dictionaries(st.sampled_from(DISTRICTS), st.integers(1, 3)))
def test_places_go_by_rank_but_for_those_kept(people, how, places, kept):
    ranking = rules.rank(people, how)
    order = [one.candidate for one in ranking.ranked]
    assert {one.key for one in order} | set(ranking.short) == {one.key for one in people}
    assert [one.place for one in ranking.ranked] == list(range(1, len(order) + 1))
    given_ = rules.allocate(ranking.ranked, places, kept)
    assert len(given_) == min(places, len(order))
    for district, count in kept.items():
        own = [one for one in order if one.district == district]
        if sum(kept.values()) <= places:
            assert {one.key for one in own[:count]} <= set(given_)
    for above, below in ((a, b) for number, a in enumerate(order) for b in order[number + 1 :]):
        passed_over = above.key not in given_ and below.key in given_
        assert not passed_over or given_[below.key] is Ground.DISTRICT


@given(candidates, terms)
def test_the_order_does_not_depend_on_how_the_list_came_and_ties_are_named(people, how):
    ranking = rules.rank(people, how)
    assert rules.rank(reversed(people), how) == ranking
    for above, below in zip(ranking.ranked, ranking.ranked[1:], strict=False):
        assert above.total >= below.total
        assert (below.tie is not None) == (above.total == below.total)


def test_ties_fall_by_interview_then_written_then_who_applied_first():
    how = Terms(50, 50)
    rows = [candidate(1, None, 80_00, 80_00, 5), candidate(2, None, 90_00, 70_00), candidate(3, None, 80_00, 80_00, 9)]
    ranked = rules.rank(rows, how).ranked
    assert [(one.candidate.key.int, one.tie) for one in ranked] == [(1, None), (3, Tie.EARLIER), (2, Tie.INTERVIEW)]
    assert ranked[0].total == 80_00


def test_who_lacks_a_score_or_is_below_the_least_is_not_ranked():
    how = Terms(40, 60, 60_00, 60_00)
    rows = [candidate(1, None, None, 90_00), candidate(2, None, 90_00, None), candidate(3, None, 59_99, 90_00),
            candidate(4, None, 60_00, 59_99), candidate(5, None, 60_00, 60_00)]  # fmt: skip
    found = rules.rank(rows, how)
    assert [found.short.get(one.key) for one in rows] == [*Short, None]


@given(st.dictionaries(st.uuids(), st.integers(0, 10_000), min_size=1, max_size=9), st.integers(0, 3000))
def test_marks_say_average_spread_and_who_stands_out(given_, gap):
    found = rules.marks(given_, gap)
    values = sorted(given_.values())
    assert found.spread == values[-1] - values[0]
    assert abs(found.average * len(values) - sum(values)) * 2 <= len(values)
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    assert found.outliers == {key for key, value in given_.items() if abs(value - middle) > gap}
    assert rules.marks({}, gap) is None


def test_overlaps_name_the_lower_rung_and_leave_neighbours_alone():
    person, day = uuid.UUID(int=9), dt.date(2026, 1, 1)

    def held(number, rung, first, last):
        return Held(uuid.UUID(int=number), person, f"p{rung}", rung, first, last)

    low, high = held(1, 1, day, None), held(2, 2, day + dt.timedelta(days=30), None)
    ended = held(3, 1, day, day + dt.timedelta(days=29))
    assert rules.overlaps([high, low]) == [(low, high)]
    assert rules.overlaps([ended, high]) == []
    assert rules.overlaps([low, Held(uuid.UUID(int=4), uuid.UUID(int=8), "p1", 1, day, None)]) == []
