"""Whose a plan is: the talent's, the mentor's, and the officers' who see the term it belongs to."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.programmes import policy
from lms.programmes.appointment_models import Appointment
from lms.programmes.plans.models import CultivationPlan


def own(actor: Actor, plan_id: uuid.UUID) -> CultivationPlan:
    """A plan of the actor's own. Raises `NotFound` for anybody else's."""
    found = taking_part(actor, plan_id)
    if found.person_id != actor.person_id:
        raise missing()
    return found


def mentored(actor: Actor, plan_id: uuid.UUID) -> CultivationPlan:
    """A plan the actor looks after. Raises `NotFound`."""
    found = taking_part(actor, plan_id)
    if found.mentor_id != actor.person_id:
        raise missing()
    return found


def taking_part(actor: Actor, plan_id: uuid.UUID) -> CultivationPlan:
    """A plan of the actor's own, or one the actor looks after. Raises `NotFound`."""
    found = db.session.get(CultivationPlan, plan_id, populate_existing=True)
    if found is None or actor.person_id is None or actor.person_id not in {found.person_id, found.mentor_id}:
        raise missing()
    return found


def seen(actor: Actor, plan_id: uuid.UUID) -> CultivationPlan:
    """A plan the officer sees. Raises `NotFound`."""
    query = select(CultivationPlan).join(Appointment, Appointment.id == CultivationPlan.appointment_id)
    query = query.where(CultivationPlan.id == plan_id, policy.visible_appointments(actor))
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise missing()
    return found


def run(actor: Actor, plan_id: uuid.UUID) -> CultivationPlan:
    """A plan the officer may decide about: neither their own nor one they look after. Raises `Forbidden`."""
    found = seen(actor, plan_id)
    policy.require_appointing(actor, found.person_id)
    if actor.person_id == found.mentor_id:
        raise Forbidden(_("您是这份计划的导师，不能同时办理。"), todo=_("请由另一位干部办理。"), code="own_plan")
    return found


def may_run(actor: Actor, plan: CultivationPlan) -> bool:
    """Whether to offer an officer what `run` allows."""
    return actor.holds(policy.APPOINT) and actor.person_id not in {plan.person_id, plan.mentor_id}


def missing() -> NotFound:
    """The answer for a plan that is none of one's business."""
    return NotFound(_("找不到这份培养计划。"))
