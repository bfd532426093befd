"""Answering a return: another account, other declarations, more proofs; the facts are judged anew."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.services import Correction, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, unit_of_work
from lms_subsidies import policy, rules
from lms_subsidies.dto import Amendment
from lms_subsidies.models import Claim, Invitation, SchemeRevision, What
from lms_subsidies.rules import ClaimState, Terms
from lms_subsidies.service.claiming import judge
from lms_subsidies.service.common import note, opened, overtaken, sealed_account


def correct_claim(actor: Actor, claim_id: uuid.UUID, amendment: Amendment) -> None:
    """Change a returned claim and hand it in again, once for a round: sent twice, it is corrected once.

    A condition that no longer holds is shown as such to whoever decides. Raises `Conflict` for a claim that was not
    returned in the round seen, `Invalid` naming what is wrong with what was typed.
    """
    with unit_of_work(actor) as uow:
        claim = policy.own_claim(actor, claim_id)
        revision = uow.session.get_one(SchemeRevision, claim.revision_id)
        terms = revision.terms(claim.basis)
        values = _checked(terms, amendment, claim) | {"round": amendment.seen_round + 1}
        amending = update(Claim).where(
            Claim.id == claim_id, Claim.state == ClaimState.IN_REVIEW, Claim.round <= amendment.seen_round
        )
        if uow.change(amending.values(**values).execution_options(synchronize_session=False)) != 1:
            _require_corrected(claim, amendment)
            return
        uow.session.refresh(claim)
        judged = judge(claim, uow.session.get_one(Invitation, claim.invitation_id), terms)
        claim.amount_fen = judged.assessment.amount_fen or claim.amount_fen
        correction = Correction(amendment.note, amendment.proofs, judged.facts, claim.amount_fen)
        case_id = _case_of(claim)
        services().approvals.resubmit(actor, case_id, correction, seen_round=amendment.seen_round)
        if services().approvals.case(case_id).facts != judged.facts:
            raise overtaken()  # the case was handed in on its own page at the same moment
        note(uow, claim_id, What.CORRECTED, amendment.note.strip())


def _case_of(claim: Claim) -> uuid.UUID:
    if claim.case_id is None:
        raise overtaken()
    return claim.case_id


def _require_corrected(claim: Claim, amendment: Amendment) -> None:
    """The same form sent again is no fault; one that comes too late is."""
    brief = services().approvals.of_subjects([claim.id]).get(claim.id)
    if claim.state is not ClaimState.IN_REVIEW or brief is None or brief.round != amendment.seen_round + 1:
        raise Conflict(_("这笔申领现在不能修改。"), why=_("它没有被退回，或已经重新提交。"), todo=_("请刷新页面查看。"))


def _checked(terms: Terms, amendment: Amendment, claim: Claim) -> dict[str, Any]:
    """The columns to change. An account number that was not typed again stays as it is."""
    account = amendment.account
    if not account.number.strip():
        account = replace(account, number=opened(claim))
    fields: dict[str, Any] = {kind.value: _("请勾选声明") for kind in rules.undeclared(terms, amendment.declared)}
    columns: dict[str, Any] = {}
    try:
        columns = sealed_account(account)
    except Invalid as refusal:
        fields.update(refusal.fields)
    if fields:
        raise Invalid(_("补正没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)
    return columns | {"declared": sorted(amendment.declared)}
