"""Which unit's budget pays for somebody."""

from __future__ import annotations

import uuid

from lms.plugin_api.services import services
from lms_payouts.rules import BudgetLevel

_KINDS = {
    BudgetLevel.STREET: frozenset({"street", "town"}),
    BudgetLevel.COUNTY: frozenset({"county", "zone"}),
    BudgetLevel.CITY: frozenset({"city"}),
}


def paying_unit(level: BudgetLevel, org_id: uuid.UUID) -> uuid.UUID:
    """The unit whose budget pays for somebody employed at a unit: on the level, or the next above where there is none.

    An agency of a county has no street; what its scheme wants of the street's budget, the county's pays.
    """
    path = services().orgs.path(org_id)
    levels = [BudgetLevel.STREET, BudgetLevel.COUNTY, BudgetLevel.CITY]
    for wanted in levels[levels.index(level) :]:
        found = next((unit for unit in path if unit.kind in _KINDS[wanted]), None)
        if found is not None:
            return found.id
    return path[0].id
