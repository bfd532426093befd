"""The forecast: its arithmetic against counting everything, and what must hold of it whatever was answered."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lms.prep.readiness import (
    BASE,
    HIGH,
    LOW,
    MOST_BORROWED,
    Belief,
    Seen,
    Wanted,
    believe,
    convolved,
    forecast,
    grid,
    marks_at,
    prior,
    quantile,
    weight,
)

HALF_LIFE = 30.0
PATIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A forecast takes a while on a busy machine."""
PAPER = [Wanted("1.1", {2: 20, 4: 5}), Wanted("1.2", {2: 20, 4: 5}), Wanted("2.1", {2: 20, 4: 10})]
TOTAL = sum(one.half_points for one in PAPER)
shares = st.sampled_from([0.0, 0.125, 0.25, 0.375, 1.0])
answer = st.builds(
    Seen, st.sampled_from(["1.1", "1.2", "2.1"]), shares, st.floats(0, 400, allow_nan=False), st.booleans()
)
beliefs = st.builds(Belief, st.floats(0.5, 40), st.floats(0.5, 40))


def told(answers, pass_half_points=TOTAL * 6 // 10):
    return forecast(PAPER, answers, {}, pass_half_points, HALF_LIFE)


def right(number, point="1.1", **more):
    return [Seen(point, 1.0, 0.0, **more)] * number


@PATIENT
@given(beliefs, st.integers(0, 4), st.integers(0, 3))
def test_the_marks_at_a_point_are_what_counting_every_outcome_gives(belief, singles, multiples):
    wanted = Wanted("1", {2: singles, 4: multiples})
    brute = [0.0] * (wanted.half_points + 1)
    for t, share in grid(belief):
        for outcome in itertools.product((0, 1), repeat=singles + multiples):
            chance = math.prod(t if one else 1 - t for one in outcome)
            brute[2 * sum(outcome[:singles]) + 4 * sum(outcome[singles:])] += share * chance
    assert marks_at(wanted, belief) == pytest.approx(brute, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_convolution_is_the_sum_over_all_pairs(first, second):
    brute = [0.0] * (len(first) + len(second) - 1)
    for (one, a), (two, b) in itertools.product(enumerate(first), enumerate(second)):
        brute[one + two] += a * b
    assert convolved(first, second) == pytest.approx(brute)


@given(beliefs)
def test_a_beliefs_grid_adds_up_and_has_its_mean(belief):
    found = grid(belief)
    assert math.fsum(share for _t, share in found) == pytest.approx(1)
    assert math.fsum(t * share for t, share in found) == pytest.approx(belief.mean, abs=0.02)


@PATIENT
@given(st.lists(answer, max_size=30), st.randoms())
def test_the_order_of_answers_does_not_matter(answers, random):
    mixed = list(answers)
    random.shuffle(mixed)
    assert told(mixed) == told(answers)


@PATIENT
@given(st.lists(answer, max_size=30), answer)
def test_a_right_answer_never_lowers_and_a_wrong_one_never_raises_the_forecast(answers, more):
    before = told(answers)
    better = told([*answers, Seen(more.point, 1.0, more.days, more.repeat)])
    worse = told([*answers, Seen(more.point, 0.0, more.days, more.repeat)])
    assert worse.chance <= before.chance <= better.chance
    assert worse.percent <= before.percent <= better.percent


@PATIENT
@given(st.lists(answer, max_size=30))
def test_the_figures_are_in_order_and_the_weakest_points_first(answers):
    found = told(answers)
    assert 0 <= found.low <= found.high <= 100
    assert found.low <= found.percent + 1
    assert found.percent <= found.high + 1
    assert 0 <= found.chance <= 100
    losses = [point.expected_loss for point in found.points]
    assert losses == sorted(losses, reverse=True)
    assert {point.point for point in found.points} == {one.point for one in PAPER}


@given(st.floats(0, 300), st.floats(1, 300))
def test_an_answer_halves_in_weight_every_half_life_and_counts_half_when_met_before(days, half_life):
    now, later = Seen("1", 1.0, days), Seen("1", 1.0, days + half_life)
    assert weight(later, half_life) == pytest.approx(weight(now, half_life) / 2)
    assert weight(Seen("1", 1.0, days, repeat=True), half_life) == weight(now, half_life) / 2


def test_what_was_answered_lately_outweighs_what_was_long_ago():
    old_wrong = [Seen("1.1", 0.0, 90.0)] * 10 + right(10)
    old_right = [Seen("1.1", 1.0, 90.0)] * 10 + [Seen("1.1", 0.0, 0.0)] * 10
    assert told(old_wrong).percent > told(old_right).percent


@given(st.integers(1, 40), st.integers(0, 40))
def test_more_evidence_of_the_same_share_leaves_less_doubt(number, more):
    def doubt(count):
        belief = believe(prior(), [Seen("1", 1.0, 0.0), Seen("1", 0.0, 0.0)] * count, HALF_LIFE)
        return belief.a * belief.b / ((belief.a + belief.b) ** 2 * (belief.a + belief.b + 1))

    assert doubt(number + more) <= doubt(number)


def test_nothing_answered_is_an_even_chance_that_is_not_shown():
    found = told([])
    assert found.percent == 50
    assert not found.enough
    assert found.answers == found.covered == 0


def test_a_forecast_needs_enough_answers_at_enough_of_the_paper():
    assert not told(right(40)).enough  # one point of three
    assert not told(right(9) + right(9, "1.2") + right(1, "2.1")).enough
    assert told(right(10) + right(10, "1.2")).enough
    assert not told(right(10, repeat=True) + right(10, "1.2", repeat=True)).enough


def test_who_gets_everything_right_will_pass_and_who_nothing_will_not():
    every = [one.point for one in PAPER]
    sure = told([Seen(point, 1.0, 0.0) for point in every * 40])
    lost = told([Seen(point, 0.0, 0.0) for point in every * 40])
    assert sure.chance >= 99
    assert lost.chance <= 1
    assert sure.low > 85
    assert lost.high < 15


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_prior_borrows_little_from_other_candidates(candidates, facility):
    found = prior(candidates, facility)
    assert BASE <= found.a + found.b <= BASE + MOST_BORROWED
    assert min(0.5, facility) - 1e-9 <= found.mean <= max(0.5, facility) + 1e-9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_quantile_is_the_first_number_reached(raw):
    assume(sum(raw) > 0.1)
    chances = [one / sum(raw) for one in raw]
    low, high = quantile(chances, LOW), quantile(chances, HIGH)
    assert low <= high
    assert math.fsum(chances[: low + 1]) >= LOW - 1e-6
    assert math.fsum(chances[:low]) <= LOW + 1e-6


def test_four_of_five_papers_fall_inside_the_interval():
    """The interval's promise, checked by the model's own distribution: 80 % of the chance lies within it."""
    answers = [Seen(point, share, 0.0) for point in ("1.1", "1.2", "2.1") for share in (1.0, 0.0, 1.0, 1.0)]
    chances = [1.0]
    for one in PAPER:
        seen = [answer for answer in answers if answer.point == one.point]
        chances = convolved(chances, marks_at(one, believe(prior(), seen, HALF_LIFE)))
    inside = math.fsum(chances[quantile(chances, LOW) : quantile(chances, HIGH) + 1])
    assert 0.8 <= inside <= 0.88
