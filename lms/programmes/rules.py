"""Scores of a panel, the ranking with its ties, and who gets a place. Pure. Scores are hundredths of a point of 100."""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import statistics
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FULL = 100_00
"""A hundred points."""
_DAY = dt.timedelta(days=1)


def share(points: int, most: int) -> int:
    """Points of a possible most as hundredths of a point of 100, rounded half up; nothing of nothing is nothing."""
    return (points * FULL * 2 + most) // (most * 2) if most else 0


@dataclass(frozen=True, slots=True)
class Marks:
    """What a panel's members gave together: average, distance of the highest from the lowest, who stands out."""

    average: int
    spread: int
    outliers: frozenset[uuid.UUID]


def marks(given: Mapping[uuid.UUID, int], gap: int) -> Marks | None:
    """The marks of a panel; None while nobody has scored. Who is more than `gap` off the middle score stands out."""
    if not given:
        return None
    scores = list(given.values())
    middle = statistics.median(scores)
    outliers = frozenset(member for member, score in given.items() if abs(score - middle) > gap)
    return Marks((sum(scores) * 2 + len(scores)) // (len(scores) * 2), max(scores) - min(scores), outliers)


@dataclass(frozen=True, slots=True)
class Terms:
    """How scores count: weights in per cent, and the least of each that is asked for."""

    written_weight: int
    interview_weight: int
    written_least: int = 0
    interview_least: int = 0


class Short(enum.StrEnum):
    """Why somebody is not ranked."""

    NO_WRITTEN = "no_written"
    NO_INTERVIEW = "no_interview"
    WRITTEN_LOW = "written_low"
    INTERVIEW_LOW = "interview_low"


class Tie(enum.StrEnum):
    """What decided between two with the same total: who stands lower had the lower interview, and so on."""

    INTERVIEW = "interview"
    WRITTEN = "written"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to rank."""

    key: uuid.UUID
    district: uuid.UUID | None
    written: int | None
    interview: int | None
    applied_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place, from 1. `tie` is what put this one below the one above, where their totals are the same."""

    candidate: Candidate
    total: int
    place: int
    tie: Tie | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Those who have a place, in order, and why the others have none."""

    ranked: tuple[Ranked, ...]
    short: Mapping[uuid.UUID, Short]


def total(written: int | None, interview: int | None, terms: Terms) -> int:
    """The weighted total, rounded half up to a hundredth of a point."""
    weighted = (written or 0) * terms.written_weight + (interview or 0) * terms.interview_weight
    return (weighted * 2 + 100) // 200


def shortfall(written: int | None, interview: int | None, terms: Terms) -> Short | None:
    """Why scores are not enough to be ranked; None when they are."""
    if terms.written_weight:
        if written is None:
            return Short.NO_WRITTEN
        if written < terms.written_least:
            return Short.WRITTEN_LOW
    if terms.interview_weight:
        if interview is None:
            return Short.NO_INTERVIEW
        if interview < terms.interview_least:
            return Short.INTERVIEW_LOW
    return None


def rank(candidates: Iterable[Candidate], terms: Terms) -> Ranking:
    """Rank by total; among equals the better interview goes first, then the better written, then who applied first."""
    known = list(candidates)
    short = {one.key: why for one in known if (why := shortfall(one.written, one.interview, terms))}
    totals = {one.key: total(one.written, one.interview, terms) for one in known}
    able = [one for one in known if one.key not in short]
    able.sort(key=lambda one: (-totals[one.key], *_better_first(one)))
    ranked = [Ranked(one, totals[one.key], place) for place, one in enumerate(able, 1)]
    ties = [None, *(_tie(above, below) for above, below in itertools.pairwise(ranked))]
    return Ranking(
        tuple(Ranked(one.candidate, one.total, one.place, tie) for one, tie in zip(ranked, ties, strict=False)), short
    )


def _better_first(one: Candidate) -> tuple[int, int, dt.datetime, uuid.UUID]:
    return -(one.interview or 0), -(one.written or 0), one.applied_at, one.key


def _tie(above: Ranked, below: Ranked) -> Tie | None:
    if above.total != below.total:
        return None
    if above.candidate.interview != below.candidate.interview:
        return Tie.INTERVIEW
    return Tie.WRITTEN if above.candidate.written != below.candidate.written else Tie.EARLIER


class Ground(enum.StrEnum):
    """What a place was given on: one kept for the county, or one for everybody."""

    DISTRICT = "district"
    GENERAL = "general"


def allocate(ranked: Sequence[Ranked], places: int, kept: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, Ground]:
    """Who gets a place, by key: those kept for a county go to its best, what stays free to the best left.

    Never more than `places` in all.
    """
    given: dict[uuid.UUID, Ground] = {}
    left = dict(kept)
    for one in ranked:
        district = one.candidate.district
        if len(given) < places and district is not None and left.get(district, 0) > 0:
            left[district] -= 1
            given[one.candidate.key] = Ground.DISTRICT
    for one in ranked:
        if len(given) < places and one.candidate.key not in given:
            given[one.candidate.key] = Ground.GENERAL
    return given


def is_held(first: dt.date, last: dt.date | None, on: dt.date) -> bool:
    """Whether what is held from a first to a last day (None: no end) is held on a day."""
    return first <= on and (last is None or last >= on)


def last_held(first: dt.date, last: dt.date | None, wanted: dt.date) -> dt.date:
    """The last day of a term that is ended with a day: never after its own last, nor before the eve of its first.

    What ends on the eve of its first day was never held.
    """
    return max(first - _DAY, wanted if last is None else min(wanted, last))


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment as the checks see it: its days, the end included once it has ended, and its rung on a ladder."""

    key: uuid.UUID
    person: uuid.UUID
    programme: str
    rung: int
    first: dt.date
    last: dt.date | None


def overlaps(held: Iterable[Held]) -> list[tuple[Held, Held]]:
    """Pairs of one person's appointments on one ladder that are held on the same day; the one to end comes first."""
    found: list[tuple[Held, Held]] = []
    by_person = sorted(held, key=lambda one: (one.person, one.first, one.rung, one.key))
    for _person, group in itertools.groupby(by_person, key=lambda one: one.person):
        for one, other in itertools.combinations(list(group), 2):
            if one.last is None or other.first <= one.last:
                lower = min(one, other, key=lambda each: (each.rung, each.first, each.key))
                found.append((lower, other if lower is one else one))
    return found
