"""The blueprint, and what its pages share."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request

from lms.plugin_api.errors import LmsError
from lms.plugin_api.views import BaseForm, Blueprint, current_actor
from lms_subsidies import wording
from lms_subsidies.dto import Order, RoundFilter, Standing
from lms_subsidies.rules import ClaimState, Verdict

bp = Blueprint("subsidies", "lms_subsidies")
YEARS = range(2000, 2101)


@bp.context_processor
def words() -> dict[str, Any]:
    """What every template of subsidies needs."""
    return {"wording": wording, "states": ClaimState, "verdicts": Verdict}


def me() -> uuid.UUID:
    """Who is signed in, on pages that ask for a sign-in."""
    person_id = current_actor().person_id
    assert person_id is not None  # noqa: S101 - @signed_in
    return person_id


def show_on(form: BaseForm, refusal: LmsError) -> dict[str, str]:
    """Put a refusal beside the fields it is about; what belongs to no field of the form comes back by name.

    A refusal without any field goes on to the error page.
    """
    form.take_errors(refusal)
    if not refusal.fields:
        raise refusal
    return {name: str(message) for name, message in refusal.fields.items() if name not in form}


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
