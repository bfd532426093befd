"""The rights of subsidies, and what officers see."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, or_

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_subsidies.models import Claim, Invitation

HOLDER = "subsidies"
"""How either-or between schemes knows this plugin."""
VIEW, EDIT, RECALL = "subsidies.claim:view", "subsidies.scheme:edit", "subsidies.recall:edit"


def visible(actor: Actor) -> ColumnElement[bool]:
    """The invitations of people the actor's units employ, and those claimed while they did. Needs `Claim` joined."""
    units = services().access.visible_orgs(actor, VIEW)
    return or_(Invitation.person_id.in_(services().people.employed_in(units)), Claim.org_id.in_(units))


def may_edit_schemes(actor: Actor) -> bool:
    """Schemes count for the whole city, so the right must be held on all of it."""
    return services().access.can(actor, EDIT, services().orgs.city().id)


def own_claim(actor: Actor, claim_id: uuid.UUID) -> Claim:
    """A claim of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = session.get(Claim, claim_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound(_("找不到这笔申领。"))
    return found


def own_invitation(actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    """An invitation of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = session.get(Invitation, invitation_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound(_("找不到这项奖励。"))
    return found
