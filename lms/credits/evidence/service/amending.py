"""Answering a return: what is claimed is put right, judged anew, and handed in with its case."""

from __future__ import annotations

import uuid

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lms.approvals import service as approvals
from lms.approvals.dto import Correction
from lms.approvals.queries import case_view
from lms.credits.evidence import explaining, policy
from lms.credits.evidence.dto import Amendment, Assessment
from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import ClaimState
from lms.credits.evidence.service.assessing import assess
from lms.credits.evidence.service.claiming import columns
from lms.credits.evidence.service.common import overtaken
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import queries as people


def amend(actor: Actor, claim_id: uuid.UUID, amendment: Amendment) -> None:
    """Change a returned claim and hand it in again, once for a round: sent twice, it is amended once.

    The claim window is that of the day it was first handed in. Raises as `submit` does, and `Conflict` for a claim that
    was not returned in the round seen.
    """
    with unit_of_work(actor) as uow:
        claim = policy.own_claim(actor, claim_id)
        if claim.round == amendment.seen_round + 1:
            return
        assessed = judge(claim, amendment)
        facts = explaining.facts(assessed)
        approvals.resubmit(
            actor, case_of(claim), Correction(amendment.note, amendment.proofs, facts), seen_round=amendment.seen_round
        )
        if case_view(case_of(claim)).facts != facts:
            raise overtaken()  # the case was handed in on its own page at the same moment
        _keep(uow, claim, assessed, amendment.seen_round)


def judge(claim: EvidenceClaim, amendment: Amendment) -> Assessment:
    """What the amended claim would count for."""
    claimed_on = clock.local_date(claim.claimed_at)
    return assess(claim.person_id, amendment.activity, own=claim, claimed_on=claimed_on)


def case_of(claim: EvidenceClaim) -> uuid.UUID:
    """The claim's case, which it has since it was handed in."""
    if claim.case_id is None:
        raise overtaken()
    return claim.case_id


def _keep(uow: UnitOfWork, claim: EvidenceClaim, assessed: Assessment, seen_round: int) -> None:
    amending = (
        update(EvidenceClaim)
        .where(
            EvidenceClaim.id == claim.id, EvidenceClaim.state == ClaimState.IN_REVIEW, EvidenceClaim.round <= seen_round
        )
        .values(**columns(assessed), round=seen_round + 1)
        .execution_options(synchronize_session=False)
    )
    try:
        with uow.savepoint():
            changed = uow.change(amending)
    except IntegrityError:
        raise Conflict(
            _("这项活动刚由另一件申报提交。"), todo=_("请在“校外学习申报”里查看那一件。"), code="same_activity"
        ) from None
    if changed != 1:
        raise overtaken()
    uow.session.refresh(claim)
    unit = people.present_unit(claim.person_id)
    detail = {"number": claim.case_number, "round": claim.round}
    uow.audit("credit.evidence.amend", "evidence_claim", claim.id, org_id=unit, **detail)
