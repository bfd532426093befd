"""The ledger's arithmetic and what must always hold of it. Pure: minutes and days in, minutes and days out.

What is owed and how much of it counts is the business of `obligations` and `cycles`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the ledger as the proof sees it."""

    id: uuid.UUID
    person_id: uuid.UUID
    minutes: int
    category: str
    occurred_on: dt.date
    reverses_id: uuid.UUID | None = None


def reversal_of(line: Line, new_id: uuid.UUID) -> Line:
    """The entry that undoes another one: same person, category and day, so that it cancels in the same period."""
    return Line(new_id, line.person_id, -line.minutes, line.category, line.occurred_on, line.id)


def balances(lines: Iterable[Line]) -> Mapping[tuple[uuid.UUID, str], int]:
    """Minutes by person and category, entry by entry; where reversals left nothing there is no key."""
    sums: Counter[tuple[uuid.UUID, str]] = Counter()
    for line in lines:
        sums[line.person_id, line.category] += line.minutes
    return {key: minutes for key, minutes in sums.items() if minutes}


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that breaks a rule of the ledger."""

    entry_id: uuid.UUID
    reason: str


def faults(lines: Iterable[Line]) -> list[Fault]:
    """Entries that take away without reversing, reversals that do not mirror their entry, and second reversals."""
    by_id = {line.id: line for line in lines}
    found: list[Fault] = []
    reversed_ids: set[uuid.UUID] = set()
    for line in by_id.values():
        if line.reverses_id is None:
            if line.minutes <= 0:
                found.append(Fault(line.id, "takes minutes away without reversing an entry"))
            continue
        original = by_id.get(line.reverses_id)
        if original is None or original.reverses_id is not None or line != reversal_of(original, line.id):
            found.append(Fault(line.id, "does not mirror the entry it reverses"))
        if line.reverses_id in reversed_ids:
            found.append(Fault(line.id, "reverses an entry a second time"))
        reversed_ids.add(line.reverses_id)
    return found
