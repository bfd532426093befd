"""Whose claim it is, who sees it, who sets the rules."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement

from lms.access import policy as access
from lms.approvals import policy as approvals
from lms.credits.evidence.models import EvidenceClaim
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs

RULE = "credit:rule"
VIEW = approvals.VIEW
"""Claims are seen by who sees their cases: one condition for the list and for the single page."""


def visible(actor: Actor) -> ColumnElement[bool]:
    """The claims an officer sees. Needs `ApprovalCase` joined."""
    return approvals.visible(actor)


def may_edit_rules(actor: Actor) -> bool:
    """Rules count for the whole city, so the right must be held on all of it."""
    return access.can(actor, RULE, orgs.city().id)


def require_rules(actor: Actor) -> None:
    """Raise unless the actor may set rules."""
    access.require(actor, RULE, orgs.city().id)


def own_claim(actor: Actor, claim_id: uuid.UUID) -> EvidenceClaim:
    """A claim of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = db.session.get(EvidenceClaim, claim_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise _missing()
    return found


def seen_claim(actor: Actor, claim_id: uuid.UUID) -> EvidenceClaim:
    """A claim whose case the officer sees. Raises `NotFound`."""
    found = db.session.get(EvidenceClaim, claim_id)
    if found is None or found.case_id is None:
        raise _missing()
    approvals.require_visible(actor, found.case_id)
    return found


def _missing() -> NotFound:
    return NotFound(_("找不到这件校外学习申报。"))
