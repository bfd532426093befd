"""The blueprint, and what its pages share."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request

from lms.plugin_api.views import Blueprint
from lms_payouts.api import DEGREES, ClaimState, claim_words
from lms_tuition import explaining, wording
from lms_tuition.dto import ClaimFilter, Order, Serving, StudyFilter
from lms_tuition.rules import StudyState

bp = Blueprint("tuition", "lms_tuition")
YEARS = range(2000, 2101)


@bp.context_processor
def words() -> dict[str, Any]:
    """What every template of tuition needs."""
    return {
        "wording": wording,
        "claim_words": claim_words,
        "explaining": explaining,
        "states": ClaimState,
        "study_states": StudyState,
    }


def wanted_claims() -> ClaimFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    year, level = given.get("year", type=int), given.get("level", "")
    return ClaimFilter(
        text=given.get("q", "").strip()[:60],
        level=level if level in DEGREES else "",
        state=given.get("state", type=ClaimState),
        year=year if year in YEARS else None,
        org_id=given.get("org", type=uuid.UUID),
        unchecked=given.get("unchecked") == "1",
        order=given.get("order", Order.NEWEST, type=Order),
    )


def wanted_studies() -> StudyFilter:
    """The same for studies."""
    given = request.args
    level = given.get("level", "")
    return StudyFilter(
        text=given.get("q", "").strip()[:60],
        level=level if level in DEGREES else "",
        state=given.get("state", type=StudyState),
        serving=given.get("serving", type=Serving),
        org_id=given.get("org", type=uuid.UUID),
    )
