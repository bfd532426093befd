"""What the pages of plans share."""

from __future__ import annotations

from typing import Any

from lms.programmes.plans import wording
from lms.programmes.plans.rules import LookState, MeasureKind, MeasureState, PlanState, ReportState
from lms.programmes.queries import catalogue
from lms.programmes.views.base import WORDS
from lms.webkit import uploads

KINDS = (uploads.PDF, uploads.PNG, uploads.JPEG)
MEGABYTES = 10


def words() -> dict[str, Any]:
    """What every template of plans needs."""
    return {
        **WORDS,
        "known": catalogue.load(),
        "plan_words": wording,
        "plan_states": PlanState,
        "measure_states": MeasureState,
        "measure_kinds": MeasureKind,
        "report_states": ReportState,
        "look_states": LookState,
        "limit": MEGABYTES,
    }
