"""What a return may ask for, what it asked for, and what of that is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from lms.approvals import kinds, rules
from lms.approvals.models import ApprovalCase, ApprovalCorrection, ApprovalDecision, ApprovalProof, Outcome
from lms.kernel.db import db
from lms.kernel.i18n import Localized, in_all_locales, zh


def labels_of(case: ApprovalCase) -> dict[str, Localized]:
    """Everything a return could name, with its label: facts, proofs, and "other"."""
    kind = kinds.find(case.kind)
    labels = {rules.fact_item(fact["key"]): dict(fact["label"]) for fact in case.facts}
    for proof in kind.proofs if kind else ():
        labels[rules.proof_item(proof.key)] = in_all_locales(proof.title)
    return labels | {rules.OTHER: zh("其他", "Other")}


def namable_now(case: ApprovalCase) -> set[str]:
    """What a return may name at this moment, see `rules.namable`. Up to three SELECTs."""
    items = labels_of(case).keys()
    returned = db.session.execute(
        select(ApprovalDecision.round, ApprovalDecision.missing).where(
            ApprovalDecision.case_id == case.id, ApprovalDecision.outcome == Outcome.RETURNED
        )
    ).all()
    if not returned:
        return rules.namable(items, None, ())
    named = {one["item"] for row in returned for one in row.missing}
    return rules.namable(items, named, _new_since(case, min(row.round for row in returned)))


def returns_left(case: ApprovalCase) -> int:
    """How often the present step may still return the case."""
    done = select(func.count(ApprovalDecision.id)).where(
        ApprovalDecision.case_id == case.id,
        ApprovalDecision.step == case.step_at,
        ApprovalDecision.outcome == Outcome.RETURNED,
    )
    return max(0, int(case.plan["returns"]) - (db.session.scalar(done) or 0))


def still_wanted(case: ApprovalCase) -> list[Mapping[str, Any]]:
    """What the latest return asked for and no proof has come in for since; facts cannot be told from here."""
    asked = db.session.scalars(
        select(ApprovalDecision.missing)
        .where(ApprovalDecision.case_id == case.id, ApprovalDecision.outcome == Outcome.RETURNED)
        .order_by(ApprovalDecision.decided_at.desc())
        .limit(1)
    ).first()
    new = db.session.scalars(
        select(ApprovalProof.kind).where(ApprovalProof.case_id == case.id, ApprovalProof.round > case.round)
    )
    given = {rules.proof_item(kind) for kind in new}
    return [one for one in asked or () if one["item"] not in given]


def _new_since(case: ApprovalCase, round_: int) -> set[str]:
    """Items that came in, or were changed, after a round."""
    proofs = db.session.scalars(
        select(ApprovalProof.kind).where(ApprovalProof.case_id == case.id, ApprovalProof.round > round_)
    ).all()
    before = db.session.scalar(
        select(ApprovalCorrection.facts_before).where(
            ApprovalCorrection.case_id == case.id, ApprovalCorrection.round == round_ + 1
        )
    )
    changed = rules.changed_facts(before, case.facts) if before is not None else set()
    return {rules.proof_item(kind) for kind in proofs} | {rules.fact_item(key) for key in changed}
