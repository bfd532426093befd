"""What the end of a claim's approval case means: a payment, or the end of the claim. In the case's transaction."""

from __future__ import annotations

from lms.plugin_api.errors import Conflict
from lms.plugin_api.services import CaseInfo, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, UnitOfWork, clock, unit_of_work
from lms_payouts.api import ClaimState, Paid, change_state, overtaken, pay_claim
from lms_subsidies.models import Claim, Invitation, SchemeRevision, What
from lms_subsidies.service.common import FIELD, KIND, free_subject, note

_ENDS = {"rejected": (ClaimState.REJECTED, What.REJECTED), "withdrawn": (ClaimState.WITHDRAWN, What.WITHDRAWN)}


def close_claim(case: CaseInfo) -> None:
    """Act on the end of a case.

    Raises `Conflict`, which keeps the case open, when the money is not there or the certificate was revoked; the words
    reach whoever approves.
    """
    if case.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        claim = uow.session.get(Claim, case.subject_id, populate_existing=True)
        if claim is None:
            return
        if case.state == "approved":
            _approve(uow, claim, case)
            return
        state, what = _ENDS[case.state]
        if not change_state(uow, claim, (ClaimState.IN_REVIEW,), state, closed_at=clock.now()):
            raise overtaken()
        free_subject(uow, claim)
        note(uow, claim.id, what, case.reason)


def scheme_code(code: str) -> str:
    """What payouts calls a scheme of ours."""
    return f"subsidies.{code}"


def _approve(uow: UnitOfWork, claim: Claim, case: CaseInfo) -> None:
    invitation = uow.session.get_one(Invitation, claim.invitation_id, populate_existing=True)
    revision = uow.session.get_one(SchemeRevision, claim.revision_id)
    _require_valid(claim, invitation)
    how = Paid(
        field=FIELD,
        key=f"subsidies:{claim.id.hex}",
        award_key=claim.award_key,
        scheme=scheme_code(revision.code),
        title=revision.title,
        level=revision.budget_level,
    )
    payment_id = pay_claim(claim, case, how)
    if not change_state(uow, claim, (ClaimState.IN_REVIEW,), ClaimState.APPROVED, payment_id=payment_id):
        raise overtaken()
    note(uow, claim.id, What.APPROVED)


def _require_valid(claim: Claim, invitation: Invitation) -> None:
    """Money is not promised for a certificate that has been revoked meanwhile."""
    void = invitation.voided_at is not None or invitation.award_key != claim.award_key
    if invitation.certificate_id is not None and not void:
        void = services().certificates.certificate(invitation.certificate_id).status == "revoked"
    if void:
        raise Conflict(
            _("这笔申领不能通过。"), why=_("它依据的证书已经撤销。"), todo=_("系统会自动终止这笔申领，您不用办理。")
        )
