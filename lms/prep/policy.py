"""Who sees sign-ups, who sets subjects, whose paper it is."""

from __future__ import annotations

import uuid

from lms.access import policy as access
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.prep.models import PrepPaper, PrepSubject, SignUp

VIEW, EDIT, SEE_SIGN_UPS, MERGE = "prep:view", "prep:edit", "signup:view", "signup:merge"


def own_paper(actor: Actor, paper_id: uuid.UUID) -> PrepPaper:
    """A paper of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = db.session.get(PrepPaper, paper_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound(_("找不到这份练习。"), todo=_("请从考前练习进入。"))
    return found


def sign_up(actor: Actor, sign_up_id: uuid.UUID, permission: str = SEE_SIGN_UPS) -> SignUp:
    """A sign-up in the officer's sight. Raises `NotFound` or `Forbidden`."""
    found = db.session.get(SignUp, sign_up_id)
    if found is None:
        raise NotFound(_("找不到这次报名。"))
    access.require(actor, permission, found.org_id)
    return found


def subject_for(actor: Actor, slug: str, permission: str = VIEW) -> PrepSubject:
    """A subject of a unit on which the officer holds the permission."""
    found = db.session.query(PrepSubject).filter_by(slug=slug).first()
    if found is None:
        raise NotFound(_("找不到这个科目。"))
    access.require(actor, permission, found.org_id)
    return found
