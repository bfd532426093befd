"""Claiming: one live claim for a person and basis, whoever sends how often; its approval case in the same transaction.

The claim's row is written before the situation is judged. The unique indexes let one claim of a ladder into review at
a time, so whatever else counts against it is settled and seen when the judging reads it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import Fact, NewCase, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import listed
from lms.plugin_api.work import Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import LIVE, ClaimState, account_columns, claim_words, degree_subject, employer, overtaken
from lms_subsidies import explaining, policy, rules
from lms_subsidies.dto import NewClaim
from lms_subsidies.models import Claim, Invitation, SchemeRevision, What
from lms_subsidies.queries import schemes
from lms_subsidies.queries.situations import Facts
from lms_subsidies.rules import Assessment, ConditionKind, Terms
from lms_subsidies.service.common import FIELD, KIND, hold_subject, note


def open_claim(actor: Actor, new: NewClaim) -> uuid.UUID:
    """Claim the award one was invited to and open its approval case; the claim's id.

    The same key again, or a second claim while one is live, gives the earlier claim. Raises `NotFound` for somebody
    else's invitation, `Invalid` naming what is wrong with the account, what is not declared and which proofs lack,
    `Conflict` when a condition is not met, or another scheme supports the same degree (`payouts_either_or`).
    """
    if actor.person_id is None:
        raise Forbidden(_("只能申领自己的奖励。"))
    with unit_of_work(actor) as uow:
        invitation = policy.own_invitation(actor, new.invitation_id)
        earlier = _earlier(uow, new, invitation)
        if earlier is not None:
            return earlier
        revision = _revision(invitation)
        terms = revision.terms(invitation.basis)
        row = _row(new, invitation, revision, _checked(terms, new))
        _hold(uow, invitation, terms)
        if not insert_new(uow.session, Claim, **row):
            return _who_was_first(uow, new, invitation)
        claim = uow.session.get_one(Claim, row["id"])
        hold_subject(uow, claim, revision.title)
        judged = judge(claim, invitation, terms)
        _require_met(judged.assessment)
        claim.amount_fen = judged.assessment.amount_fen
        _open_case(uow, actor, new, claim, judged)
        note(uow, claim.id, What.CLAIMED)
        uow.audit(
            "subsidies.claim.open",
            "subsidies_claim",
            claim.id,
            org_id=claim.org_id,
            number=claim.case_number,
            basis=claim.basis,
            amount_fen=claim.amount_fen,
            account_tail=claim.account_tail,
        )
        return claim.id


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim's terms, how it stands by them, and what its case is to show of it."""

    terms: Terms
    assessment: Assessment
    facts: tuple[Fact, ...]


def judge(claim: Claim, invitation: Invitation, terms: Terms) -> Judged:
    """Judge a claim by the terms it is made under and the facts of today."""
    declared = frozenset(map(ConditionKind, claim.declared))
    situation = Facts(claim.person_id).situation(invitation, own=claim, declared=declared)
    assessment = rules.assess(terms, situation)
    name = services().people.person(claim.person_id).name
    account = claim_words.account(name, claim)
    return Judged(
        terms,
        assessment,
        explaining.facts(terms, assessment, number=situation.holding.number, account=account),
    )


def _earlier(uow: UnitOfWork, new: NewClaim, invitation: Invitation) -> uuid.UUID | None:
    """The claim this form made before, or the live one that stands in its way."""
    made = uow.session.execute(select(Claim.id, Claim.invitation_id).where(Claim.key == new.key)).first()
    if made is not None:
        if made.invitation_id != invitation.id:
            raise overtaken()
        return made.id  # type: ignore[no-any-return]
    live = select(Claim.id).where(Claim.person_id == invitation.person_id, Claim.basis == invitation.basis)
    return uow.session.scalar(live.where(Claim.state.in_(LIVE)))


def _revision(invitation: Invitation) -> SchemeRevision:
    found = schemes.in_force(invitation.basis, invitation.obtained_on)
    if found is None:
        raise Conflict(_("这项奖励已经停止申领。"), todo=_("请向单位人事干部了解现行规定。"))
    return found


