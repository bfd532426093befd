"""A person's practice put together: placements, hours by category, the record with its signatures. Page and print."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lms.practice import queries
from lms.practice.dto import PlacementLine
from lms.practice.models import PracticeEntry
from lms.practice.rules import PlacementState

SHOWN = (PlacementState.ACTIVE, PlacementState.COMPLETED, PlacementState.ENDED)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything signed off of one person. `undone` are the entries that a later one took back."""

    person_id: uuid.UUID
    name: str
    lines: Sequence[PlacementLine]
    entries: Mapping[uuid.UUID, Sequence[PracticeEntry]]
    undone: frozenset[uuid.UUID]
    names: Mapping[uuid.UUID, str]
    by_category: Sequence[tuple[str, Mapping[str, str], int]]

    @property
    def minutes(self) -> int:
        return sum(minutes for _code, _title, minutes in self.by_category)

    @property
    def reflections(self) -> int:
        return sum(line.progress.reflections for line in self.lines)


def portfolio(person_id: uuid.UUID) -> Portfolio:
    """A person's portfolio. A constant number of SELECTs, whatever it holds."""
    lines = queries.lines([one for one in queries.own(person_id) if one.state in SHOWN])
    lines.sort(key=lambda line: (line.placement.first_day, line.placement.id))
    entries = queries.entries_of([line.placement.id for line in lines])
    names = queries.names({person_id} | {entry.signed_by for entry in entries})
    minutes: dict[str, int] = {}
    title: dict[str, Mapping[str, str]] = {}
    for line in lines:
        code = line.placement.code
        minutes[code] = minutes.get(code, 0) + line.progress.minutes
        title[code] = line.rule.title
    return Portfolio(
        person_id=person_id,
        name=names.get(person_id, ""),
        lines=lines,
        entries={
            line.placement.id: [one for one in entries if one.placement_id == line.placement.id] for line in lines
        },
        undone=frozenset(entry.reverses_id for entry in entries if entry.reverses_id),
        names=names,
        by_category=[(code, title[code], minutes[code]) for code in minutes],
    )
