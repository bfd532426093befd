"""Who sees applications and appointments, who runs rounds, who sits on a panel, and for whom they may not score."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, exists, or_, select, true

from lms.access import policy as access
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.orgs.models import OrgClosure, OrgKind, OrgUnit
from lms.people.models import Employment
from lms.programmes.appointment_models import Appointment
from lms.programmes.models import Application, PanelMember

VIEW, EDIT, APPOINT = "programme:view", "programme:edit", "appointment:edit"
NOMINATE = APPOINT
"""Whoever settles appointments speaks for their unit; who may only look does not."""


def may_edit(actor: Actor) -> bool:
    """Programmes and their rounds are the city's."""
    return access.can(actor, EDIT, orgs.city().id)


def require_edit(actor: Actor) -> None:
    """Raise unless the actor may set programmes and run rounds."""
    access.require(actor, EDIT, orgs.city().id)


def visible(actor: Actor) -> ColumnElement[bool]:
    """The applications an officer sees: those of their units."""
    return Application.org_id.in_(access.visible_orgs(actor, VIEW))


def seen_application(actor: Actor, application_id: uuid.UUID) -> Application:
    """An application the officer sees. Raises `NotFound`."""
    query = select(Application).where(Application.id == application_id, visible(actor))
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise missing()
    return found


def own_application(actor: Actor, application_id: uuid.UUID) -> Application:
    """An application of the actor's own. Raises `NotFound` for anybody else's."""
    found = db.session.get(Application, application_id, populate_existing=True)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise missing()
    return found


def visible_appointments(actor: Actor) -> ColumnElement[bool]:
    """The appointments an officer sees: made in their units, or of people who work there now."""
    if actor is SYSTEM:
        return true()
    employed = access.visible_persons(actor, VIEW)
    return or_(Appointment.org_id.in_(access.visible_orgs(actor, VIEW)), Appointment.person_id.in_(employed))


def seen_appointment(actor: Actor, appointment_id: uuid.UUID) -> Appointment:
    """An appointment the officer sees. Raises `NotFound`."""
    query = select(Appointment).where(Appointment.id == appointment_id, visible_appointments(actor))
    found = db.session.scalars(query).first()
    if found is None:
        raise missing_appointment()
    return found


def require_appointing(actor: Actor, person_id: uuid.UUID) -> None:
    """Raise unless the actor may make and end appointments for a person; nobody does so for themselves."""
    access.require_person(actor, APPOINT, person_id)
    if actor.person_id == person_id:
        raise Forbidden(_("不能办理自己的聘任。"), todo=_("请由另一位干部办理。"), code="own_appointment")


def membership(actor: Actor, round_id: uuid.UUID) -> PanelMember:
    """The actor's seat on a round's panel. Raises `NotFound`."""
    query = select(PanelMember).where(PanelMember.round_id == round_id, PanelMember.person_id == actor.person_id)
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound(_("您不是这一轮的评委。"))
    return found


def conflicted(member_id: uuid.UUID) -> ColumnElement[bool]:
    """The applications a panel member has to stay out of.

    Their own, those they nominated, and those of people in their unit or below it: nobody judges who works for them.
    Who works at the city's own office is above everybody, so there only that office counts.
    """
    works = exists().where(
        Employment.person_id == member_id,
        Employment.ended_on.is_(None),
        Employment.org_id == OrgClosure.ancestor_id,
        OrgClosure.descendant_id == Application.org_id,
        OrgUnit.id == OrgClosure.ancestor_id,
        or_(OrgUnit.kind != OrgKind.CITY, OrgClosure.depth == 0),
    )
    return or_(Application.person_id == member_id, Application.nominated_by == member_id, works)


def missing_appointment() -> NotFound:
    """The answer for an appointment that is none of one's business."""
    return NotFound(_("找不到这项聘任。"))


def missing() -> NotFound:
    """The answer for an application that is none of one's business."""
    return NotFound(_("找不到这份报名。"))
