"""Opening a case: the chain in force today, resolved to units along the applicant's tree and frozen with the facts."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from lms.approvals import chain, kinds, rules
from lms.approvals.chain import LeftOut, Place, StandingStep
from lms.approvals.dto import CaseBrief, NewCase, ProofFile
from lms.approvals.events import CaseOpened
from lms.approvals.kinds import CaseKind
from lms.approvals.models import ApprovalCase, CaseState
from lms.approvals.queries import chains
from lms.approvals.queries.cases import brief
from lms.approvals.service.common import about, next_number, tell
from lms.approvals.service.proofs import keep_proof
from lms.kernel import clock, workdays
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs import queries as orgs
from lms.people.models import Employment, Person, PersonState


def open_case(actor: Actor, new: NewCase) -> CaseBrief:
    """Open a case and say where it stands; a key used before gives the earlier case.

    The consumer has made sure that the actor may apply for the applicant. Raises `Invalid` naming every required proof
    that is missing, `Conflict` where nobody stands above the applicant to decide, or the key belongs to another case.
    """
    kind = kinds.require(new.kind)
    with unit_of_work(actor) as uow:
        year = clock.today().year
        number = rules.case_number(year, next_number(uow, f"case-{year}"))
        earlier = uow.session.scalars(select(ApprovalCase).where(ApprovalCase.key == new.key)).first()
        if earlier is not None:
            return _same(earlier, new)
        check_proofs(kind, new.proofs)
        case = _new_case(uow, actor, kind, new, number)
        uow.session.add(case)
        uow.session.flush()
        for proof in new.proofs:
            keep_proof(uow, actor, kind, case, proof)
        uow.session.flush()
        uow.audit("approval.open", "approval_case", case.id, org_id=case.org_id, number=number, kind=kind.key)
        tell(uow, case, "opened", unit=case.steps[0]["unit"], day=case.due_on)
        uow.emit(CaseOpened(**about(case), number=number))
        return brief(case)


def check_proofs(kind: CaseKind, proofs: tuple[ProofFile, ...]) -> None:
    """Raise `Invalid` naming every required proof that is missing, by the key of its kind."""
    given = {proof.kind for proof in proofs}
    wanting = [proof for proof in kind.proofs if proof.required and proof.key not in given]
    if wanting:
        titles = listed(proof.title for proof in wanting)
        raise Invalid(
            _("还缺证明材料：%(titles)s。", titles=titles),
            todo=_("请补齐后再提交。"),
            fields={proof.key: _("请上传%(title)s", title=proof.title) for proof in wanting},
        )


def _same(earlier: ApprovalCase, new: NewCase) -> CaseBrief:
    if (earlier.kind, earlier.subject_id, earlier.applicant_id) != (new.kind, new.subject_id, new.applicant_id):
        raise Conflict(_("这个编号已用于另一件申请。"), code="key_taken")
    return brief(earlier)


def _new_case(uow: UnitOfWork, actor: Actor, kind: CaseKind, new: NewCase, number: str) -> ApprovalCase:
    today = clock.today()
    name = uow.session.scalar(
        select(Person.name).where(Person.id == new.applicant_id, Person.state == PersonState.ACTIVE)
    )
    if name is None:
        raise NotFound(_("找不到这个人。"))
    org_id = new.org_id or _employer(uow, new.applicant_id)
    plan = chains.in_force(kind, today).plan
    steps, left_out = _resolved(plan.steps, org_id)
    first = steps[0]
    return ApprovalCase(
        id=new_id(),
        number=number,
        kind=kind.key,
        subject_id=new.subject_id,
        key=new.key,
        plan=plan.plain(),
        steps=[step.plain() for step in steps],
        left_out=[one.plain() for one in left_out],
        applicant_id=new.applicant_id,
        applicant_name=name,
        applicant_unit=orgs.paths([org_id])[org_id],
        org_id=org_id,
        opened_by=actor.person_id,
        title=new.title,
        facts=[fact.plain() for fact in new.facts],
        amount_fen=new.amount_fen,
        state=CaseState.OPEN,
        round=1,
        due_on=workdays.add_working_days(today, first.step.days),
        opened_at=clock.now(),
        **stands_at(first),
    )


def stands_at(step: StandingStep) -> dict[str, object]:
    """The columns that repeat the step a case stands at."""
    return {
        "step_at": step.number,
        "at_role": step.step.role,
        "at_org_id": step.unit_id,
        "at_level": step.step.level,
    }


def _resolved(
    steps: tuple[chain.ChainStep, ...], org_id: uuid.UUID
) -> tuple[tuple[StandingStep, ...], tuple[LeftOut, ...]]:
    path = [Place(unit.id, unit.kind, unit.name) for unit in orgs.path(org_id)]
    if not path:
        raise NotFound(_("找不到这个单位。"))
    standing, left_out = chain.resolve(steps, path)
    if not standing:
        raise Conflict(
            _("这件申请没有可以办理的单位。"),
            why=_("审批流程的各级在“%(unit)s”之上都不存在。", unit=path[-1].name),
            todo=_("请联系市级管理员调整审批流程。"),
        )
    return standing, left_out


def _employer(uow: UnitOfWork, person_id: uuid.UUID) -> uuid.UUID:
    """The unit that employs the person now, the latest where there are several."""
    query = select(Employment.org_id).where(Employment.person_id == person_id, Employment.ended_on.is_(None))
    found = uow.session.scalar(query.order_by(Employment.started_on.desc(), Employment.id).limit(1))
    if found is None:
        raise Conflict(
            _("还不能申请。"), why=_("人员档案里没有在职单位。"), todo=_("请先请单位人事干部登记任职。"), code="no_unit"
        )
    return found
