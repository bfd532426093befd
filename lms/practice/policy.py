"""Whose placement it is, who sees it, who looks after it, who sets the figures."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, or_

from lms.access import policy as access
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.practice.models import Placement, PracticeLog

VIEW, EDIT, RULE = "practice:view", "practice:edit", "practice:rule"


def visible(actor: Actor) -> ColumnElement[bool]:
    """The placements an officer sees: at their stations, and of the people who work in their units."""
    return or_(
        Placement.org_id.in_(access.visible_orgs(actor, VIEW)),
        Placement.person_id.in_(access.visible_persons(actor, VIEW)),
    )


def seen(actor: Actor, placement_id: uuid.UUID) -> Placement:
    """A placement the officer sees. Raises `NotFound`."""
    found = db.session.get(Placement, placement_id, populate_existing=True)
    if found is None or not _sees(actor, found):
        raise missing()
    return found


def looked_after(actor: Actor, placement_id: uuid.UUID) -> Placement:
    """A placement that the officer may decide on: by a right on its station, and never one's own."""
    found = db.session.get(Placement, placement_id, populate_existing=True)
    if found is None:
        raise missing()
    access.require(actor, EDIT, found.org_id)
    forbid_own(actor, found.person_id)
    return found


def own(actor: Actor, placement_id: uuid.UUID) -> Placement:
    """A placement of the actor's own, as it is now. Raises `NotFound` for anybody else's."""
    found = db.session.get(Placement, placement_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise missing()
    return found


def own_log(actor: Actor, log_id: uuid.UUID) -> PracticeLog:
    """A log of the actor's own, as it is now."""
    found = db.session.get(PracticeLog, log_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound(_("找不到这条实训记录。"))
    return found


def supervised_log(actor: Actor, log_id: uuid.UUID) -> tuple[PracticeLog, Placement]:
    """A log that waits for the actor as its supervisor, with its placement. Raises `NotFound` for others'."""
    log = db.session.get(PracticeLog, log_id, populate_existing=True)
    placement = db.session.get(Placement, log.placement_id, populate_existing=True) if log else None
    if log is None or placement is None or actor.person_id is None or placement.supervisor_id != actor.person_id:
        raise NotFound(_("找不到这条实训记录。"), why=_("它可能已交给另一位督导。"))
    forbid_own(actor, log.person_id)
    return log, placement


def forbid_own(actor: Actor, person_id: uuid.UUID) -> None:
    """Raise when somebody is about to decide on what is their own."""
    if actor.person_id is not None and actor.person_id == person_id:
        raise Forbidden(_("不能办理自己的实训。"), todo=_("请由另一位干部或督导办理。"))


def may_edit(actor: Actor, placement: Placement) -> bool:
    """What a page offers to do."""
    return placement.person_id != actor.person_id and access.can(actor, EDIT, placement.org_id)


def may_set_figures(actor: Actor) -> bool:
    """Figures count for the whole city, so the right must be held on all of it."""
    return access.can(actor, RULE, orgs.city().id)


def require_figures(actor: Actor) -> None:
    """Raise unless the actor may set figures."""
    access.require(actor, RULE, orgs.city().id)


def missing() -> NotFound:
    return NotFound(_("找不到这次实训。"))


def _sees(actor: Actor, placement: Placement) -> bool:
    if access.can(actor, VIEW, placement.org_id):
        return True
    try:
        access.require_person(actor, VIEW, placement.person_id)
    except (NotFound, Forbidden):
        return False
    return True