def _checked(terms: Terms, new: NewClaim) -> dict[str, Any]:
    """The account's columns. Raises `Invalid` with everything that is wrong with what was typed, at once."""
    fields: dict[str, Any] = {kind.value: _("请勾选声明") for kind in rules.undeclared(terms, new.declared)}
    columns: dict[str, Any] = {}
    try:
        columns = account_columns(FIELD, new.account)
    except Invalid as refusal:
        fields.update(refusal.fields)
    if fields:
        raise Invalid(_("申领没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)
    return columns


def _hold(uow: UnitOfWork, invitation: Invitation, terms: Terms) -> None:
    """Hold the invitation as it was read: whoever voids it comes before or after this claim. Older claims step back."""
    still = update(Invitation).where(
        Invitation.id == invitation.id,
        Invitation.voided_at.is_(None),
        Invitation.award_key == invitation.award_key,
    )
    until = rules.last_day(invitation.obtained_on, terms.claim_days)
    if not uow.change(still.values(last_day=until).execution_options(synchronize_session=False)):
        raise Conflict(_("还不能申领。"), why=_("证书已撤销，或刚有了变化。"), todo=_("请刷新页面查看。"))
    before = update(Claim).where(Claim.invitation_id == invitation.id, Claim.latest, Claim.state.not_in(LIVE))
    uow.change(before.values(latest=False).execution_options(synchronize_session=False))


def _row(new: NewClaim, invitation: Invitation, revision: SchemeRevision, account: Mapping[str, Any]) -> dict[str, Any]:
    employment = employer(invitation.person_id, clock.today())
    if employment is None:
        raise Conflict(
            _("还不能申领。"), why=_("人员档案里没有在职单位。"), todo=_("请先请单位人事干部登记任职，再来申领。")
        )
    return {
        **account,
        "id": new_id(),
        "key": new.key,
        "invitation_id": invitation.id,
        "latest": True,
        "person_id": invitation.person_id,
        "basis": invitation.basis,
        "ladder": rules.ladder_of(invitation.basis),
        "award_key": invitation.award_key,
        "subject": degree_subject(revision.degree) if revision.degree else "",
        "revision_id": revision.id,
        "org_id": employment.unit.id,
        "case_number": "",
        "recalled_number": "",
        "round": 1,
        "amount_fen": revision.amount_fen,
        "declared": sorted(new.declared),
        "state": ClaimState.IN_REVIEW,
        "claimed_at": clock.now(),
    }


def _who_was_first(uow: UnitOfWork, new: NewClaim, invitation: Invitation) -> uuid.UUID:
    """Another claim was there: the same award's is the answer, another level's is in the way."""
    earlier = _earlier(uow, new, invitation)
    if earlier is not None:
        return earlier
    raise Conflict(
        _("还不能申领。"),
        why=_("您有另一级奖励正在办理，同一时间只能办理一级。"),
        todo=_("请等它办结；如要先领这一级，请先撤回它。"),
        code="other_level_in_review",
    )


def _require_met(assessment: Assessment) -> None:
    if assessment.unmet:
        what_to_do = explaining.explain(assessment.unmet[0]).note
        raise Conflict(
            _("还不能申领。"),
            why=_("有条件不符合：%(reasons)s。", reasons=listed(explaining.reasons(assessment))),
            todo=what_to_do,
            code="not_eligible",
        )


def _open_case(uow: UnitOfWork, actor: Actor, new: NewClaim, claim: Claim, judged: Judged) -> None:
    case = services().approvals.open_case(
        actor,
        NewCase(
            kind=KIND,
            subject_id=claim.id,
            key=f"subsidies:{claim.id.hex}",
            applicant_id=claim.person_id,
            title=dict(judged.terms.title),
            facts=judged.facts,
            amount_fen=judged.assessment.amount_fen,
            org_id=claim.org_id,
            proofs=new.proofs,
        ),
    )
    claim.case_id, claim.case_number = case.case_id, case.number
    uow.session.flush()
