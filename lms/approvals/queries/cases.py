"""Reading cases. Whether somebody may see one is the caller's question (`lms.approvals.policy`)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from lms.approvals import kinds, rules
from lms.approvals.chain import ChainPlan, LeftOut, StandingStep
from lms.approvals.dto import CaseBrief, CaseView, DecisionView, Fact, MissingView, ProofView
from lms.approvals.kinds import CaseKind
from lms.approvals.models import RUNNING, ApprovalCase, ApprovalDecision, ApprovalProof
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import StoredFile
from lms.people.models import Person


def row(case_id: uuid.UUID) -> ApprovalCase:
    """The case's row. Raises `NotFound`."""
    found = db.session.get(ApprovalCase, case_id)
    if found is None:
        raise NotFound(_("找不到这件申请。"))
    return found


def brief(case: ApprovalCase) -> CaseBrief:
    """Where a case stands."""
    return CaseBrief(
        case_id=case.id,
        number=case.number,
        kind=case.kind,
        subject_id=case.subject_id,
        applicant_id=case.applicant_id,
        state=case.state,
        round=case.round,
        step=case.step_at,
        due_on=case.due_on,
    )


def case_view(case_id: uuid.UUID) -> CaseView:
    """Everything about a case but its story. Three SELECTs. Raises `NotFound`."""
    return views([row(case_id)])[0]


def views(cases: Sequence[ApprovalCase]) -> list[CaseView]:
    """Cases with their proofs and decisions. Two SELECTs, whatever their number."""
    ids = [case.id for case in cases]
    proofs, decisions = _proofs(ids), _decisions(ids)
    return [_view(case, proofs[case.id], decisions[case.id]) for case in cases]


def cases_of(subject_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, tuple[CaseBrief, ...]]:
    """The cases of each subject, the oldest first. One SELECT."""
    wanted = list(subject_ids)
    found: dict[uuid.UUID, list[CaseBrief]] = {subject_id: [] for subject_id in wanted}
    query = select(ApprovalCase).where(ApprovalCase.subject_id.in_(wanted))
    for case in db.session.scalars(query.order_by(ApprovalCase.opened_at, ApprovalCase.id)):
        found[case.subject_id].append(brief(case))
    return {subject_id: tuple(briefs) for subject_id, briefs in found.items()}


def own_cases(actor: Actor, *, running: bool = False) -> Select[ApprovalCase]:
    """The actor's own applications, those still running first, the newest first."""
    query = select(ApprovalCase).where(ApprovalCase.applicant_id == actor.person_id)
    if running:
        query = query.where(ApprovalCase.state.in_(RUNNING))
    return query.order_by(ApprovalCase.state.not_in(RUNNING), ApprovalCase.opened_at.desc(), ApprovalCase.id)


def sealed(case: ApprovalCase, proofs: Iterable[uuid.UUID]) -> str:
    """The seal of what an officer decides on."""
    return rules.seal(
        round_=case.round,
        step=case.step_at,
        state=case.state.value,
        facts=case.facts,
        amount_fen=case.amount_fen,
        proofs=proofs,
    )


def proof_ids(case_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Ids of a case's proofs."""
    return db.session.scalars(select(ApprovalProof.id).where(ApprovalProof.case_id == case_id)).all()


def person_name(person_id: uuid.UUID) -> str:
    """A person's name as it is now."""
    return db.session.scalar(select(Person.name).where(Person.id == person_id)) or ""


def person_names(person_ids: Iterable[uuid.UUID | None]) -> Mapping[uuid.UUID, str]:
    """Names by id. One SELECT."""
    wanted = {person_id for person_id in person_ids if person_id}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def missing_views(stored: Iterable[Mapping[str, Any]]) -> tuple[MissingView, ...]:
    """What a return asked for."""
    return tuple(MissingView(one["item"], one["label"], one["note"]) for one in stored)


def _proofs(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[tuple[ApprovalProof, StoredFile]]]:
    query = select(ApprovalProof, StoredFile).join(StoredFile, StoredFile.id == ApprovalProof.file_id)
    query = query.where(ApprovalProof.case_id.in_(ids)).order_by(ApprovalProof.added_at, ApprovalProof.id)
    found: dict[uuid.UUID, list[tuple[ApprovalProof, StoredFile]]] = defaultdict(list)
    for proof, file in db.session.execute(query):
        found[proof.case_id].append((proof, file))
    return found


def _decisions(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[ApprovalDecision]]:
    query = select(ApprovalDecision).where(ApprovalDecision.case_id.in_(ids))
    found: dict[uuid.UUID, list[ApprovalDecision]] = defaultdict(list)
    for decision in db.session.scalars(query.order_by(ApprovalDecision.decided_at, ApprovalDecision.id)):
        found[decision.case_id].append(decision)
    return found


def _view(
    case: ApprovalCase, proofs: list[tuple[ApprovalProof, StoredFile]], decisions: list[ApprovalDecision]
) -> CaseView:
    kind = kinds.find(case.kind)
    return CaseView(
        brief=brief(case),
        kind_title=kind.title if kind else case.kind,
        kind_known=kind is not None,
        title=case.title,
        applicant=case.applicant_name,
        unit=case.applicant_unit,
        org_id=case.org_id,
        facts=tuple(Fact.parse(fact) for fact in case.facts),
        amount_fen=case.amount_fen,
        steps=tuple(StandingStep.parse(step) for step in case.steps),
        left_out=tuple(LeftOut.parse(one) for one in case.left_out),
        plan=ChainPlan.parse(case.plan),
        proofs=tuple(_proof_view(kind, proof, file) for proof, file in proofs),
        decisions=tuple(_decision_view(decision) for decision in decisions),
        notice_id=case.notice_id,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        closed_reason=case.closed_reason,
        lapsed=case.lapsed,
        seal=sealed(case, [proof.id for proof, _file in proofs]),
    )


def _proof_view(kind: CaseKind | None, proof: ApprovalProof, file: StoredFile) -> ProofView:
    declared = kind.proof(proof.kind) if kind else None
    return ProofView(
        proof_id=proof.id,
        kind=proof.kind,
        title=declared.title if declared else proof.kind,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        round=proof.round,
        added_at=proof.added_at,
    )


def _decision_view(decision: ApprovalDecision) -> DecisionView:
    return DecisionView(
        round=decision.round,
        step=decision.step,
        outcome=decision.outcome,
        reason=decision.reason,
        missing=missing_views(decision.missing),
        decided_by=decision.decided_by,
        decider=decision.decider,
        absent=decision.absent,
        decided_at=decision.decided_at,
    )
