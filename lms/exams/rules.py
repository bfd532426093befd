"""Rules of sittings and marking: pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lms.exams.dto import Answer, Entry, KeyRow, Scored, Stored
from lms.questions.dto import MAX_OPTIONS, QuestionType

GRACE = dt.timedelta(seconds=15)
"""How long after the deadline an answer may still arrive: what was chosen in the last second has to travel."""

MAX_BATCH = 100
MAX_BODY = 32 * 1024
MAX_SEQ = 2**53 - 1
MAX_POSITION = 499


class BadEntriesError(ValueError):
    """What was sent is not a list of entries; the message says what is wrong, for a developer."""


def deadline(started_at: dt.datetime, minutes: int, extra_minutes: int, closes_at: dt.datetime) -> dt.datetime:
    """When a sitting ends: after its minutes, at the latest when the session closes, plus the seat's extra minutes.

    Who starts late has less time, as in an examination room; extra minutes (reasonable accommodation) are never cut.
    """
    own_end = started_at + dt.timedelta(minutes=minutes)
    return min(own_end, closes_at) + dt.timedelta(minutes=extra_minutes)


def read_entries(body: Any) -> tuple[int, list[Entry]]:
    """The device and entries of a save request's JSON. Raises `BadEntriesError` for anything out of bounds."""
    if not isinstance(body, dict) or type(body.get("device")) is not int:
        raise BadEntriesError("device is missing")
    rows = body.get("entries")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_BATCH:
        raise BadEntriesError(f"entries must be a list of 1 to {MAX_BATCH}")
    entries = [_entry(row) for row in rows]
    if len({entry.seq for entry in entries}) < len(entries):
        raise BadEntriesError("a seq is used twice")
    return body["device"], entries


def _entry(row: Any) -> Entry:
    if not isinstance(row, dict):
        raise BadEntriesError("an entry is not an object")
    seq, position, choice, marked = row.get("seq"), row.get("position"), row.get("choice"), row.get("marked", False)
    if type(seq) is not int or not 1 <= seq <= MAX_SEQ:
        raise BadEntriesError("seq is out of bounds")
    if type(position) is not int or not 0 <= position <= MAX_POSITION:
        raise BadEntriesError("position is out of bounds")
    if type(choice) is not int or not 0 <= choice < 1 << MAX_OPTIONS:
        raise BadEntriesError("choice is out of bounds")
    if type(marked) is not bool:
        raise BadEntriesError("marked is not true or false")
    return Entry(seq, position, choice, marked)


def fold(journal: Iterable[Stored]) -> dict[int, Answer]:
    """What counts, by position: the last entry by (device, seq), in whatever order they arrived."""
    last: dict[int, tuple[int, int]] = {}
    answers: dict[int, Answer] = {}
    for stored in journal:
        entry, rank = stored.entry, (stored.device, stored.entry.seq)
        if rank > last.get(entry.position, (-1, -1)):
            last[entry.position] = rank
            answers[entry.position] = Answer(entry.choice, entry.marked)
    return answers


def chosen(choice: int) -> frozenset[int]:
    """The option indexes in a bit set."""
    return frozenset(index for index in range(MAX_OPTIONS) if choice >> index & 1)


def score(
    key: Sequence[KeyRow],
    answers: Mapping[int, Answer],
    titles: Mapping[str, Mapping[str, str]],
    types: Mapping[str, QuestionType],
) -> Scored:
    """Mark a paper in half-points. An item counts for its first syllabus point: the map adds up to the score.

    Raises `KeyError` for an item of a type that is not among `types`.
    """
    items: list[dict[str, Any]] = []
    points: dict[str, dict[str, Any]] = {}
    for position, row in enumerate(key):
        choice = answers[position].choice if position in answers else 0
        got = types[row.kind].earned(row.key, chosen(choice))
        items.append({"version": row.version, "choice": choice, "half_points": got})
        code = row.points[0] if row.points else ""
        point = points.setdefault(
            code, {"code": code, "title": dict(titles.get(code, {})), "items": 0, "half_points": 0, "total": 0}
        )
        point["items"] += 1
        point["half_points"] += got
        point["total"] += row.half_points
    by_point = sorted(points.values(), key=lambda point: code_order(point["code"]))
    return Scored(sum(item["half_points"] for item in items), sum(row.half_points for row in key), items, by_point)


def code_order(code: str) -> tuple[int, ...]:
    """Sorts "2.10" after "2.9"."""
    return tuple(int(part) if part.isdecimal() else 0 for part in code.split("."))


def marks(points: int) -> str:
    """Half-points as marks: 121 is "60.5"."""
    return f"{points // 2}.5" if points % 2 else str(points // 2)
