"""What the use cases share: holding a plan, moving it on, telling people."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.uow import UnitOfWork
from lms.messages import service as messages
from lms.people.models import Person
from lms.programmes.appointment_models import Appointment
from lms.programmes.plans import rules
from lms.programmes.plans.models import CultivationPlan, PlanEnd
from lms.programmes.plans.rules import PlanState, Step
from lms.programmes.queries import catalogue
from lms.programmes.service.common import overtaken


def hold(uow: UnitOfWork, plan_id: uuid.UUID) -> CultivationPlan:
    """The plan as it is now, held until the transaction ends, so that steps, reports and its end come one by one."""
    query = select(CultivationPlan).where(CultivationPlan.id == plan_id).with_for_update()
    return uow.session.scalars(query.execution_options(populate_existing=True)).one()


def move(uow: UnitOfWork, plan: CultivationPlan, step: Step, seen_edit: int, **values: Any) -> PlanState:
    """Compare and swap: take a plan a step on as it was seen; the state it is in then. Raises `Conflict`."""
    state = rules.after(step, plan.state, may_drop=plan.revision > 0 and not plan.asked)
    if state is None:
        raise overtaken()
    as_seen = (
        CultivationPlan.id == plan.id,
        CultivationPlan.edit == seen_edit,
        CultivationPlan.state == plan.state,
    )
    row = {"state": state, "edit": seen_edit + 1, "changed_at": clock.now(), **values}
    if uow.change(update(CultivationPlan).where(*as_seen).values(**row)) != 1:
        raise overtaken()
    return state


def end(uow: UnitOfWork, plan: CultivationPlan, kind: PlanEnd, last_day: dt.date) -> None:
    """End a plan that goes on, with a last day, and tell both."""
    move(uow, plan, Step.END, plan.edit, ended_on=last_day, end_kind=kind)
    record(uow, plan, "end", kind=kind.value, on=last_day.isoformat())
    for person_id in (plan.person_id, plan.mentor_id):
        tell(uow, plan, person_id, "ended", "", day=last_day)


def record(uow: UnitOfWork, plan: CultivationPlan, what: str, **detail: Any) -> None:
    """Put it into the audit, at the unit of the term."""
    org_id = uow.session.get_one(Appointment, plan.appointment_id).org_id
    uow.audit(f"cultivation.{what}", "cultivation_plan", plan.id, org_id=org_id, **detail)


def tell(
    uow: UnitOfWork, plan: CultivationPlan, person_id: uuid.UUID | None, what: str, once: object, **params: Any
) -> None:
    """Send a message about a plan: one for each `what`, person and `once`. Officers are led to their own page."""
    if person_id is None:
        return
    page = "plans" if person_id in {plan.person_id, plan.mentor_id} else "desk/plans"
    messages.send(
        uow, person_id=person_id, kind=f"programmes.plan_{what}", params={**known(uow, plan), **params},
        key=f"plan:{plan.id.hex}:{what}:{person_id.hex}:{once}", link=f"/{page}/{plan.id}",
    )  # fmt: skip


def known(uow: UnitOfWork, plan: CultivationPlan) -> dict[str, Any]:
    """What every message of a plan can say: the programme and who takes part."""
    programme = uow.session.get_one(Appointment, plan.appointment_id).programme
    both = select(Person.id, Person.name).where(Person.id.in_((plan.person_id, plan.mentor_id)))
    names = {row.id: row.name for row in uow.session.execute(both)}
    title = catalogue.load().title(programme)
    return {"title": title, "name": names[plan.person_id], "mentor": names[plan.mentor_id]}
