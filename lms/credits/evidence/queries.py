"""Reading rules and claims, and what the ledger holds of a kind. Who may see what is asked of `policy`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, func, or_, select

from lms.approvals.dto import CaseView
from lms.approvals.models import ApprovalCase
from lms.approvals.queries import cases
from lms.credits import queries as ledger
from lms.credits.evidence import policy
from lms.credits.evidence.dto import ClaimFilter, Kind
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import LIVE, Tally
from lms.credits.models import CreditEntry
from lms.kernel.actor import Actor
from lms.kernel.dated import in_force
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs

# --- rules: there are few of them, so whoever needs one reads all of its kind ---


def kinds() -> list[Kind]:
    """Every kind with its rules, in the order in which they were first set. One SELECT."""
    found: dict[str, list[EvidenceRule]] = {}
    latest_first = EvidenceRule.valid_from.desc(), EvidenceRule.revision.desc()
    for rule in db.session.scalars(select(EvidenceRule).order_by(EvidenceRule.code, *latest_first)):
        found.setdefault(rule.code, []).append(rule)
    first_set = {code: min(rule.set_at for rule in of_kind) for code, of_kind in found.items()}
    return [Kind(code, found[code]) for code in sorted(found, key=lambda code: (first_set[code], code))]


def kind(code: str) -> Kind:
    """One kind. Raises `NotFound`."""
    found = next((one for one in kinds() if one.code == code), None)
    if found is None:
        raise NotFound(_("没有这类校外学习。"), todo=_("请从列表里选择。"))
    return found


def rule_on(code: str, day: dt.date) -> EvidenceRule | None:
    """The rule for what ended on a day; None before the first one. Raises `NotFound` for an unknown kind."""
    return in_force(kind(code).rules, day)


def rules_of(claims: Iterable[EvidenceClaim]) -> Mapping[uuid.UUID, EvidenceRule]:
    """The rules that claims were made under, by id. One SELECT."""
    wanted = {claim.rule_id for claim in claims}
    return {rule.id: rule for rule in db.session.scalars(select(EvidenceRule).where(EvidenceRule.id.in_(wanted)))}


# --- what counts already ---


def tally(person_id: uuid.UUID, code: str, day: dt.date) -> Tally:
    """What the ledger holds of a kind, in the calendar year of a day and in the registration period around it."""
    year = _minutes(person_id, code, dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))
    period = ledger.summary(person_id).containing(day)
    if period is None:
        return Tally(year)
    within = _minutes(person_id, code, period.first_day, period.last_day)
    return Tally(year, within, (period.first_day, period.last_day))


def _minutes(person_id: uuid.UUID, code: str, first_day: dt.date, last_day: dt.date) -> int:
    """Corrections and reversals belong to the claim they are about, so the sum is what stands."""
    query = (
        select(func.coalesce(func.sum(CreditEntry.minutes), 0))
        .join(EvidenceClaim, EvidenceClaim.id == CreditEntry.evidence_id)
        .where(
            EvidenceClaim.person_id == person_id,
            EvidenceClaim.code == code,
            CreditEntry.occurred_on.between(first_day, last_day),
        )
    )
    return int(db.session.scalar(query) or 0)


def standing_minutes(claim_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """What still stands in the ledger for each claim. One SELECT."""
    query = select(CreditEntry.evidence_id, func.sum(CreditEntry.minutes))
    found = db.session.execute(query.where(CreditEntry.evidence_id.in_(claim_ids)).group_by(CreditEntry.evidence_id))
    sums: dict[uuid.UUID, int] = {claim_id: int(total) for claim_id, total in found if claim_id}
    return {claim_id: sums.get(claim_id, 0) for claim_id in claim_ids}


# --- claims ---


def own(person_id: uuid.UUID) -> Select[EvidenceClaim]:
    """A person's claims, the latest first."""
    query = select(EvidenceClaim).where(EvidenceClaim.person_id == person_id)
    return query.order_by(EvidenceClaim.claimed_at.desc(), EvidenceClaim.id.desc())


def standing_claims(person_id: uuid.UUID, *, but: uuid.UUID | None = None) -> Sequence[EvidenceClaim]:
    """A person's claims under review or counted: what another one may collide with."""
    query = select(EvidenceClaim).where(EvidenceClaim.person_id == person_id, EvidenceClaim.state.in_(LIVE))
    if but is not None:
        query = query.where(EvidenceClaim.id != but)
    return db.session.scalars(query.order_by(EvidenceClaim.last_day, EvidenceClaim.id)).all()


def cases_of(claims: Sequence[EvidenceClaim]) -> Mapping[uuid.UUID, CaseView]:
    """The approval case of each claim, by the claim's id. Three SELECTs, whatever their number."""
    ids = [claim.case_id for claim in claims if claim.case_id]
    found = db.session.scalars(select(ApprovalCase).where(ApprovalCase.id.in_(ids))).all()
    return {view.brief.subject_id: view for view in cases.views(found)}


def claims_seen(actor: Actor, wanted: ClaimFilter) -> Select[EvidenceClaim, ApprovalCase]:
    """The claims an officer sees with their cases, the latest activity first."""
    query = select(EvidenceClaim, ApprovalCase).join(ApprovalCase, ApprovalCase.id == EvidenceClaim.case_id)
    query = query.where(policy.visible(actor))
    if wanted.text:
        texts = ApprovalCase.applicant_name, EvidenceClaim.title, EvidenceClaim.organiser, EvidenceClaim.case_number
        query = query.where(or_(*(text.contains(wanted.text, autoescape=True) for text in texts)))
    if wanted.code:
        query = query.where(EvidenceClaim.code == wanted.code)
    if wanted.state is not None:
        query = query.where(EvidenceClaim.state == wanted.state)
    if wanted.org_id is not None:
        query = query.where(ApprovalCase.org_id.in_(orgs.within(wanted.org_id)))
    if wanted.first_day is not None:
        query = query.where(EvidenceClaim.last_day >= wanted.first_day)
    if wanted.last_day is not None:
        query = query.where(EvidenceClaim.last_day <= wanted.last_day)
    return query.order_by(EvidenceClaim.last_day.desc(), EvidenceClaim.id.desc())
