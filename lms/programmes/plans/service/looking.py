"""Looks: the mentor writes an assessment, an officer records the outcome; and the end of the term ends the plan."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.programmes.events import AppointmentEnded
from lms.programmes.plans import policy, queries, rules, wording
from lms.programmes.plans.models import CultivationLook, CultivationPlan, PlanEnd
from lms.programmes.plans.queries import Look, Shown
from lms.programmes.plans.rules import LONGEST, LookState, Outcome, PlanState, Step
from lms.programmes.plans.service.common import end, hold, move, record, tell
from lms.programmes.service.common import overtaken


def assess(actor: Actor, plan_id: uuid.UUID, number: int, text: str) -> None:
    """The mentor writes the assessment of a look, once. Raises `Invalid`, `Conflict` before its time."""
    with unit_of_work(actor) as uow:
        policy.mentored(actor, plan_id)
        plan = hold(uow, plan_id)
        found = _look(queries.load_one(plan), number)
        look = found.row
        if found.state in {LookState.WRITTEN, LookState.SETTLED}:
            raise overtaken()
        if found.state in {LookState.AHEAD, LookState.VOID}:
            raise Conflict(_("这次考察现在不能写。"), why=wording.look_day(look.due_on))
        if not text.strip() or len(text) > LONGEST:
            problem = _("请填写，最多 %(max)d 个字", max=LONGEST)
            raise Invalid(_("考察意见没有保存。"), fields={"text": problem})
        writing = update(CultivationLook).where(CultivationLook.id == look.id, CultivationLook.written_at.is_(None))
        values = {"text": text.strip(), "mentor_id": actor.person_id, "written_at": clock.now()}
        if uow.change(writing.values(**values)) != 1:
            raise overtaken()
        record(uow, plan, "look", number=number)
        for person_id in (plan.person_id, plan.opened_by):
            tell(uow, plan, person_id, "look_written", number)


def settle(actor: Actor, plan_id: uuid.UUID, number: int, outcome: Outcome, words: str) -> None:
    """The officer records what comes of a look, once: the plan goes on, is to be adjusted, or ends today.

    Raises `Invalid` without words or for an outcome that is not open, `Conflict` before the mentor has written.
    """
    with unit_of_work(actor) as uow:
        policy.run(actor, plan_id)
        plan = hold(uow, plan_id)
        shown = queries.load_one(plan)
        look = _look(shown, number).row
        if look.written_at is None:
            raise Conflict(_("导师还没有写考察意见。"), todo=_("请等导师写好，再记录结果。"))
        if not words.strip():
            raise Invalid(_("考察结果没有保存。"), fields={"words": _("请写明理由和要求")})
        if outcome not in rules.outcomes(plan.state, is_last=number == len(shown.looks)):
            raise Invalid(_("考察结果没有保存。"), fields={"outcome": _("请从列表里选择")})
        open_look = (CultivationLook.written_at.is_not(None), CultivationLook.decided_at.is_(None))
        values = {"outcome": outcome, "words": words.strip(), "decided_by": actor.person_id, "decided_at": clock.now()}
        if uow.change(update(CultivationLook).where(CultivationLook.id == look.id, *open_look).values(**values)) != 1:
            raise overtaken()
        record(uow, plan, "outcome", number=number, outcome=outcome.value, words=words.strip())
        said = in_all_locales(wording.OUTCOMES[outcome])
        for person_id in (plan.person_id, plan.mentor_id):
            tell(uow, plan, person_id, "look_outcome", number, outcome=said, words=words.strip())
        _follow(uow, plan, outcome, words.strip())


def on_term_ended(event: AppointmentEnded) -> None:
    """The end of a term ends its plan, with the term's last day, in the same transaction."""
    with unit_of_work(SYSTEM) as uow:
        query = select(CultivationPlan.id).where(CultivationPlan.appointment_id == event.appointment_id)
        plan_id = uow.session.scalar(query)
        if plan_id is not None and (plan := hold(uow, plan_id)).state is not PlanState.ENDED:
            end(uow, plan, PlanEnd.TERM, event.last_day)


def _follow(uow: UnitOfWork, plan: CultivationPlan, outcome: Outcome, words: str) -> None:
    if outcome is Outcome.END and plan.state is not PlanState.ENDED:
        end(uow, plan, PlanEnd.LOOK, clock.today())
    elif outcome is Outcome.ADJUST:
        move(uow, plan, Step.ADJUST, plan.edit, returned=words, asked=True)


def _look(shown: Shown, number: int) -> Look:
    found = shown.look(number)
    if found is None:
        raise policy.missing()
    return found
