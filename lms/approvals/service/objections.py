"""Objections to a public notice: anybody raises one, an officer who had no hand in the case decides it."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import exists, or_, select, update

from lms.access import policy as access
from lms.approvals import policy, rules
from lms.approvals.dto import NewObjection
from lms.approvals.events import ObjectionDecided, ObjectionRaised
from lms.approvals.models import ApprovalCase, ApprovalDecision, CaseState
from lms.approvals.notice_models import NoticeEntry, NoticeState, Objection, ObjectionState, PublicNotice
from lms.approvals.queries import notices
from lms.approvals.service.common import SETTLE, locked, reject
from lms.approvals.service.notices import take_back
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.jobs import queue
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work

NAME, CONTACT, BODY = (2, 60), (5, 100), (10, 2000)
"""Shortest and longest each text may be."""


@dataclass(frozen=True, slots=True)
class Objector:
    """Who objects and how they can be reached: opened for one page, never stored in clear."""

    name: str
    contact: str


def object_to(actor: Actor, notice_id: uuid.UUID, new: NewObjection) -> str:
    """Raise an objection and return its receipt; a key used before gives the earlier receipt. Open to anybody.

    Raises `Conflict` when the last day is over, `NotFound` for a case that is not in the notice, `Invalid` naming what
    is not filled in.
    """
    _check_texts(new)
    with unit_of_work(actor) as uow:
        known = select(PublicNotice.id).where(PublicNotice.id == notice_id).with_for_update()
        if uow.session.scalar(known) is None:
            raise NotFound(_("找不到这份公示。"))
        earlier = uow.session.scalar(select(Objection.receipt).where(Objection.key == new.key))
        if earlier is not None:
            return earlier
        _count(uow, notice_id)
        if new.case_id is not None:
            _check_entry(uow, notice_id, new.case_id)
        cipher = kernel().cipher
        objection = Objection(
            id=new_id(),
            receipt=rules.receipt(secrets.token_bytes(12)),
            key=new.key,
            notice_id=notice_id,
            case_id=new.case_id,
            name_sealed=cipher.encrypt(new.name.strip(), context="objection.name"),
            contact_sealed=cipher.encrypt(new.contact.strip(), context="objection.contact"),
            body=new.body.strip(),
            state=ObjectionState.OPEN,
            raised_at=clock.now(),
        )
        uow.session.add(objection)
        uow.session.flush()
        uow.audit("objection.raise", "objection", objection.id, receipt=objection.receipt)
        uow.emit(ObjectionRaised(objection_id=objection.id, notice_id=notice_id, case_id=new.case_id))
        return objection.receipt


def decide_objection(actor: Actor, objection_id: uuid.UUID, *, upheld: bool, answer: str) -> None:
    """Decide an objection; the answer is read by who raised it and, where it is upheld, by the applicant.

    Upheld against a case, the case is rejected; upheld against the notice, the notice is void and its cases wait for
    another. Dismissed, nothing stands in the case's way any more. Raises `Forbidden` for whoever had a hand in the
    case, `Conflict` when it was decided before.
    """
    answer = answer.strip()
    if not answer:
        raise Invalid(_("没有办理。"), fields={"answer": _("请写明核实的情况和理由")})
    with unit_of_work(actor) as uow:
        objection, notice = notices.objection(objection_id)
        case = locked(uow, objection.case_id) if objection.case_id else None
        access.require(actor, policy.JUDGE, case.org_id if case else notice.org_id)
        _require_impartial(uow, actor, notice, case)
        deciding = update(Objection).where(Objection.id == objection_id, Objection.state == ObjectionState.OPEN)
        state = ObjectionState.UPHELD if upheld else ObjectionState.DISMISSED
        values = {"state": state, "decided_by": actor.person_id, "decided_at": clock.now(), "answer": answer}
        if not uow.change(deciding.values(**values)):
            raise Conflict(_("这条异议已经办理过。"), todo=_("请刷新页面查看结果。"))
        org_id = case.org_id if case else notice.org_id
        uow.audit("objection.decide", "objection", objection_id, org_id=org_id, state=state.value, answer=answer)
        if upheld:
            _uphold(uow, notice, case, objection_id, answer)
        elif notice.state is NoticeState.ENDED:
            queue.enqueue(uow, SETTLE, {}, key=f"{SETTLE}:{objection_id.hex}")
        uow.emit(
            ObjectionDecided(objection_id=objection_id, notice_id=notice.id, case_id=objection.case_id, upheld=upheld)
        )


def reveal_objector(actor: Actor, objection_id: uuid.UUID) -> Objector:
    """Who raised an objection, for the officer who looks into it. Each look is audited."""
    with unit_of_work(actor) as uow:
        objection, notice = notices.objection(objection_id)
        access.require(actor, policy.JUDGE, notices.objection_unit(objection, notice))
        uow.audit("objection.reveal", "objection", objection_id, org_id=notice.org_id, receipt=objection.receipt)
        cipher = kernel().cipher
        return Objector(
            cipher.decrypt(objection.name_sealed, context="objection.name"),
            cipher.decrypt(objection.contact_sealed, context="objection.contact"),
        )


def _check_texts(new: NewObjection) -> None:
    fields = {}
    for field, text, (least, most) in (
        ("name", new.name, NAME),
        ("contact", new.contact, CONTACT),
        ("body", new.body, BODY),
    ):
        if not least <= len(text.strip()) <= most:
            fields[field] = _("应为 %(least)d 至 %(most)d 个字", least=least, most=most)
    if fields:
        raise Invalid(_("异议没有提交。"), fields=fields)


def _count(uow: UnitOfWork, notice_id: uuid.UUID) -> None:
    """Count an objection on a notice that is still open: whoever ends it comes before or after, never between."""
    today = clock.today()
    still_open = update(PublicNotice).where(
        PublicNotice.id == notice_id, PublicNotice.state == NoticeState.OPEN, PublicNotice.closes_on >= today
    )
    counted = still_open.values(objections=PublicNotice.objections + 1).execution_options(synchronize_session=False)
    if not uow.change(counted):
        raise Conflict(
            _("公示已经结束，不再受理异议。"), todo=_("如有情况要反映，请直接联系公示单位。"), code="notice_over"
        )


def _check_entry(uow: UnitOfWork, notice_id: uuid.UUID, case_id: uuid.UUID) -> None:
    query = (
        select(ApprovalCase.id)
        .join(NoticeEntry, NoticeEntry.case_id == ApprovalCase.id)
        .where(
            NoticeEntry.notice_id == notice_id,
            ApprovalCase.id == case_id,
            ApprovalCase.notice_id == notice_id,
            ApprovalCase.state == CaseState.IN_NOTICE,
        )
    )
    if uow.session.scalar(query) is None:
        raise NotFound(_("公示名单里没有这一项，或它已经撤回。"))


def _require_impartial(uow: UnitOfWork, actor: Actor, notice: PublicNotice, case: ApprovalCase | None) -> None:
    """Nobody judges what they decided, published or applied for."""
    if actor is SYSTEM:
        return
    me = actor.person_id
    cases = (
        select(ApprovalCase.id).where(ApprovalCase.id == case.id)
        if case
        else select(NoticeEntry.case_id).where(NoticeEntry.notice_id == notice.id)
    )
    decided = exists().where(
        ApprovalDecision.case_id.in_(cases),
        or_(ApprovalDecision.decided_by == me, ApprovalDecision.on_behalf_of == me),
    )
    own = exists().where(ApprovalCase.id.in_(cases), or_(ApprovalCase.applicant_id == me, ApprovalCase.opened_by == me))
    had_a_hand = uow.session.scalar(select(or_(decided, own)))
    if had_a_hand or (case is None and notice.published_by == me):
        raise Forbidden(
            _("这条异议不能由您办理。"),
            why=_("您办理过这件申请、发布了这份公示，或是申请人本人。"),
            todo=_("请由另一位干部核实。"),
            code="not_impartial",
        )


def _uphold(
    uow: UnitOfWork, notice: PublicNotice, case: ApprovalCase | None, objection_id: uuid.UUID, answer: str
) -> None:
    if case is None:
        take_back(uow, notice, answer, from_states=(NoticeState.OPEN, NoticeState.ENDED))
    elif case.state in {CaseState.IN_NOTICE, CaseState.AWAITING_NOTICE}:
        reject(uow, case, answer, objection_id=objection_id)
