"""The blueprint, and what its pages share."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request

from lms.plugin_api.views import Blueprint
from lms_payouts.api import ClaimState, claim_words
from lms_subsidies import wording
from lms_subsidies.dto import Order, RoundFilter, Standing
from lms_subsidies.rules import Verdict

bp = Blueprint("subsidies", "lms_subsidies")
YEARS = range(2000, 2101)


@bp.context_processor
def words() -> dict[str, Any]:
    """What every template of subsidies needs."""
    return {"wording": wording, "claim_words": claim_words, "states": ClaimState, "verdicts": Verdict}


def wanted_round() -> RoundFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    year = given.get("year", type=int)
    return RoundFilter(
        text=given.get("q", "").strip()[:60],
        code=given.get("scheme", "")[:40],
        year=year if year in YEARS else None,
        org_id=given.get("org", type=uuid.UUID),
        standing=given.get("standing", type=Standing),
        order=given.get("order", Order.NEWEST, type=Order),
    )
