"""What the exam room's functions take and give."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of an answer. `choice` is a bit set of option indexes (bit 0 = A), 0 where it was cleared."""

    seq: int
    position: int
    choice: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the journal keeps it."""

    device: int
    entry: Entry
    saved_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What counts for one position."""

    choice: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """What an exam token says: which sitting, on which device, in which sign-in."""

    sitting_id: uuid.UUID
    device: int
    login: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer to a save: receipts by sequence number, the server's time and the deadline."""

    receipts: Sequence[tuple[int, str]]
    now: dt.datetime
    deadline_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a paper: `count` items of a kind, each worth `half_points`; `points` limits it to syllabus points."""

    kind: str
    count: int
    half_points: int
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a paper is made of."""

    parts: tuple[Part, ...]
    shuffle_options: bool = True

    @property
    def items(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def half_points(self) -> int:
        return sum(part.count * part.half_points for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        parts = [
            {"kind": part.kind, "count": part.count, "half_points": part.half_points, "points": list(part.points)}
            for part in self.parts
        ]
        return {"parts": parts, "spread": "points", "shuffle_options": self.shuffle_options}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Blueprint:
        """Rebuild a stored blueprint. Raises `KeyError`, `TypeError` or `ValueError` on another shape."""
        parts = tuple(
            Part(str(row["kind"]), int(row["count"]), int(row["half_points"]), tuple(map(str, row.get("points", ()))))
            for row in stored["parts"]
        )
        return cls(parts, bool(stored.get("shuffle_options", True)))


@dataclass(frozen=True, slots=True)
class Shortage:
    """A part the bank cannot fill: which (from 0), how many it wants and how many are left for it."""

    part: int
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One position of a paper's key. `order[j]` is the bank's index of the option shown as number j."""

    version: str
    kind: str
    key: frozenset[int]
    half_points: int
    points: tuple[str, ...]
    order: tuple[int, ...]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> KeyRow:
        return cls(
            stored["version"],
            stored["kind"],
            frozenset(stored["key"]),
            stored["half_points"],
            tuple(stored["points"]),
            tuple(stored["order"]),
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """A marked paper. `items` has one row per position, `by_point` one per syllabus point (first point of an item)."""

    half_points: int
    total_half_points: int
    items: list[dict[str, Any]]
    by_point: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """How an item did: facility is the mean score in thousandths, discrimination D in thousandths or None."""

    version: str
    candidates: int
    answered: int
    half_points: int
    worth: int
    discrimination: int | None
    choices: Mapping[str, int] = field(default_factory=dict)

    @property
    def facility(self) -> int:
        return round(1000 * self.half_points / (self.candidates * self.worth)) if self.candidates else 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list that was typed or pasted: its text, and what is wrong with it ("" = sound)."""

    number: int
    text: str
    person_id: uuid.UUID | None = None
    name: str = ""
    problem: Any = ""
