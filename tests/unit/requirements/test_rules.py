"""Trees of conditions: the fastest way against every other, equivalences that lead in circles, lengths of service."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.clock import last_day_of
from lms.requirements import rules
from lms.requirements.rules import Equivalence, Group, How, Leaf, Look
from lms.requirements.spans import Served, served

LEAVES = [Leaf("t", {"n": number}) for number in range(5)]
leaf = st.sampled_from(LEAVES)


def groups(parts):
    return st.builds(Group, st.sampled_from(How), st.lists(parts, max_size=3).map(tuple), st.integers(1, 3))


trees = groups(st.recursive(leaf, groups, max_leaves=8))
looks = st.fixed_dictionaries(
    {
        one.key: st.builds(Look, st.booleans(), st.one_of(st.none(), st.integers(0, 3)), st.integers(0, 4))
        for one in LEAVES
    }
)


def every_way(tree, known):
    """Each set of conditions that completes a tree, with its length and its work."""
    open_ = [one for one in LEAVES if not known[one.key].met and known[one.key].days is not None]
    for size in range(len(open_) + 1):
        for chosen in itertools.combinations(open_, size):
            done = {**known, **{one.key: Look(met=True) for one in chosen}}
            if rules.is_met(tree, done):
                days = max((known[one.key].days for one in chosen), default=0)
                yield days, sum(known[one.key].effort for one in chosen), size


@given(trees, looks)
def test_the_fastest_way_is_the_best_of_all_ways(tree, known):
    way, all_ways = rules.fastest(tree, known), list(every_way(tree, known))
    if way is None:
        assert not all_ways
        return
    assert (way.days, way.effort) == min(all_ways)[:2]
    done = {**known, **{one.key: Look(met=True) for one in way.leaves}}
    assert rules.is_met(tree, done)
    assert all(not known[one.key].met for one in way.leaves)


@given(trees, looks)
def test_nothing_is_missing_exactly_when_the_tree_holds_and_what_is_missing_would_complete_it(tree, known):
    missing = rules.missing(tree, known)
    if rules.is_met(tree, known):
        assert missing == []
        return
    done = {**known, **{one.key: Look(met=True) for one in missing}}
    could_ever = rules.is_met(tree, {key: Look(met=True) for key in known})
    assert rules.is_met(tree, done) == could_ever
    assert not any(known[one.key].met for one in missing)


@given(trees, st.lists(looks, max_size=4))
def test_many_are_judged_as_each_alone(tree, people):
    met = {one.key: {number for number, known in enumerate(people) if known[one.key].met} for one in LEAVES}
    together = rules.who_meets(tree, met, set(range(len(people))))
    assert together == {number for number, known in enumerate(people) if rules.is_met(tree, known)}


@given(trees)
def test_a_tree_is_the_same_after_it_was_stored(tree):
    stored = rules.parse(tree.plain())
    assert stored.plain() == tree.plain()


def test_a_condition_nobody_answers_for_is_not_met_and_leads_nowhere():
    tree = Group(How.ANY, (LEAVES[0], LEAVES[1]))
    known = {LEAVES[1].key: Look(met=False, days=3, effort=2)}
    assert [one.params["n"] for one in rules.fastest(tree, known).leaves] == [1]
    assert rules.fastest(LEAVES[0], known) is None
    assert not rules.is_met(LEAVES[0], known)


def test_what_is_done_once_counts_wherever_it_stands():
    shared, cheap_a, cheap_b = LEAVES[:3]
    tree = Group(How.ALL, (Group(How.ANY, (shared, cheap_a)), Group(How.ANY, (shared, cheap_b))))
    known = {shared.key: Look(False, 1, 5), cheap_a.key: Look(False, 1, 3), cheap_b.key: Look(False, 1, 3)}
    assert rules.fastest(tree, known) == rules.Way((shared,), 1, 5)


def test_what_is_met_already_leaves_room_to_weigh_what_is_not():
    shared, cheap_a, cheap_b = LEAVES[:3]
    met = [Leaf("met", {"n": number}) for number in range(rules.MOST_SHARED)]
    twice = [Group(How.ALL, (one, one)) for one in met]
    tree = Group(How.ALL, (*twice, Group(How.ANY, (shared, cheap_a)), Group(How.ANY, (shared, cheap_b))))
    known = {shared.key: Look(False, 1, 5), cheap_a.key: Look(False, 1, 3), cheap_b.key: Look(False, 1, 3)}
    known |= {one.key: Look(met=True) for one in met}
    assert rules.fastest(tree, known) == rules.Way((shared,), 1, 5)


def test_what_is_granted_counts_as_met_in_every_kind_of_group():
    counted, lasting, other = Leaf("hours", {}), LEAVES[0], LEAVES[1]
    nobody = {leaf.key: Look(met=False) for leaf in LEAVES}

    def holds(tree):
        return rules.is_met(rules.granting(tree, {"hours"}), nobody)

    assert holds(counted)
    assert holds(Group(How.ANY, (counted,)))
    assert holds(Group(How.ANY, (counted, lasting)))
    assert not holds(Group(How.ALL, (counted, lasting)))
    assert not holds(Group(How.SOME, (counted, lasting, other), need=2))
    assert rules.granting(lasting, {"hours"}) == lasting


def test_the_way_that_is_done_first_goes_before_the_one_with_less_work():
    slow, quick = LEAVES[:2]
    known = {slow.key: Look(False, 400, 0), quick.key: Look(False, 30, 90)}
    assert rules.fastest(Group(How.ANY, (slow, quick)), known).leaves == (quick,)


def test_an_equivalence_counts_and_two_that_name_each_other_end():
    one, other = LEAVES[:2]
    known = [Equivalence("a", one.key, other), Equivalence("b", other.key, one)]
    wide = rules.widened(one, known)
    assert rules.is_met(wide, {other.key: Look(met=True)})
    assert [found.key for found in rules.distinct(wide)] == [one.key, other.key]
    itself = rules.widened(one, [Equivalence("a", one.key, Group(How.ALL, (one, other)))])
    assert not rules.is_met(itself, {other.key: Look(met=True)})


@pytest.mark.parametrize(
    "stored", [{}, {"type": "x"}, {"how": "none", "parts": []}, {"how": "all", "parts": [3]},
               {"how": "some", "need": True, "parts": []}, {"type": "x", "params": {}, "more": 1}],
)  # fmt: skip
def test_what_is_no_tree_is_refused(stored):
    with pytest.raises(ValueError, match=r".*"):
        rules.parse(stored)


def test_faults_name_the_place():
    tree = Group(How.ALL, (LEAVES[0], Group(How.ANY), Group(How.SOME, (LEAVES[1],), need=2)))
    assert list(rules.faults(tree)) == [("1", "empty"), ("2", "need")]
    assert list(rules.faults(rules.NOTHING)) == []
    assert list(rules.faults(Group(How.ANY))) == list(rules.faults(Group(How.SOME))) == [("", "empty")]
    assert ("", "many") in rules.faults(Group(How.ALL, (LEAVES[0],) * 41))


days = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31))


@given(days, st.integers(0, 480))
def test_so_many_months_without_a_gap_are_so_many_months(first, months):
    """Forty years, 29 February included: full on the last day of the term and not a day before."""
    last = last_day_of(first, months)
    assert served([(first, None)], last).months == months
    if months:
        assert served([(first, None)], last - dt.timedelta(days=1)).months == months - 1


@given(st.lists(st.tuples(days, st.integers(0, 2000)), max_size=5), days)
def test_days_at_two_places_count_once_and_gaps_not_at_all(stretches, on):
    spans = [(first, first + dt.timedelta(days=length)) for first, length in stretches]
    worked = {first + dt.timedelta(days=n) for first, last in spans for n in range((min(last, on) - first).days + 1)}
    found = served(spans, on)
    assert found == served(spans * 2, on)
    total = found.months * 30 + found.days
    assert abs(total - len(worked)) <= len(spans) * 2 + len(worked) * 0.04
    assert 0 <= found.days <= 30


def test_leap_days():
    assert served([(dt.date(2024, 2, 29), None)], dt.date(2025, 2, 28)) == Served(12, 0)
    assert served([(dt.date(2024, 2, 29), None)], dt.date(2025, 2, 27)).months == 11
    assert served([(dt.date(2023, 3, 1), dt.date(2024, 2, 29))], dt.date(2030, 1, 1)) == Served(12, 0)
    assert served([(dt.date(2030, 1, 1), None)], dt.date(2029, 12, 31)) == Served(0, 0)
