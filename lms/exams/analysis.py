"""Item analysis from marked papers: pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lms.exams.dto import ItemFigures, KeyRow
from lms.exams.rules import chosen

GROUP_PERCENT = 27
SMALLEST = 10
"""D compares the best and weakest 27 % of candidates (Kelley 1939); under 10 candidates it says nothing."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One candidate's marked paper: the score, and (key row, choice, half-points) per position."""

    score: int
    rows: Sequence[tuple[KeyRow, int, int]]


@dataclass
class _Tally:
    row: KeyRow
    answered: int = 0
    half_points: int = 0
    choices: Counter[str] = field(default_factory=Counter)
    scores: list[tuple[int, int]] = field(default_factory=list)


def analyse(papers: Sequence[Paper]) -> list[ItemFigures]:
    """The figures of every item version that was on a paper, in order of first appearance.

    Options are counted by their index in the bank, whatever order a form showed them in.
    """
    tallies: dict[str, _Tally] = {}
    for paper in papers:
        for row, choice, half_points in paper.rows:
            tally = tallies.setdefault(row.version, _Tally(row))
            tally.answered += choice != 0
            tally.half_points += half_points
            tally.scores.append((paper.score, half_points))
            tally.choices.update([str(row.order[shown]) for shown in chosen(choice)] if choice else ["none"])
    return [
        ItemFigures(
            version=tally.row.version,
            candidates=len(tally.scores),
            answered=tally.answered,
            half_points=tally.half_points,
            worth=tally.row.half_points,
            discrimination=discrimination(tally.scores, tally.row.half_points),
            choices=dict(tally.choices),
        )
        for tally in tallies.values()
    ]


def discrimination(scores: Sequence[tuple[int, int]], worth: int) -> int | None:
    """D in thousandths from (paper score, item score) pairs: how much better the best 27 % did than the weakest."""
    if len(scores) < SMALLEST:
        return None
    ranked = sorted(scores)
    size = max(1, round(len(ranked) * GROUP_PERCENT / 100))
    low = sum(item for _paper, item in ranked[:size])
    high = sum(item for _paper, item in ranked[-size:])
    return round(1000 * (high - low) / (size * worth))


def distribution(scores: Sequence[int], total: int, pass_line: int, bands: int = 10) -> list[tuple[str, int, int]]:
    """Candidates per band of the score, for a chart: (label, all, of them passed). Scores in half-points."""
    rows: list[tuple[str, int, int]] = []
    for band in range(bands):
        low, high = band * total / bands, (band + 1) * total / bands
        inside = [score for score in scores if low <= score < high or (band == bands - 1 and score == total)]
        label = f"{low / 2:g}–{high / 2:g}"
        rows.append((label, len(inside), sum(1 for score in inside if score >= pass_line)))
    return rows


def median(values: Sequence[int]) -> float:
    """The middle value; 0 for none."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return 0
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
