"""The blueprint, and what its pages share: words, money, filters read from the address."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import request

from lms.plugin_api.services import UnitInfo, services
from lms.plugin_api.views import Blueprint, current_actor
from lms_payouts import policy, wording
from lms_payouts.dto import BatchFilter, BudgetFilter, PaymentFilter, PaymentOrder
from lms_payouts.rules import YEARS, BatchState, PaymentState, yuan

bp = Blueprint("payouts", "lms_payouts")
_LONGEST = 60


@bp.context_processor
def words() -> dict[str, Any]:
    """What every template of payouts needs."""
    return {
        "wording": wording,
        "yuan": yuan,
        "rights": policy,
        "payment_states": PaymentState,
        "batch_states": BatchState,
    }


def units(permission: str) -> Sequence[UnitInfo]:
    """Units to choose from, where the actor holds a permission."""
    return services().orgs.choices(policy.visible(current_actor(), permission))


def asked_year() -> int | None:
    """The year in the address; None when there is none, or one that no budget is of."""
    year = request.values.get("year", type=int)
    return year if year in YEARS else None


def wanted_payments() -> PaymentFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.values
    return PaymentFilter(
        text=given.get("q", "").strip()[:_LONGEST],
        state=given.get("state", type=PaymentState),
        scheme=given.get("scheme", "")[:_LONGEST],
        org_id=given.get("org", type=uuid.UUID),
        year=asked_year(),
        order=given.get("order", PaymentOrder.NEWEST, type=PaymentOrder),
    )


def wanted_budgets() -> BudgetFilter:
    """The same for budgets; `scheme=any` are those for any scheme."""
    given = request.args
    scheme = given.get("scheme", "")[:_LONGEST]
    return BudgetFilter(
        year=asked_year(),
        org_id=given.get("org", type=uuid.UUID),
        scheme=None if not scheme else "" if scheme == "any" else scheme,
    )


def wanted_batches() -> BatchFilter:
    """The same for batches."""
    given = request.args
    return BatchFilter(
        text=given.get("q", "").strip()[:_LONGEST],
        state=given.get("state", type=BatchState),
        org_id=given.get("org", type=uuid.UUID),
    )
