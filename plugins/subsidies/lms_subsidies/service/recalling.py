"""A certificate was revoked: what rests on it ends. Where money has gone out, an officer decides whether to recall it.

Money that is recalled becomes a receivable of payouts, as tuition's does: what comes back is followed there alone.
"""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.events import CertificateRevoked
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import (
    LIVE,
    TO_PAY,
    ClaimState,
    NewRecall,
    cancel_payment,
    claim_words,
    overtaken,
    payment,
    recall_payment,
)
from lms_subsidies import policy
from lms_subsidies.models import Claim, Invitation, SchemeRevision, What
from lms_subsidies.queries import claims
from lms_subsidies.service.common import note, revoked, tell
from lms_subsidies.service.paying import settle


def on_revoked(event: CertificateRevoked) -> None:
    """Void the invitation; withdraw the claim under review, cancel its payment, or flag money that has gone out.

    The invitation is voided first: a claim being made at this moment is either refused by that, or found here.
    """
    with unit_of_work(SYSTEM) as uow:
        voiding = update(Invitation).where(Invitation.certificate_id == event.certificate_id)
        values = {"voided_at": clock.now()}
        if not uow.change(voiding.where(Invitation.voided_at.is_(None)).values(**values)):
            return
        query = select(Claim).join(Invitation, Invitation.id == Claim.invitation_id)
        query = query.where(Invitation.certificate_id == event.certificate_id, Claim.state.in_(LIVE))
        for claim in uow.session.scalars(query.execution_options(populate_existing=True)).all():
            _take_back(uow, claim, event.number)


def settle_recall(actor: Actor, claim_id: uuid.UUID, *, recall: bool, remark: str) -> None:
    """Decide, once, whether money that has gone out is to come back: then all of it becomes a receivable of payouts.

    Raises `Invalid` without a remark, `Forbidden` for one's own, `Conflict` when there is nothing to decide, or while
    the bank has not answered what would be recalled.
    """
    if not remark.strip():
        raise Invalid(_("没有办结。"), fields={"note": _("请写明处理情况")})
    with unit_of_work(actor) as uow:
        claim = claims.of_officer(actor, claim_id)
        services().access.require(actor, policy.RECALL, claim.org_id)
        if claim.person_id == actor.person_id:
            raise Forbidden(_("不能办理自己的追回。"), todo=_("请由另一位干部办理。"))
        settling = update(Claim).where(
            Claim.id == claim_id, Claim.recalled_number != "", Claim.recall_settled_at.is_(None)
        )
        settling = settling.values(recall_settled_at=clock.now()).execution_options(synchronize_session=False)
        if not uow.change(settling):
            raise Conflict(_("这笔奖励没有待追回的，或已经办结。"), todo=_("请刷新页面查看。"))
        note(uow, claim_id, What.SETTLED, remark.strip())
        if recall:
            _recall(uow, claim, remark.strip())
        uow.audit(
            "subsidies.recall.settle", "subsidies_claim", claim_id, org_id=claim.org_id, number=claim.case_number,
            recall=recall, note=remark.strip(),
        )  # fmt: skip


def _recall(uow: UnitOfWork, claim: Claim, remark: str) -> None:
    if claim.payment_id is None:
        raise overtaken()
    why = _("证书 %(number)s 已撤销。%(remark)s", number=claim.recalled_number, remark=remark)
    new = NewRecall(
        key=f"subsidies:{claim.id.hex}", payment_id=claim.payment_id, amount_fen=claim.amount_fen, reason=why
    )
    recall_payment(uow.actor, new)
    amount, title = claim_words.money(claim.amount_fen), uow.session.get_one(SchemeRevision, claim.revision_id).title
    tell(uow, claim, "recalled", claim.id.hex, title=title, amount=amount, certificate=claim.recalled_number)


def _take_back(uow: UnitOfWork, claim: Claim, certificate: str) -> None:
    reason = revoked(certificate)
    if claim.state is ClaimState.IN_REVIEW and claim.case_id is not None:
        try:
            with uow.savepoint():
                services().approvals.withdraw(SYSTEM, claim.case_id, reason)
        except Conflict:  # it was decided at this moment
            uow.session.refresh(claim)
        else:
            return
    if claim.state in TO_PAY and claim.payment_id is not None:
        try:
            with uow.savepoint():
                cancel_payment(SYSTEM, claim.payment_id, reason)
        except Conflict:  # the bank has it, or two officers have signed for it
            uow.session.refresh(claim)
        else:
            settle(uow, claim, payment(claim.payment_id))
            return
    if claim.state in LIVE:
        _flag(uow, claim, certificate)


def _flag(uow: UnitOfWork, claim: Claim, certificate: str) -> None:
    flagging = update(Claim).where(Claim.id == claim.id, Claim.recalled_number == "")
    if not uow.change(flagging.values(recalled_number=certificate).execution_options(synchronize_session=False)):
        return
    uow.session.refresh(claim)
    note(uow, claim.id, What.RECALL, certificate)
    uow.audit("subsidies.recall.flag", "subsidies_claim", claim.id, org_id=claim.org_id, number=claim.case_number)
    title = uow.session.get_one(SchemeRevision, claim.revision_id).title
    tell(
        uow,
        claim,
        "recall",
        claim.id.hex,
        title=title,
        certificate=certificate,
        number=claim.case_number,
        amount=claim_words.money(claim.amount_fen),
    )
