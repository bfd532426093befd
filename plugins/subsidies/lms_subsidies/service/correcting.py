"""Answering a return: another account, other declarations, more proofs; the facts are judged anew."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import update

from lms.plugin_api.errors import Invalid
from lms.plugin_api.services import Correction
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, unit_of_work
from lms_payouts.api import ClaimState, account_columns, hand_in
from lms_subsidies import policy, rules
from lms_subsidies.dto import Amendment
from lms_subsidies.models import Claim, Invitation, SchemeRevision, What
from lms_subsidies.rules import Terms
from lms_subsidies.service.claiming import judge
from lms_subsidies.service.common import FIELD, note


def correct_claim(actor: Actor, claim_id: uuid.UUID, amendment: Amendment) -> None:
    """Change a returned claim and hand it in again, once for a round: sent twice, it is corrected once.

    A condition that no longer holds is shown as such to whoever decides. Raises `Conflict` for a claim that was not
    returned in the round seen or was answered otherwise, `Invalid` naming what is wrong with what was typed.
    """
    with unit_of_work(actor) as uow:
        claim = policy.own_claim(actor, claim_id)
        revision = uow.session.get_one(SchemeRevision, claim.revision_id)
        terms = revision.terms(claim.basis)
        values = _checked(terms, amendment, claim) | {"round": amendment.seen_round + 1}
        as_amended = Claim(id=claim_id, person_id=claim.person_id, claimed_at=claim.claimed_at, **values)
        judged = judge(as_amended, uow.session.get_one(Invitation, claim.invitation_id), terms)
        values |= {"amount_fen": judged.assessment.amount_fen or claim.amount_fen}
        correction = Correction(amendment.note, amendment.proofs, judged.facts, values["amount_fen"])
        hand_in(actor, claim.case_id, correction, amendment.seen_round)
        amending = update(Claim).where(
            Claim.id == claim_id, Claim.state == ClaimState.IN_REVIEW, Claim.round <= amendment.seen_round
        )
        if uow.change(amending.values(**values).execution_options(synchronize_session=False)):
            note(uow, claim_id, What.CORRECTED, amendment.note.strip())


def _checked(terms: Terms, amendment: Amendment, claim: Claim) -> dict[str, Any]:
    """The columns to change. An account number that was not typed again stays as it is."""
    fields: dict[str, Any] = {kind.value: _("请勾选声明") for kind in rules.undeclared(terms, amendment.declared)}
    columns: dict[str, Any] = {}
    try:
        columns = account_columns(FIELD, amendment.account, claim.bank_account_sealed)
    except Invalid as refusal:
        fields.update(refusal.fields)
    if fields:
        raise Invalid(_("补正没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)
    return columns | {"declared": sorted(amendment.declared)}
