"""A plan's text as it is stored while it is being written."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from lms.programmes.plans.models import CultivationPlan
from lms.programmes.plans.rules import Measure, MeasureKind, Text


def stored(measure: Measure) -> dict[str, Any]:
    """A checked measure as a row of `CultivationPlan.measures`."""
    return {
        "line": measure.line.hex,
        "kind": measure.kind.value,
        "what": measure.what.strip(),
        "outcome": measure.outcome.strip(),
        "due_on": measure.due_on.isoformat() if measure.due_on else None,
    }


def draft(plan: CultivationPlan) -> Text:
    """The text that is being written."""
    return Text(plan.goals, tuple(_measure(row) for row in plan.measures), plan.reason)


def _measure(row: dict[str, Any]) -> Measure:
    return Measure(
        uuid.UUID(row["line"]),
        MeasureKind(row["kind"]),
        row["what"],
        row["outcome"],
        dt.date.fromisoformat(row["due_on"]),
    )
