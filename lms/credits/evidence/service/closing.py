"""What the end of its case does to a claim, inside the transaction that ends it."""

from __future__ import annotations

from lms.approvals.events import CaseApproved, CaseEvent, CaseRejected, CaseWithdrawn
from lms.credits import ledger
from lms.credits.evidence import queries, rules, wording
from lms.credits.evidence.cases import KIND
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import ClaimState, Counting
from lms.credits.evidence.service.common import change, hold_claims, overtaken
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.i18n import in_both, zh
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.webkit.templating import minutes


def on_approved(event: CaseApproved) -> None:
    """Count an approved claim by its rule and what the ledger holds now: one entry, or none where nothing is left."""
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        hold_claims(uow, event.applicant_id)
        claim = uow.session.get_one(EvidenceClaim, event.subject_id, populate_existing=True)
        rule = uow.session.get_one(EvidenceRule, claim.rule_id)
        tally = queries.tally(claim.person_id, claim.code, claim.last_day)
        counting = rules.count(rule.terms(), claim.amount_halves, claim.last_day, tally)
        why = wording.kept(counting)
        state = ClaimState.COUNTED if counting.minutes else ClaimState.NOT_COUNTED
        closing = {"counted": counting.minutes, "why": why, "closed_at": clock.now()}
        if not change(uow, claim.id, ClaimState.IN_REVIEW, state, **closing):
            raise overtaken()
        if counting.minutes:
            ledger.write(
                uow,
                person_id=claim.person_id,
                minutes=counting.minutes,
                category=rule.category,
                source=ledger.EVIDENCE,
                source_id=claim.id.hex,
                title=zh(claim.title),
                occurred_on=claim.last_day,
                why={"rule": "evidence", "code": rule.code, "rule_id": rule.id.hex, "steps": why},
                evidence_id=claim.id,
            )
        _tell(uow, claim, rule, counting)


def on_rejected(event: CaseRejected) -> None:
    """A rejected claim is over; the activity may be claimed anew."""
    _end(event, ClaimState.REJECTED)


def on_withdrawn(event: CaseWithdrawn) -> None:
    """So is one taken back, or lapsed."""
    _end(event, ClaimState.WITHDRAWN)


def _end(event: CaseEvent, state: ClaimState) -> None:
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        if not change(uow, event.subject_id, ClaimState.IN_REVIEW, state, closed_at=clock.now()):
            raise overtaken()


def _tell(uow: UnitOfWork, claim: EvidenceClaim, rule: EvidenceRule, counting: Counting) -> None:
    messages.send(
        uow,
        person_id=claim.person_id,
        kind="credits.evidence_counted" if counting.minutes else "credits.evidence_not_counted",
        params={
            "title": claim.title,
            "stated": in_both(wording.amount, claim.amount_halves, rule.unit),
            "counted": in_both(minutes, counting.minutes),
            "why": in_both(wording.why, wording.kept(counting)),
        },
        key=f"evidence:{claim.id.hex}",
        link=f"/me/evidence/{claim.id}",
    )
