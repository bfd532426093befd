"""The measures of a form: those there are and a few blank ones, each with its id from the first time it is shown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from flask import request

from lms.kernel.ids import new_id
from lms.programmes.plans.rules import LINE_LONGEST, MOST_MEASURES, Measure, MeasureKind

BLANK = 3
_MOST_READ = 2 * MOST_MEASURES


def measures() -> list[Measure]:
    """The measures as typed: those with nothing in them are left out, what is no day is None."""
    found = [_typed(line) for line in _lines()]
    return [one for one in found if one.what or one.outcome or one.due_on]


def shown(known: Iterable[Measure]) -> tuple[list[Measure], list[Measure]]:
    """The lines of the form, at least one, and the blank ones that can be opened below."""
    lines = list(known)
    count = max(0, min(BLANK, MOST_MEASURES - len(lines)))
    blank = [Measure(new_id(), MeasureKind.COURSE, "", "", None) for _number in range(count)]
    return (lines, blank) if lines else (blank[:1], blank[1:])


def _lines() -> list[uuid.UUID]:
    return list(dict.fromkeys(request.form.getlist("line", type=uuid.UUID)))[:_MOST_READ]


def _typed(line: uuid.UUID) -> Measure:
    at = f"measure-{line.hex}"
    return Measure(
        line,
        request.form.get(f"{at}-kind", MeasureKind.COURSE, type=MeasureKind),
        request.form.get(f"{at}-what", "").strip()[: LINE_LONGEST + 1],
        request.form.get(f"{at}-outcome", "").strip()[: LINE_LONGEST + 1],
        request.form.get(f"{at}-due_on", type=dt.date.fromisoformat),
    )
