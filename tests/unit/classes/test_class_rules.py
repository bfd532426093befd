"""Seats and times: never one seat for two, never somebody passed over."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.classes.rules import seats as rules
from lms.classes.rules.seats import OPEN_POOL, Seat, Seated, Waiting

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


@given(classes(), st.data())
def test_new_sizes_seat_everybody_they_can_and_nobody_moves_without_need(case, data):
    sizes, taken, _queue = case
    homes_of = [seat.pool or data.draw(homes) for seat in sorted(taken, key=lambda seat: (seat.pool, seat.number))]
    seated = [
        Seated(uuid.UUID(int=number), home, seat)
        for number, (home, seat) in enumerate(
            zip(homes_of, sorted(taken, key=lambda s: (s.pool, s.number)), strict=True)
        )
    ]
    new = {pool: data.draw(st.integers(0, 5)) for pool in sizes}
    over = sum(max(0, homes_of.count(pool) - new[pool]) for pool in ("甲", "乙")) + homes_of.count(OPEN_POOL)
    assert rules.without_a_seat(seated, new) == max(0, over - new[OPEN_POOL])
    if over > new[OPEN_POOL]:
        return
    at = {one.seat: one.member_id for one in seated}
    for one, seat in rules.moves(seated, new):  # in this order no seat is ever two people's
        assert at.pop(one.seat) == one.member_id
        assert seat not in at
        assert seat.pool in {one.home, OPEN_POOL}
        at[seat] = one.member_id
    assert sorted(at.values()) == sorted(one.member_id for one in seated)
    assert all(1 <= seat.number <= new[seat.pool] for seat in at)
    if all(one.seat.number <= new[one.seat.pool] for one in seated):
        assert rules.moves(seated, new) == []


def test_districts_cannot_have_more_places_than_the_class():
    assert rules.pools(10, {"甲": 4}) == {OPEN_POOL: 6, "甲": 4}
    with pytest.raises(ValueError, match="more places"):
        rules.pools(3, {"甲": 4})


def test_the_closing_moment_is_too_late():
    later = NOON + dt.timedelta(hours=1)
    assert [rules.window(moment, NOON, later) for moment in (NOON - dt.timedelta(seconds=1), NOON, later)] == [
        "before", "open", "over",
    ]  # fmt: skip
