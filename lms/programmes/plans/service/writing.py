"""A plan's text: drafted by the talent, agreed by the mentor, confirmed by an officer; a change goes the same way."""

from __future__ import annotations

import uuid
from typing import Any

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.programmes.plans import policy, queries, rules, texts, wording
from lms.programmes.plans.models import CultivationMeasure, CultivationPlan, CultivationRevision
from lms.programmes.plans.rules import Step, Text
from lms.programmes.plans.service.common import hold, move, record, tell
from lms.programmes.service.common import overtaken


def write(actor: Actor, plan_id: uuid.UUID, seen_edit: int, text: Text) -> None:
    """Save the draft of one's own plan; from a plan in force this begins a change. What is done stays as it is.

    Raises `Invalid` naming every fault, `Conflict` when the plan is not as it was seen.
    """
    with unit_of_work(actor) as uow:
        policy.own(actor, plan_id)
        plan = hold(uow, plan_id)
        shown = queries.load_one(plan)
        done = shown.done
        text = Text(
            text.goals.strip(),
            (*done, *(one for one in text.measures if one.line not in {kept.line for kept in done})),
            text.reason.strip() if plan.revision else "",
        )
        _check(plan, text, shown)
        move(
            uow, plan, Step.WRITE, seen_edit, goals=text.goals, reason=text.reason,
            measures=[texts.stored(one) for one in text.measures],
        )  # fmt: skip
        record(uow, plan, "write", edit=seen_edit + 1)


def drop(actor: Actor, plan_id: uuid.UUID, seen_edit: int) -> None:
    """Give up the change that was begun: the text in force stays."""
    with unit_of_work(actor) as uow:
        policy.own(actor, plan_id)
        plan = hold(uow, plan_id)
        move(uow, plan, Step.DROP, seen_edit, goals="", measures=[], reason="", returned="")
        record(uow, plan, "drop")


def propose(actor: Actor, plan_id: uuid.UUID, seen_edit: int) -> None:
    """The talent hands the draft to the mentor. Raises `Conflict` while nothing is written."""
    with unit_of_work(actor) as uow:
        policy.own(actor, plan_id)
        plan = hold(uow, plan_id)
        if not plan.measures:
            raise Conflict(_("计划还没有写，不能提交。"), todo=_("请先写目标和措施。"))
        move(uow, plan, Step.PROPOSE, seen_edit, returned="")
        record(uow, plan, "propose")
        tell(uow, plan, plan.mentor_id, "to_agree", seen_edit)


def agree(actor: Actor, plan_id: uuid.UUID, seen_edit: int) -> None:
    """The mentor agrees; an officer has to confirm."""
    with unit_of_work(actor) as uow:
        policy.mentored(actor, plan_id)
        plan = hold(uow, plan_id)
        move(uow, plan, Step.AGREE, seen_edit, agreed_at=clock.now())
        record(uow, plan, "agree")
        tell(uow, plan, plan.opened_by, "to_confirm", seen_edit)


def send_back(actor: Actor, plan_id: uuid.UUID, seen_edit: int, words: str) -> None:
    """The mentor sends the text back with words. Raises `Invalid` without."""
    with unit_of_work(actor) as uow:
        policy.mentored(actor, plan_id)
        _return(uow, hold(uow, plan_id), Step.SEND_BACK, seen_edit, words)


def refuse(actor: Actor, plan_id: uuid.UUID, seen_edit: int, words: str) -> None:
    """The officer sends the text back with words. Raises `Invalid` without."""
    with unit_of_work(actor) as uow:
        policy.run(actor, plan_id)
        _return(uow, hold(uow, plan_id), Step.REFUSE, seen_edit, words)


def confirm(actor: Actor, plan_id: uuid.UUID, seen_edit: int) -> None:
    """The officer confirms what talent and mentor agreed on: it is in force, and never changed."""
    with unit_of_work(actor) as uow:
        policy.run(actor, plan_id)
        plan = hold(uow, plan_id)
        number, text, agreed_at, shown = plan.revision + 1, texts.draft(plan), plan.agreed_at, queries.load_one(plan)
        if rules.leaves_out(text, shown.in_force, shown.reported):
            raise Conflict(
                _("计划没有确认。"),
                why=_("提交以后又汇报过一项措施，新的内容里没有它。"),
                todo=_("请退回，让本人把它加回来。"),
            )
        blank = {"goals": "", "measures": [], "reason": "", "returned": "", "asked": False}
        move(uow, plan, Step.CONFIRM, seen_edit, revision=number, **blank)
        _write_down(uow, plan, number, text, agreed_at)
        record(uow, plan, "confirm", revision=number)
        for person_id in (plan.person_id, plan.mentor_id):
            tell(uow, plan, person_id, "confirmed", number)


def _write_down(uow: UnitOfWork, plan: CultivationPlan, number: int, text: Text, agreed_at: Any) -> None:
    revision_id = new_id()
    made = insert_new(
        uow.session, CultivationRevision, id=revision_id, plan_id=plan.id, number=number, goals=text.goals,
        reason=text.reason, mentor_id=plan.mentor_id, agreed_at=agreed_at, confirmed_by=uow.actor.person_id,
        confirmed_at=clock.now(),
    )  # fmt: skip
    if not made:
        raise overtaken()
    uow.session.add_all(
        CultivationMeasure(
            id=new_id(), revision_id=revision_id, position=position, line=one.line, kind=one.kind, what=one.what,
            outcome=one.outcome, due_on=one.due_on,
        )
        for position, one in enumerate(text.measures)
    )  # fmt: skip
    uow.session.flush()


def _return(uow: UnitOfWork, plan: CultivationPlan, step: Step, seen_edit: int, words: str) -> None:
    if not words.strip():
        raise Invalid(_("没有退回。"), fields={"reason": _("请写明原因")})
    move(uow, plan, step, seen_edit, returned=words.strip())
    record(uow, plan, step.value, reason=words.strip())
    tell(uow, plan, plan.person_id, "returned", seen_edit, reason=words.strip())


def _check(plan: CultivationPlan, text: Text, shown: queries.Shown) -> None:
    found = rules.faults(
        text, plan.first_day, plan.last_day, before=shown.in_force, reported=shown.reported,
        is_change=plan.revision > 0,
    )  # fmt: skip
    if found:
        fields = {name: wording.fault(fault, name, plan) for name, fault in found.items()}
        raise Invalid(_("计划没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
