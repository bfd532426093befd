"""The applicant's side: answering a return, taking the application back; and what happens when no answer comes."""

from __future__ import annotations

import uuid
from typing import Any

from lms.approvals import kinds, policy
from lms.approvals.chain import StandingStep
from lms.approvals.dto import CaseBrief, Correction
from lms.approvals.events import CaseResubmitted, CaseWithdrawn
from lms.approvals.models import RUNNING, ApprovalCase, ApprovalCorrection, CaseState
from lms.approvals.queries.cases import brief
from lms.approvals.queries.returns import still_wanted
from lms.approvals.service.common import about, locked, overtaken, swap, tell
from lms.approvals.service.proofs import keep_proof
from lms.kernel import clock, workdays
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work


def resubmit(actor: Actor, case_id: uuid.UUID, correction: Correction, *, seen_round: int) -> CaseBrief:
    """Hand a returned case in again; it goes on at the step that returned it. Sent twice, it is handed in once.

    Raises `Conflict` for a case that was not returned in `seen_round`, and `Invalid` when a proof that was asked for is
    still missing and no note says why.
    """
    with unit_of_work(actor) as uow:
        case = locked(uow, case_id)
        policy.require_own(actor, case)
        if case.state is CaseState.OPEN and case.round == seen_round + 1:
            return brief(case)
        kind = kinds.require(case.kind)
        if case.state is not CaseState.RETURNED or case.round != seen_round:
            raise overtaken()
        for proof in correction.proofs:
            keep_proof(uow, actor, kind, case, proof)
        _check_answered(case, correction)
        _keep(uow, actor, case, correction)
        step = StandingStep.parse(case.steps[case.step_at - 1])
        due_on = workdays.add_working_days(clock.today(), step.step.days)
        changed: dict[str, Any] = {}
        if correction.facts is not None:
            changed = {"facts": [fact.plain() for fact in correction.facts], "amount_fen": correction.amount_fen}
        swap(uow, case, state=CaseState.OPEN, round=case.round + 1, due_on=due_on, **changed)
        uow.audit("approval.resubmit", "approval_case", case.id, org_id=case.org_id, number=case.number)
        tell(uow, case, "resubmitted", unit=step.unit, day=due_on)
        uow.emit(CaseResubmitted(**about(case), round=case.round))
        return brief(case)


def withdraw(actor: Actor, case_id: uuid.UUID, reason: str = "") -> CaseBrief:
    """Take one's own running application back. Raises `Conflict` when it has ended; twice is once.

    `SYSTEM` does it, with a reason the applicant reads, when what the case rests on is gone.
    """
    with unit_of_work(actor) as uow:
        case = locked(uow, case_id)
        policy.require_own(actor, case)
        if case.state is CaseState.WITHDRAWN:
            return brief(case)
        if case.state not in RUNNING:
            raise Conflict(_("这件申请已经办结，不能撤回。"))
        _end(uow, case, reason.strip()[:500], "taken_back" if actor is SYSTEM else "withdrawn")
        return brief(case)


def lapse(case_id: uuid.UUID) -> bool:
    """Count a return that was not answered by its last day as withdrawn. False when the case has moved on."""
    with unit_of_work(SYSTEM) as uow:
        case = locked(uow, case_id)
        is_late = case.due_on is not None and case.due_on < clock.today()
        if case.state is not CaseState.RETURNED or not is_late or kinds.find(case.kind) is None:
            return False
        _end(uow, case, "", "lapsed")
        return True


def _end(uow: UnitOfWork, case: ApprovalCase, reason: str, how: str) -> None:
    """End a case as withdrawn. `how` names the message: withdrawn, taken_back or lapsed."""
    lapsed = how == "lapsed"
    swap(uow, case, state=CaseState.WITHDRAWN, closed_at=clock.now(), closed_reason=reason, lapsed=lapsed, due_on=None)
    detail = {"number": case.number, "lapsed": lapsed}
    uow.audit("approval.withdraw", "approval_case", case.id, org_id=case.org_id, **detail)
    tell(uow, case, how, reason=reason)
    uow.emit(CaseWithdrawn(**about(case), lapsed=lapsed))


def _check_answered(case: ApprovalCase, correction: Correction) -> None:
    if correction.note.strip():
        return
    wanting = [one for one in still_wanted(case) if one["item"].startswith("proof:")]
    if wanting:
        titles = listed(pick(one["label"]) for one in wanting)
        raise Invalid(
            _("还没有补交：%(titles)s。", titles=titles),
            todo=_("请上传；确实没有的，请在说明里写清原因。"),
            fields={"note": _("请补交材料，或在这里说明原因")},
        )


def _keep(uow: UnitOfWork, actor: Actor, case: ApprovalCase, correction: Correction) -> None:
    """Record the answer with the facts it replaces."""
    is_new = insert_new(
        uow.session,
        ApprovalCorrection,
        id=new_id(),
        case_id=case.id,
        round=case.round + 1,
        note=correction.note.strip()[:1000],
        facts_before=case.facts,
        amount_before=case.amount_fen,
        submitted_by=actor.person_id,
        submitted_at=clock.now(),
    )
    if not is_new:
        raise overtaken()
