"""Seats and times: pure functions. Moments are aware, minutes whole."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

OPEN_POOL = ""
"""The places that no district has."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in the queue: `home` is the pool of the district they work in, or the open one."""

    member_id: uuid.UUID
    ticket: int
    home: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One place of a group."""

    pool: str
    number: int


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody with a seat: `home` is the pool of the district they work in, or the open one."""

    member_id: uuid.UUID
    home: str
    seat: Seat


def pools(places: int, quotas: Mapping[str, int]) -> dict[str, int]:
    """How many places each pool has: the districts' own, and the rest for everybody.

    Raises `ValueError` when the districts have more than there are.
    """
    rest = places - sum(quotas.values())
    if rest < 0:
        raise ValueError("the districts have more places than the class")
    return {OPEN_POOL: rest, **quotas}


def seat_for(home: str, sizes: Mapping[str, int], taken: Iterable[Seat]) -> Seat | None:
    """The lowest free place a person may have, of their district first, then of everybody's; None for none."""
    occupied = set(taken)
    for pool in dict.fromkeys((home, OPEN_POOL)):
        for number in range(1, sizes.get(pool, 0) + 1):
            if Seat(pool, number) not in occupied:
                return Seat(pool, number)
    return None


def promotions(queue: Iterable[Waiting], sizes: Mapping[str, int], taken: Iterable[Seat]) -> list[tuple[Waiting, Seat]]:
    """Who moves up, in the order of the queue: each takes a place of their own district, else one of everybody's.

    Nobody is passed over by somebody later in the queue for a place they might have had.
    """
    occupied = set(taken)
    moved = []
    for one in sorted(queue, key=lambda waiting: waiting.ticket):
        seat = seat_for(one.home, sizes, occupied)
        if seat is not None:
            occupied.add(seat)
            moved.append((one, seat))
    return moved


def without_a_seat(seated: Iterable[Seated], sizes: Mapping[str, int]) -> int:
    """How many people these sizes leave without a seat, however they are seated."""
    homes = Counter(one.home for one in seated)
    here = sum(min(count, sizes.get(home, 0)) for home, count in homes.items() if home != OPEN_POOL)
    return max(0, homes.total() - here - sizes.get(OPEN_POOL, 0))


def moves(seated: Sequence[Seated], sizes: Mapping[str, int]) -> list[tuple[Seated, Seat]]:
    """Who changes seats so that everybody has one of these sizes, in an order in which none is ever two people's.

    Nobody moves while every seat taken is still there. Else a district's places go to its people, first to those who
    have one, and the rest sit in everybody's. There must be enough seats.
    """
    if all(one.seat.number <= sizes.get(one.seat.pool, 0) for one in seated):
        return []
    people: dict[str, list[Seated]] = defaultdict(list)
    for one in sorted(seated, key=lambda one: (one.seat.pool == OPEN_POOL, one.seat.number)):
        full = len(people[one.home]) >= sizes.get(one.home, 0)
        people[OPEN_POOL if full else one.home].append(one)
    found = []
    for pool in sorted(people, key=lambda pool: pool == OPEN_POOL):  # who leaves everybody's places frees them first
        size = sizes.get(pool, 0)
        kept = {one.seat for one in people[pool] if one.seat.pool == pool and one.seat.number <= size}
        free = (seat for number in range(1, size + 1) if (seat := Seat(pool, number)) not in kept)
        found += [(one, next(free)) for one in people[pool] if one.seat not in kept]
    return found


def window(now: dt.datetime, opens: dt.datetime, closes: dt.datetime) -> str:
    """Where a moment stands to a window: before, open, over. The closing moment itself is over."""
    if now < opens:
        return "before"
    return "open" if now < closes else "over"
