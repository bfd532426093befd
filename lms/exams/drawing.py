"""Drawing papers: a pure function of blueprint, pool and seed, so that it can be repeated and compared years later.

Order by chance is order by SHA-256 of the seed and the item's id: the same on every machine and Python.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lms.exams.dto import Blueprint, Part, Shortage
from lms.questions.dto import DrawItem, FrozenItem
from lms.questions.render import html


class ShortageError(Exception):
    """The pool cannot fill the blueprint; says which parts."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__("the bank cannot fill the blueprint")
        self.shortages = tuple(shortages)


def covers(part: Part, points: Sequence[str]) -> bool:
    """Whether an item with these syllabus points belongs to a part: "2" takes "2" and "2.1"."""
    return not part.points or any(
        code == wanted or code.startswith(f"{wanted}.") for wanted in part.points for code in points
    )


def draw(
    blueprint: Blueprint, pool: Sequence[DrawItem], seed: str, used: Mapping[uuid.UUID, int] | None = None
) -> list[tuple[int, DrawItem]]:
    """Draw one paper: (part, item) in paper order. No item twice; within a part every syllabus point as often as the
    others while its items last; items that earlier forms (`used`) had less come first. Raises `ShortageError`.
    """  # noqa: D205
    taken: set[uuid.UUID] = set()
    drawn: dict[int, list[DrawItem]] = {}
    shortages: list[Shortage] = []
    # Parts limited to some points go first: a part that may take anything must not eat what they need.
    for number in sorted(range(len(blueprint.parts)), key=lambda index: (not blueprint.parts[index].points, index)):
        part = blueprint.parts[number]
        fitting = [
            item
            for item in pool
            if item.kind == part.kind and item.version_id not in taken and covers(part, item.points)
        ]
        if len(fitting) < part.count:
            shortages.append(Shortage(number, part.count, len(fitting)))
            continue
        drawn[number] = _spread(fitting, part.count, f"{seed}|{number}", used or {})
        taken.update(item.version_id for item in drawn[number])
    if shortages:
        raise ShortageError(sorted(shortages, key=lambda shortage: shortage.part))
    return [
        (number, item)
        for number in range(len(blueprint.parts))
        for item in sorted(drawn[number], key=lambda item: _chance(seed, "order", item.version_id.hex))
    ]


def _spread(items: Sequence[DrawItem], count: int, seed: str, used: Mapping[uuid.UUID, int]) -> list[DrawItem]:
    """Take items point by point, always from the point that has given least."""
    waiting: dict[str, list[DrawItem]] = defaultdict(list)
    for item in sorted(
        items, key=lambda item: (-used.get(item.version_id, 0), _chance(seed, "item", item.version_id.hex))
    ):
        waiting[item.points[0] if item.points else ""].append(item)
    given: Counter[str] = Counter()
    picked: list[DrawItem] = []
    while len(picked) < count:
        point = min((code for code in waiting if waiting[code]), key=lambda code: (given[code], _chance(seed, code)))
        picked.append(waiting[point].pop())
        given[point] += 1
    return picked


def option_order(seed: str, item: FrozenItem, *, shuffle: bool) -> tuple[int, ...]:
    """The order in which a paper shows an item's options: indexes into the bank's order."""
    indexes = range(len(item.options))
    if not shuffle:
        return tuple(indexes)
    return tuple(sorted(indexes, key=lambda index: _chance(seed, "option", item.version_id.hex, str(index))))


def print_paper(
    blueprint: Blueprint, items: Sequence[tuple[int, FrozenItem]], seed: str, several: Mapping[str, bool]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What candidates see, and apart the key, position by position.

    `several` says of each type whether several options may be chosen, as ruled when the papers were first drawn; a
    type it lacks (papers of an early release) goes without.
    """
    content: list[dict[str, Any]] = []
    key: list[dict[str, Any]] = []
    for number, item in items:
        order = option_order(seed, item, shuffle=blueprint.shuffle_options)
        worth = blueprint.parts[number].half_points
        content.append(
            {
                "part": number,
                "kind": item.kind,
                "half_points": worth,
                "stem": html(item.stem),
                "options": [html(item.options[index], inline=True) for index in order],
                **({"several": several[item.kind]} if item.kind in several else {}),
            }
        )
        key.append(
            {
                "version": item.version_id.hex,
                "ref": item.ref,
                "kind": item.kind,
                "half_points": worth,
                "points": list(item.points),
                "order": list(order),
                "key": [shown for shown, index in enumerate(order) if index in item.key],
                "explanation": html(item.explanation),
            }
        )
    return content, key


def digest(content: Sequence[Mapping[str, Any]], key: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256, in hex, over a paper and its key in canonical JSON."""
    text = json.dumps([content, key], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _chance(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()
