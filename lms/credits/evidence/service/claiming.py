"""Claiming: one claim for a form, one standing claim for an activity; its approval case in the same transaction."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from lms.approvals import service as approvals
from lms.approvals.dto import NewCase, ProofFile
from lms.approvals.service.opening import check_proofs
from lms.credits.evidence import explaining, queries, rules
from lms.credits.evidence.cases import KIND, asking_for
from lms.credits.evidence.dto import Activity, Assessment, NewClaim
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import ClaimState
from lms.credits.evidence.service.assessing import assess, counts_once, same_activity
from lms.credits.evidence.service.common import overtaken
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Forbidden
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import zh
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import queries as people


def submit(actor: Actor, new: NewClaim) -> uuid.UUID:
    """Claim an activity of one's own and open its approval case; the claim's id. The same key again is one claim.

    Raises `Invalid` naming every fault and every proof that is missing, `Conflict` pointing to the claim of the same
    activity, or of a kind that counts once.
    """
    if actor.person_id is None:
        raise Forbidden(_("只能申报自己的学习。"))
    with unit_of_work(actor) as uow:
        earlier = _by_key(uow, actor, new.key)
        if earlier is not None:
            return earlier
        assessed = assess(actor.person_id, new.activity)
        require_proofs(assessed.rule, new.proofs)
        row = _row(actor.person_id, new.key, assessed)
        if not insert_new(uow.session, EvidenceClaim, **row):
            return _who_was_first(uow, actor, new.key, assessed)
        claim = uow.session.get_one(EvidenceClaim, row["id"])
        _open_case(uow, actor, claim, assessed, new.proofs)
        return claim.id


def require_proofs(rule: EvidenceRule, proofs: tuple[ProofFile, ...]) -> None:
    """Raise `Invalid` naming every proof that the rule wants and that is missing."""
    check_proofs(asking_for(rule.proofs), proofs)


def columns(assessed: Assessment) -> dict[str, Any]:
    """The columns of a claim that say what it is about."""
    activity = assessed.activity
    return {
        "rule_id": assessed.rule.id,
        "title": activity.title.strip(),
        "organiser": activity.organiser.strip(),
        "first_day": activity.first_day,
        "last_day": activity.last_day,
        "amount_halves": activity.halves,
        "stated": assessed.counting.stated,
        "fingerprint": fingerprint(activity),
        "once": assessed.rule.once,
    }


def fingerprint(activity: Activity) -> str:
    """What tells two activities apart."""
    return rules.fingerprint(activity.title, activity.organiser, activity.first_day, activity.last_day)


def _by_key(uow: UnitOfWork, actor: Actor, key: str) -> uuid.UUID | None:
    made = uow.session.execute(
        select(EvidenceClaim.id, EvidenceClaim.person_id).where(EvidenceClaim.key == key)
    ).first()
    if made is None:
        return None
    if made.person_id != actor.person_id:
        raise overtaken()
    return uuid.UUID(str(made.id))


def _row(person_id: uuid.UUID, key: str, assessed: Assessment) -> dict[str, Any]:
    return {
        **columns(assessed),
        "id": new_id(),
        "key": key,
        "person_id": person_id,
        "code": assessed.rule.code,
        "case_number": "",
        "round": 1,
        "state": ClaimState.IN_REVIEW,
        "counted": 0,
        "why": [],
        "claimed_at": clock.now(),
    }


def _who_was_first(uow: UnitOfWork, actor: Actor, key: str, assessed: Assessment) -> uuid.UUID:
    """A claim made at the same moment was there: the same form's is the answer, another one is in the way."""
    earlier = _by_key(uow, actor, key)
    if earlier is not None:
        return earlier
    assert actor.person_id is not None  # noqa: S101 - `submit` has checked
    in_the_way = [one for one in queries.standing_claims(actor.person_id) if one.code == assessed.rule.code]
    for one in in_the_way:
        if one.fingerprint == fingerprint(assessed.activity):
            raise same_activity(one)
    raise counts_once(in_the_way[0]) if in_the_way else overtaken()


def _open_case(
    uow: UnitOfWork, actor: Actor, claim: EvidenceClaim, assessed: Assessment, proofs: tuple[ProofFile, ...]
) -> None:
    case = approvals.open_case(
        actor,
        NewCase(
            kind=KIND,
            subject_id=claim.id,
            key=f"evidence:{claim.id.hex}",
            applicant_id=claim.person_id,
            title=zh(claim.title),
            facts=explaining.facts(assessed),
            proofs=proofs,
        ),
    )
    claim.case_id, claim.case_number = case.case_id, case.number
    uow.session.flush()
    unit = people.present_unit(claim.person_id)
    uow.audit("credit.evidence.claim", "evidence_claim", claim.id, org_id=unit, number=case.number, code=claim.code)
