"""How ready somebody is for a paper: a documented statistic from practice answers. Pure: numbers in, numbers out.

Model. What a person can do at a syllabus point is the chance t of getting an item there right. Before any answer t has
a Beta distribution (`prior`). Each answer adds its share of the marks to the one side of the Beta and the rest to the
other, with a weight that halves every `half_life` days; an item met before counts half, since its explanation was
shown. The paper is the blueprint's, drawn by the rule that draws real ones. Given t, items at a point are right or
wrong independently and earn all or nothing; so a point's marks are beta-binomial, and the paper's are the convolution
over points. Answers for part of the marks keep the mean and would only narrow the spread: the forecast errs on the
wide side.

What it cannot know: the real paper's difficulty, nerves, and learning between now and then. It is shown with its
interval, and not at all on too little data.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

EVEN = 0.5
BASE = 2.0
"""Before any answer: an even chance, worth two answers."""
MOST_BORROWED = 2.0
"""The most answers that the item statistics of official sittings are worth in a prior."""
BORROW_AT = 8
"""Candidates at a point from whom on its statistics are worth that much."""
REPEAT = 0.5
"""What an answer to an item met before is worth beside a first one."""
ENOUGH_ANSWERS = 20.0
ENOUGH_COVERED = 0.5
"""Weighted answers, and the share of the paper's marks at points with an answer, from which a forecast is shown."""
LOW, HIGH = 0.1, 0.9
"""Bounds of the interval: four papers of five are expected inside."""
_GRID = 48


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: the point, the share of the marks it earned (0 to 1), how many days ago, met before or not."""

    point: str
    share: float
    days: float
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Belief:
    """A Beta distribution of the chance to get an item right; `answers` is the weight of evidence in it."""

    a: float
    b: float
    answers: float = 0.0

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a paper asks at a point: how many items by the half-points each is worth."""

    point: str
    items: Mapping[int, int]

    @property
    def half_points(self) -> int:
        return sum(worth * count for worth, count in self.items.items())


@dataclass(frozen=True, slots=True)
class PointReadiness:
    """A point of the paper: what is believed, and how many half-points are expected to be lost there."""

    point: str
    belief: Belief
    half_points: int

    @property
    def percent(self) -> int:
        return round(100 * self.belief.mean)

    @property
    def expected_loss(self) -> float:
        return self.half_points * (1 - self.belief.mean)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The paper's marks as expected: shares of the full mark in per cent, and the chance to reach the pass line.

    `enough` is False where the data do not carry a forecast; the figures are then not to be shown.
    """

    percent: int
    low: int
    high: int
    chance: int
    enough: bool
    answers: float
    covered: float
    points: tuple[PointReadiness, ...]
    """The points by what is expected to be lost there, the most first."""


def prior(candidates: int = 0, facility: float = EVEN) -> Belief:
    """What is believed of a point before any answer: an even chance, drawn towards how candidates fared there."""
    borrowed = MOST_BORROWED * min(candidates, BORROW_AT) / BORROW_AT
    return Belief(BASE * EVEN + borrowed * facility, BASE * (1 - EVEN) + borrowed * (1 - facility))


def weight(seen: Seen, half_life: float) -> float:
    """What an answer is worth beside one given just now to a new item."""
    return float(0.5 ** (max(0.0, seen.days) / half_life)) * (REPEAT if seen.repeat else 1.0)


def believe(before: Belief, answers: Iterable[Seen], half_life: float) -> Belief:
    """A belief after answers, in whatever order they come."""
    pairs = [(weight(seen, half_life), min(1.0, max(0.0, seen.share))) for seen in answers]
    right = math.fsum(worth * share for worth, share in pairs)
    wrong = math.fsum(worth * (1 - share) for worth, share in pairs)
    return Belief(before.a + right, before.b + wrong, before.answers + math.fsum(worth for worth, _share in pairs))


def forecast(
    wanted: Sequence[Wanted],
    answers: Sequence[Seen],
    priors: Mapping[str, Belief],
    pass_half_points: int,
    half_life: float,
) -> Forecast:
    """What a paper is expected to bring. `priors` may lack points."""
    by_point: dict[str, list[Seen]] = {}
    for seen in answers:
        by_point.setdefault(seen.point, []).append(seen)
    points = [
        PointReadiness(
            one.point,
            believe(priors.get(one.point, prior()), by_point.get(one.point, ()), half_life),
            one.half_points,
        )
        for one in wanted
    ]
    total = sum(point.half_points for point in points)
    chances = [1.0]
    for one, point in zip(wanted, points, strict=True):
        chances = convolved(chances, marks_at(one, point.belief))
    carried = math.fsum(point.belief.answers for point in points)
    covered = sum(point.half_points for point in points if point.belief.answers > 0) / total if total else 0.0
    return Forecast(
        percent=_percent(math.fsum(marks * chance for marks, chance in enumerate(chances)), total),
        low=_percent(quantile(chances, LOW), total),
        high=_percent(quantile(chances, HIGH), total),
        chance=round(100 * min(1.0, math.fsum(chances[pass_half_points:]))),
        enough=carried >= ENOUGH_ANSWERS and covered >= ENOUGH_COVERED,
        answers=carried,
        covered=covered,
        points=tuple(sorted(points, key=lambda point: (-point.expected_loss, point.point))),
    )


def marks_at(wanted: Wanted, belief: Belief) -> list[float]:
    """The chance of each number of half-points at a point: binomials at each t, averaged over the belief's grid."""
    found = [0.0] * (wanted.half_points + 1)
    for t, share in grid(belief):
        chances = [1.0]
        for worth, count in wanted.items.items():
            chances = convolved(chances, _binomial(t, worth, count))
        for marks, chance in enumerate(chances):
            found[marks] += share * chance
    return found


def grid(belief: Belief) -> list[tuple[float, float]]:
    """The Beta distribution as so many equally wide steps of t with their weights, which add up to 1."""
    steps = [(place + 0.5) / _GRID for place in range(_GRID)]
    logs = [(belief.a - 1) * math.log(t) + (belief.b - 1) * math.log(1 - t) for t in steps]
    highest = max(logs)
    raw = [math.exp(one - highest) for one in logs]
    total = math.fsum(raw)
    return [(t, one / total) for t, one in zip(steps, raw, strict=True)]


def convolved(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """The distribution of a sum of two independent whole numbers from 0 on."""
    found = [0.0] * (len(first) + len(second) - 1)
    for place, chance in enumerate(first):
        if chance:
            for other, more in enumerate(second):
                found[place + other] += chance * more
    return found


def quantile(chances: Sequence[float], at: float) -> int:
    """The smallest number that is not exceeded with at least this chance."""
    reached = 0.0
    for marks, chance in enumerate(chances):
        reached += chance
        if reached >= at - 1e-9:
            return marks
    return len(chances) - 1


def _binomial(t: float, worth: int, count: int) -> list[float]:
    found = [0.0] * (worth * count + 1)
    for right in range(count + 1):
        found[worth * right] = math.comb(count, right) * t**right * (1 - t) ** (count - right)
    return found


def _percent(marks: float, total: int) -> int:
    return round(100 * marks / total) if total else 0
