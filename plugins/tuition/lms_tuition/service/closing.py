"""What the end of an approval case means: a study agreed, a payment, or the end. In the case's transaction."""

from __future__ import annotations

from lms.plugin_api.errors import Conflict
from lms.plugin_api.services import CaseInfo, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import in_both, ngettext
from lms.plugin_api.work import SYSTEM, UnitOfWork, clock, unit_of_work
from lms_payouts.api import NewPayment, paying_unit, request_payment
from lms_tuition import wording
from lms_tuition.claim_models import Claim
from lms_tuition.models import Study, What
from lms_tuition.queries import claims, schemes
from lms_tuition.rules import ClaimState, StudyState
from lms_tuition.service.common import (
    CLAIM_KIND,
    STUDY_KIND,
    change_claim,
    change_study,
    free,
    note,
    opened,
    overtaken,
    scheme_code,
    study_link,
    tell,
)
from lms_tuition.service.studying import graduate

_STUDY_ENDS = {
    "approved": (StudyState.AGREED, What.AGREED),
    "rejected": (StudyState.REJECTED, What.REJECTED),
    "withdrawn": (StudyState.WITHDRAWN, What.WITHDRAWN),
}
_CLAIM_ENDS = {"rejected": (ClaimState.REJECTED, What.REJECTED), "withdrawn": (ClaimState.WITHDRAWN, What.WITHDRAWN)}


def close(case: CaseInfo) -> None:
    """Act on the end of a case.

    Raises `Conflict`, which keeps a claim's case open, while a voucher is not found right or the money is not there;
    the words reach whoever approves.
    """
    with unit_of_work(SYSTEM) as uow:
        if case.kind == STUDY_KIND:
            _close_study(uow, case)
        elif case.kind == CLAIM_KIND:
            _close_claim(uow, case)


def _close_study(uow: UnitOfWork, case: CaseInfo) -> None:
    study = uow.session.get(Study, case.subject_id, populate_existing=True)
    if study is None:
        return
    state, what = _STUDY_ENDS[case.state]
    if not change_study(uow, study, StudyState.IN_REVIEW, state, closed_at=clock.now()):
        raise overtaken()
    note(uow, study.id, what, case.reason)
    if state is StudyState.AGREED:
        level = in_both(wording.level, study.level)
        tell(uow, study.person_id, "agreed", study.id.hex, study_link(study.id), school=study.school, level=level)


def _close_claim(uow: UnitOfWork, case: CaseInfo) -> None:
    claim = uow.session.get(Claim, case.subject_id, populate_existing=True)
    if claim is None:
        return
    if case.state == "approved":
        _approve(uow, claim, case)
        return
    state, what = _CLAIM_ENDS[case.state]
    if not change_claim(uow, claim, (ClaimState.IN_REVIEW,), state, closed_at=clock.now()):
        raise overtaken()
    free(uow, claim)
    note(uow, claim.study_id, what, case.reason, claim.id)


def _approve(uow: UnitOfWork, claim: Claim, case: CaseInfo) -> None:
    """Ask for the payment as whoever approved last: neither they nor the others who approved can sign it."""
    study = uow.session.get_one(Study, claim.study_id, populate_existing=True)
    revision = schemes.revision(study.revision_id)
    _require_payable(claim, study)
    if claim.graduated_on is not None:
        graduate(uow, study, claim.graduated_on, claim.diploma_number)
    payment_id = request_payment(
        services().access.actor_for(case.approvers[-1]),
        NewPayment(
            key=f"tuition:{claim.id.hex}",
            award_key=f"tuition:{claim.id.hex}",
            scheme=scheme_code(study.level),
            scheme_title=revision.title,
            beneficiary_id=claim.person_id,
            org_id=paying_unit(revision.budget_level, claim.org_id),
            year=clock.today().year,
            amount_fen=claim.amount_fen,
            account_name=services().people.person(claim.person_id).name,
            bank_account=opened(claim),
            bank_name=claim.bank_name,
            reference=case.number,
            proofs=case.proofs,
            approvers=case.approvers,
        ),
    )
    if not change_claim(uow, claim, (ClaimState.IN_REVIEW,), ClaimState.APPROVED, payment_id=payment_id):
        raise overtaken()
    note(uow, claim.study_id, What.APPROVED, claim_id=claim.id)


def _require_payable(claim: Claim, study: Study) -> None:
    if study.left_on is not None:
        raise Conflict(_("这笔报销不能通过。"), why=_("已登记提前离职。"), todo=_("请不予通过，或由本人撤回。"))
    open_ones = claims.unsettled(claim.id)
    if open_ones:
        raise Conflict(
            _("这笔报销还不能通过。"),
            why=ngettext("有 %(num)d 张票据还没有核对一致。", "有 %(num)d 张票据还没有核对一致。", open_ones),
            todo=_("请在报销页面把填写的内容与票据文件、查验结果逐张核对。"),
            code="voucher_unchecked",
        )
