"""What is shown of many answers: pure functions."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FEWEST_ANSWERS = 5
"""With fewer, a rating would tell who said what, and says little."""
FEWEST_CANDIDATES = 10
"""With fewer, a point's figure is chance."""


@dataclass(frozen=True, slots=True)
class ItemFigure:
    """How one item did in one session: half-points earned by all candidates of those each could have had."""

    points: Sequence[str]
    candidates: int
    worth: int
    half_points: int


@dataclass(frozen=True, slots=True)
class PointFigure:
    """How one syllabus point did: answers given, and the share of marks lost, in percent."""

    point: str
    answers: int
    lost: int


def weakest(figures: Iterable[ItemFigure]) -> list[PointFigure]:
    """The syllabus points by the share of marks lost, the worst first; an item of several points counts for each."""
    answers: dict[str, int] = defaultdict(int)
    possible: dict[str, int] = defaultdict(int)
    earned: dict[str, int] = defaultdict(int)
    for one in figures:
        for point in set(one.points):
            answers[point] += one.candidates
            possible[point] += one.candidates * one.worth
            earned[point] += one.half_points
    found = [
        PointFigure(point, count, round(100 * (possible[point] - earned[point]) / possible[point]))
        for point, count in answers.items()
        if count >= FEWEST_CANDIDATES and possible[point]
    ]
    return sorted(found, key=lambda one: (-one.lost, one.point))


def mean_tenths(total: int, count: int) -> int | None:
    """A mean of ratings in tenths, rounded half up; None for too few answers."""
    return (total * 20 + count) // (2 * count) if count >= FEWEST_ANSWERS else None


def plain(title: str) -> str:
    """What two spellings of one wish share: no blanks, no punctuation, one case, one width."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return "".join(letter for letter in text if letter.isalnum())
