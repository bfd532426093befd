"""The rights of tuition, and what officers see."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, or_

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_tuition.claim_models import Claim
from lms_tuition.models import Study

HOLDER = "tuition"
"""How either-or between schemes knows this plugin."""
VIEW, SCHEME_EDIT = "tuition.claim:view", "tuition.scheme:edit"
CHECK, STUDY_EDIT = "tuition.voucher:check", "tuition.study:edit"
RECALL = "tuition.recall:edit"


def visible_studies(actor: Actor) -> ColumnElement[bool]:
    """The studies of people the actor's units employ, and those applied for while they did."""
    units = services().access.visible_orgs(actor, VIEW)
    return or_(Study.person_id.in_(services().people.employed_in(units)), Study.org_id.in_(units))


def visible_claims(actor: Actor) -> ColumnElement[bool]:
    """The claims of people the actor's units employ, and those made while they did."""
    units = services().access.visible_orgs(actor, VIEW)
    return or_(Claim.person_id.in_(services().people.employed_in(units)), Claim.org_id.in_(units))


def may_edit_schemes(actor: Actor) -> bool:
    """Schemes count for the whole city, so the right must be held on all of it."""
    return services().access.can(actor, SCHEME_EDIT, services().orgs.city().id)


def own_study(actor: Actor, study_id: uuid.UUID) -> Study:
    """A study of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = session.get(Study, study_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound(_("找不到这项学历进修。"))
    return found


def own_claim(actor: Actor, claim_id: uuid.UUID) -> Claim:
    """A claim of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = session.get(Claim, claim_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound(_("找不到这笔报销。"))
    return found
