"""Officers open a plan by naming a mentor, and name another one."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.models import Person, PersonState
from lms.programmes import policy as officers
from lms.programmes.appointment_models import Appointment, AppointmentEnd
from lms.programmes.plans import policy, rules
from lms.programmes.plans.models import CultivationLook, CultivationPlan
from lms.programmes.plans.rules import PlanState, Step
from lms.programmes.plans.service.common import hold, move, record, tell
from lms.programmes.queries import catalogue
from lms.programmes.queries.appointments import last_day
from lms.programmes.service import ending
from lms.programmes.service.common import overtaken


def open_plan(actor: Actor, appointment_id: uuid.UUID, mentor_id: uuid.UUID) -> uuid.UUID:
    """Open the plan of a term that is held today, under a mentor; its id. Twice is once.

    Raises `Conflict` where the programme has none or the term is over, `Invalid` for who cannot be the mentor.
    """
    with unit_of_work(actor) as uow:
        term = officers.seen_appointment(actor, appointment_id)
        officers.require_appointing(actor, term.person_id)
        earlier = uow.session.scalars(
            select(CultivationPlan).where(CultivationPlan.appointment_id == appointment_id)
        ).first()
        if earlier is not None:
            if earlier.mentor_id != mentor_id:
                raise overtaken()
            return earlier.id
        _check_mentor(uow, actor, term.person_id, mentor_id)
        return _make(uow, term, mentor_id)


def name_mentor(actor: Actor, plan_id: uuid.UUID, seen_edit: int, mentor_id: uuid.UUID) -> None:
    """Let somebody else be the mentor of a plan from now on. Raises `Invalid`, `Conflict`."""
    with unit_of_work(actor) as uow:
        policy.run(actor, plan_id)
        plan = hold(uow, plan_id)
        before = plan.mentor_id
        if before == mentor_id:
            raise Invalid(_("没有更换。"), why=_("这个人现在就是导师。"))
        _check_mentor(uow, actor, plan.person_id, mentor_id)
        waits = move(uow, plan, Step.NEW_MENTOR, seen_edit, mentor_id=mentor_id) is PlanState.PROPOSED
        uow.session.refresh(plan)
        record(uow, plan, "mentor", mentor=mentor_id.hex, before=before.hex)
        for person_id, what in ((plan.person_id, "mentor_changed"), (mentor_id, "mentor")):
            tell(uow, plan, person_id, what, plan.edit)
        if waits:
            tell(uow, plan, mentor_id, "to_agree", plan.edit)


def _make(uow: UnitOfWork, term: Appointment, mentor_id: uuid.UUID) -> uuid.UUID:
    version, today = catalogue.load().version(term.version_id), clock.today()
    if version.plan_months is None or version.look_months is None:
        raise Conflict(_("这个项目没有培养计划。"), todo=_("需要的，请市级干部在“培育项目”里设定。"))
    ending.lock(uow, term)
    ended = uow.session.scalars(select(AppointmentEnd).where(AppointmentEnd.appointment_id == term.id)).first()
    days = rules.period(term.starts_on, last_day(term, ended), version.plan_months, today)
    if days is None:
        raise Conflict(_("现在不在任期内，不能建立培养计划。"))
    plan_id, (first, last) = new_id(), days
    made = insert_new(
        uow.session, CultivationPlan, id=plan_id, appointment_id=term.id, person_id=term.person_id,
        mentor_id=mentor_id, first_day=first, last_day=last, state=PlanState.DRAFT, revision=0, edit=1, goals="",
        measures=[], reason="", returned="", asked=False,
        opened_by=uow.actor.person_id, opened_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    if not made:
        raise overtaken()
    uow.session.add_all(
        CultivationLook(id=new_id(), plan_id=plan_id, number=number, due_on=day, text="", words="")
        for number, day in enumerate(rules.looks(first, last, version.look_months), 1)
    )
    uow.session.flush()
    plan = hold(uow, plan_id)
    record(uow, plan, "open", mentor=mentor_id.hex, until=last.isoformat())
    tell(uow, plan, plan.person_id, "opened", "")
    tell(uow, plan, mentor_id, "mentor", plan.edit)
    return plan_id


def _check_mentor(uow: UnitOfWork, actor: Actor, person_id: uuid.UUID, mentor_id: uuid.UUID) -> None:
    if mentor_id == person_id:
        raise Invalid(_("没有办理。"), why=_("本人不能做自己的导师。"), todo=_("请另选导师。"))
    access.require_person(actor, officers.VIEW, mentor_id)
    if uow.session.get_one(Person, mentor_id).state is not PersonState.ACTIVE:
        raise Invalid(_("没有办理。"), why=_("这份人员档案已停用。"), todo=_("请另选导师。"))
