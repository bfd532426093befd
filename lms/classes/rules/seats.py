"""Seats and times: pure functions. Moments are aware, minutes whole."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
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


def shrinks_below(sizes: Mapping[str, int], taken: Iterable[Seat]) -> list[Seat]:
    """Seats people have that would be gone with these sizes."""
    return [seat for seat in taken if seat.number > sizes.get(seat.pool, 0)]


def window(now: dt.datetime, opens: dt.datetime, closes: dt.datetime) -> str:
    """Where a moment stands to a window: before, open, over. The closing moment itself is over."""
    if now < opens:
        return "before"
    return "open" if now < closes else "over"
