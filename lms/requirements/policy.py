"""Who reads the requirements, who sets them."""

from __future__ import annotations

from lms.access import policy as access
from lms.kernel.actor import Actor
from lms.orgs import queries as orgs

VIEW, EDIT = "requirement:view", "requirement:edit"


def may_edit(actor: Actor) -> bool:
    """Requirements count for the whole city, so the right must be held on all of it."""
    return access.can(actor, EDIT, orgs.city().id)


def require_edit(actor: Actor) -> None:
    """Raise unless the actor may set requirements."""
    access.require(actor, EDIT, orgs.city().id)
