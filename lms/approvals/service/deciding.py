"""Deciding a step: approve, return for correction, reject. Append-only, one decision for each step and round."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from lms.approvals import policy, rules
from lms.approvals.chain import ChainPlan, StandingStep
from lms.approvals.dto import CaseBrief, Decision, Missing
from lms.approvals.events import CaseDecided, CaseReturned
from lms.approvals.models import ApprovalCase, ApprovalDecision, CaseState, Outcome
from lms.approvals.queries.cases import brief, proof_ids, sealed
from lms.approvals.queries.returns import labels_of, namable_now, returns_left
from lms.approvals.service.common import about, approve, locked, overtaken, reject, swap, tell
from lms.approvals.service.opening import stands_at
from lms.kernel import clock, workdays
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.models import Person

LONGEST = 1000


def decide(actor: Actor, case_id: uuid.UUID, decision: Decision, *, seen: str) -> CaseBrief:
    """Decide the present step and say where the case stands now. Sent twice, it is decided once.

    `seen` is the seal of the page the officer decided on (`CaseView.seal`). Raises `NotFound` for a case out of sight,
    `Forbidden` for one that somebody else has to decide, `Conflict` when the case has changed since the page was drawn,
    `Invalid` for a return that names nothing, or names what could have been named before, and for a missing reason.
    """
    with unit_of_work(actor) as uow:
        case = locked(uow, case_id)
        if _decided_before(uow, actor, case, decision, seen):
            return brief(case)
        policy.require_visible(actor, case.id)
        if sealed(case, proof_ids(case.id)) != seen:
            raise overtaken()
        absent_id = policy.acting_for(actor, case)
        step = StandingStep.parse(case.steps[case.step_at - 1])
        if decision.outcome is Outcome.APPROVED:
            _record(uow, actor, case, decision, absent_id=absent_id, seen=seen)
            _go_on(uow, case)
        elif decision.outcome is Outcome.RETURNED:
            missing = _checked_missing(case, decision)
            _record(uow, actor, case, decision, absent_id=absent_id, seen=seen, missing=missing)
            _send_back(uow, case, step, missing)
        else:
            reason = _checked_reason(decision)
            _record(uow, actor, case, decision, absent_id=absent_id, seen=seen)
            reject(uow, case, reason)
        return brief(case)


def _decided_before(uow: UnitOfWork, actor: Actor, case: ApprovalCase, decision: Decision, seen: str) -> bool:
    """Whether this very decision was recorded before: a second click, a form sent again."""
    same = select(ApprovalDecision.id).where(
        ApprovalDecision.case_id == case.id,
        ApprovalDecision.decided_by == actor.person_id,
        ApprovalDecision.outcome == decision.outcome,
        ApprovalDecision.seen == seen,
    )
    return uow.session.scalar(same) is not None


def _record(
    uow: UnitOfWork,
    actor: Actor,
    case: ApprovalCase,
    decision: Decision,
    *,
    absent_id: uuid.UUID | None,
    seen: str,
    missing: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write the decision, its audit entry and its event. The unique key lets one of two officers through."""
    absent = uow.session.scalar(select(Person.name).where(Person.id == absent_id)) if absent_id else None
    is_new = insert_new(
        uow.session,
        ApprovalDecision,
        id=new_id(),
        case_id=case.id,
        round=case.round,
        step=case.step_at,
        outcome=decision.outcome,
        reason=decision.reason.strip(),
        missing=list(missing),
        decided_by=actor.person_id,
        on_behalf_of=absent_id,
        decider=actor.name,
        absent=absent or "",
        seen=seen,
        decided_at=clock.now(),
    )
    if not is_new:
        raise overtaken()
    uow.audit(
        "approval.decide", "approval_case", case.id, org_id=case.at_org_id, number=case.number, step=case.step_at,
        round=case.round, outcome=decision.outcome.value, on_behalf_of=absent_id.hex if absent_id else "",
        reason=decision.reason.strip(), missing=[one["item"] for one in missing],
    )  # fmt: skip
    uow.emit(CaseDecided(**about(case), round=case.round, step=case.step_at, outcome=decision.outcome.value))


def _go_on(uow: UnitOfWork, case: ApprovalCase) -> None:
    """Hand an approved case to the next step, to the notice, or end it."""
    if case.step_at < len(case.steps):
        step = StandingStep.parse(case.steps[case.step_at])
        due_on = workdays.add_working_days(clock.today(), step.step.days)
        swap(uow, case, due_on=due_on, **stands_at(step))
        tell(uow, case, "moved_on", unit=step.unit, day=due_on)
    elif case.plan["notice_days"] is not None:
        swap(uow, case, state=CaseState.AWAITING_NOTICE, due_on=None)
        tell(uow, case, "awaiting_notice", days=case.plan["notice_days"])
    else:
        approve(uow, case)


def _send_back(uow: UnitOfWork, case: ApprovalCase, step: StandingStep, missing: Sequence[Mapping[str, Any]]) -> None:
    days = ChainPlan.parse(case.plan).correction_days
    due_on = workdays.add_working_days(clock.today(), days) if days else None
    swap(uow, case, state=CaseState.RETURNED, due_on=due_on)
    if due_on:
        tell(uow, case, "returned", unit=step.unit, count=len(missing), day=due_on)
    else:
        tell(uow, case, "returned_undated", unit=step.unit, count=len(missing))
    items = tuple(str(one["item"]) for one in missing)
    uow.emit(CaseReturned(**about(case), round=case.round, step=case.step_at, missing=items))


def _checked_missing(case: ApprovalCase, decision: Decision) -> list[dict[str, Any]]:
    """The items of a return with the labels they have today. Raises `Invalid` or `Conflict`."""
    if not returns_left(case):
        raise Conflict(
            _("这个环节已经退回过补正，不能再退回。"),
            why=_("要补正的内容应当一次告知。"),
            todo=_("请根据现有材料同意或不予通过。"),
            code="returned_before",
        )
    if not decision.missing:
        message = _("请一次列全要补正的内容")
        raise Invalid(_("没有退回。"), fields={"missing": message})
    labels, allowed = labels_of(case), namable_now(case)
    refused = [one.item for one in decision.missing if one.item not in allowed]
    if refused:
        named = listed(pick(labels.get(item, item)) for item in refused)
        raise Invalid(
            _("没有退回：%(items)s不能在这次要求补正。", items=named),
            why=_("上一次退回时这些内容已经在案，当时没有提出。"),
            todo=_("请只写上次列出而仍未补齐的，或补正后新出现的问题。"),
            fields={"missing": _("应当在第一次退回时一次告知")},
            code="named_too_late",
        )
    for one in decision.missing:
        if one.item == rules.OTHER and not one.note.strip():
            raise Invalid(_("没有退回。"), fields={"missing": _("请写明“其他”是指什么")})
    return [_stored(one, labels) for one in decision.missing]


def _stored(one: Missing, labels: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    return {"item": one.item, "label": labels[one.item], "note": one.note.strip()[:LONGEST]}


def _checked_reason(decision: Decision) -> str:
    reason = decision.reason.strip()
    if not reason:
        raise Invalid(_("没有办理。"), fields={"reason": _("请写明不予通过的理由，申请人会看到")})
    return reason
