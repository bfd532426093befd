"""The rights of payouts, and the questions services ask about them."""

from __future__ import annotations

import uuid

from sqlalchemy import Select

from lms.plugin_api.services import services
from lms.plugin_api.work import Actor

BUDGET_VIEW, BUDGET_EDIT = "payouts.budget:view", "payouts.budget:edit"
PAYMENT_VIEW, PAYMENT_EDIT = "payouts.payment:view", "payouts.payment:edit"
BATCH_EDIT, BATCH_SIGN = "payouts.batch:edit", "payouts.batch:sign"
RECEIVABLE_EDIT = "payouts.receivable:edit"
FILE_DOWNLOAD, RESULT_IMPORT = "payouts.file:download", "payouts.result:import"


def require(actor: Actor, permission: str, org_id: uuid.UUID) -> None:
    """Raise `Forbidden` in a unit the actor works for, `NotFound` elsewhere, when the permission is missing."""
    services().access.require(actor, permission, org_id)


def can(actor: Actor, permission: str, org_id: uuid.UUID) -> bool:
    """Whether the actor holds the permission on a unit: what a page offers."""
    return services().access.can(actor, permission, org_id)


def visible(actor: Actor, permission: str) -> Select[uuid.UUID]:
    """Ids of the units on which the actor holds the permission."""
    return services().access.visible_orgs(actor, permission)
