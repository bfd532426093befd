"""Seats and times: never one seat for two, never somebody passed over."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.classes.rules import seats as rules
from lms.classes.rules.seats import OPEN_POOL, Seat, Waiting

NOON = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)
homes = st.sampled_from([OPEN_POOL, "甲", "乙"])


@st.composite
def classes(draw):
    sizes = {OPEN_POOL: draw(st.integers(0, 4)), "甲": draw(st.integers(0, 3)), "乙": draw(st.integers(0, 3))}
    every = [Seat(pool, number) for pool, size in sizes.items() for number in range(1, size + 1)]
    taken = draw(st.sets(st.sampled_from(every))) if every else set()
    queue = [
        Waiting(uuid.UUID(int=number), number, home) for number, home in enumerate(draw(st.lists(homes, max_size=9)))
    ]
    return sizes, taken, draw(st.permutations(queue))


@given(classes())
def test_the_queue_moves_up_in_order_and_no_seat_is_given_twice(case):
    sizes, taken, queue = case
    moved = rules.promotions(queue, sizes, taken)
    seats = [seat for _one, seat in moved]
    assert len({*seats, *taken}) == len(seats) + len(taken)
    assert all(1 <= seat.number <= sizes[seat.pool] and seat.pool in {one.home, OPEN_POOL} for one, seat in moved)
    everything = {*seats, *taken}
    left = [one for one in queue if one not in {waiting for waiting, _seat in moved}]
    for one in left:  # who still waits found every seat they may have taken, by people who came before or sat already
        assert rules.seat_for(one.home, sizes, everything) is None
        later = [seat for other, seat in moved if other.ticket > one.ticket]
        assert all(seat.pool not in {one.home, OPEN_POOL} for seat in later)


def test_districts_cannot_have_more_places_than_the_class():
    assert rules.pools(10, {"甲": 4}) == {OPEN_POOL: 6, "甲": 4}
    with pytest.raises(ValueError, match="more places"):
        rules.pools(3, {"甲": 4})


def test_the_closing_moment_is_too_late():
    later = NOON + dt.timedelta(hours=1)
    assert [rules.window(moment, NOON, later) for moment in (NOON - dt.timedelta(seconds=1), NOON, later)] == [
        "before", "open", "over",
    ]  # fmt: skip
