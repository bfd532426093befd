"""Proofs: checked when they come in, kept in the file store, shown only to who may see the case."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from lms.approvals import kinds, policy
from lms.approvals.dto import ProofFile
from lms.approvals.kinds import CaseKind
from lms.approvals.models import ApprovalCase, ApprovalDecision, ApprovalProof, CaseState
from lms.approvals.service.common import locked
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.models import StoredFile
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.webkit import uploads

MOST = 12
"""How many files of one kind a case takes, corrections included."""


@dataclass(frozen=True, slots=True)
class ProofContent:
    """A proof's bytes with what a browser has to know of them."""

    name: str
    media_type: str
    content: bytes


def add_proof(actor: Actor, case_id: uuid.UUID, file: ProofFile) -> uuid.UUID:
    """Add a proof to one's own case and return its id; the same file twice is one proof.

    Possible before anybody has decided, and while the case is returned. Raises `Invalid` for a file that is not what
    the kind accepts, `Conflict` at any other time.
    """
    return add_proofs(actor, case_id, [file])[0]


def add_proofs(actor: Actor, case_id: uuid.UUID, files: Sequence[ProofFile]) -> list[uuid.UUID]:
    """The same for several: all of them or none."""
    with unit_of_work(actor) as uow:
        case = locked(uow, case_id)
        policy.require_own(actor, case)
        kind = kinds.require(case.kind)
        if not _takes_proofs(uow, case):
            raise Conflict(
                _("现在不能再加证明材料。"), why=_("申请已经在办理。"), todo=_("如被退回补正，届时可以补交。")
            )
        added = [keep_proof(uow, actor, kind, case, file) for file in files]
        uow.audit(
            "approval.proof", "approval_case", case.id, org_id=case.org_id, proofs=[proof_id.hex for proof_id in added]
        )
        return added


def keep_proof(uow: UnitOfWork, actor: Actor, kind: CaseKind, case: ApprovalCase, file: ProofFile) -> uuid.UUID:
    """Check and store a proof of a case. Raises `Invalid`, its field the key of the kind of proof."""
    wanted = kind.proof(file.kind)
    if wanted is None:
        raise Invalid(_("这类申请不收“%(kind)s”这种材料。", kind=file.kind))
    try:
        upload = uploads.accept_bytes(file.name, file.content, wanted.accepts, megabytes=wanted.megabytes)
    except Invalid as refusal:
        refusal.fields = {file.kind: refusal.fields.get("file", refusal.what)}
        raise
    digest = hashlib.sha256(upload.content).hexdigest()
    same_kind = select(ApprovalProof.id).where(ApprovalProof.case_id == case.id, ApprovalProof.kind == file.kind)
    earlier = uow.session.scalar(same_kind.where(ApprovalProof.sha256 == digest))
    if earlier is not None:
        return earlier
    if (uow.session.scalar(select(func.count()).select_from(same_kind.subquery())) or 0) >= MOST:
        message = _("“%(title)s”已有 %(count)d 个文件，不能再加。", title=wanted.title, count=MOST)
        raise Invalid(message, fields={file.kind: message})
    stored = kernel().files.put(
        uow, room="approvals", name=upload.name, media_type=upload.kind.media_type, content=upload.content
    )
    proof = ApprovalProof(
        id=new_id(),
        case_id=case.id,
        kind=file.kind,
        file_id=stored.id,
        sha256=digest,
        round=case.round + (case.state is CaseState.RETURNED),
        added_by=actor.person_id,
        added_at=clock.now(),
    )
    uow.session.flush()
    uow.session.add(proof)
    uow.session.flush()
    return proof.id


def read_proof(actor: Actor, case_id: uuid.UUID, proof_id: uuid.UUID) -> ProofContent:
    """A proof's content, for the applicant and whoever sees the case; an officer's look is audited.

    Raises `NotFound` for anybody else.
    """
    found = db.session.execute(
        select(ApprovalProof, ApprovalCase, StoredFile)
        .join(ApprovalCase, ApprovalCase.id == ApprovalProof.case_id)
        .join(StoredFile, StoredFile.id == ApprovalProof.file_id)
        .where(ApprovalProof.id == proof_id, ApprovalProof.case_id == case_id)
    ).first()
    if found is None:
        raise NotFound(_("找不到这份材料。"))
    proof, case, file = found
    shown = ProofContent(file.name, file.media_type, kernel().files.read(file.id))
    if not policy.is_own(actor, case):
        policy.require_visible(actor, case_id)
        with unit_of_work(actor) as uow:
            detail = {"number": case.number, "kind": proof.kind, "sha256": proof.sha256}
            uow.audit("approval.proof_view", "approval_proof", proof.id, org_id=case.org_id, **detail)
    return shown


def _takes_proofs(uow: UnitOfWork, case: ApprovalCase) -> bool:
    if case.state is CaseState.RETURNED:
        return True
    decided = select(ApprovalDecision.id).where(ApprovalDecision.case_id == case.id).limit(1)
    return case.state is CaseState.OPEN and uow.session.scalar(decided) is None
