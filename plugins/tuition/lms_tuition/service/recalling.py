"""Somebody left before the service was done: what each payment's share is, and its recording as money to come back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.models import insert_new
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import TO_PAY, ClaimState, NewRecall, cancel_payment, claim_words, payment, recall_payment
from lms_tuition import explaining, policy, rules
from lms_tuition.claim_models import Claim
from lms_tuition.dto import OwedLine
from lms_tuition.models import Recall, Study, What
from lms_tuition.queries import schemes, studies
from lms_tuition.rules import StudyState
from lms_tuition.service.common import note, study_link, tell
from lms_tuition.service.paying import settle


def owed_lines(study: Study, claims: Sequence[Claim], left_on: dt.date) -> list[OwedLine]:
    """What is to be paid back of each payment by who worked for the last time on a day, the earliest payment first."""
    terms = schemes.revision(study.revision_id).terms
    found = []
    for claim in sorted(claims, key=lambda one: (one.paid_on or dt.date.max, one.id)):
        if claim.state is not ClaimState.PAID or claim.paid_on is None:
            continue
        spell = rules.service(terms, claim.paid_on, study.graduated_on)
        if spell is not None:
            found.append(OwedLine(claim, spell, rules.owed(claim.amount_fen, spell, left_on)))
        elif rules.awaits_graduation(terms, study.graduated_on):
            found.append(OwedLine(claim, None, rules.owed_in_full(claim.amount_fen)))
    return found


def record_leave(actor: Actor, study_id: uuid.UUID, left_on: dt.date, reason: str) -> int:
    """Record that somebody left early, and what is to come back; the sum in fen. What is under way ends.

    Each payment's share becomes a receivable of payouts, claims under review are taken back and payments that wait are
    cancelled. Raises `Invalid` for a day to come and a missing reason, `Forbidden` for one's own, `Conflict` when it is
    recorded already, the study was not agreed, or the bank has a payment just now.
    """
    _check(left_on, reason)
    with unit_of_work(actor) as uow:
        study = studies.of_officer(actor, study_id)
        services().access.require(actor, policy.RECALL, study.org_id)
        if study.person_id == actor.person_id:
            raise Forbidden(_("不能办理自己的追回。"), todo=_("请由另一位干部办理。"))
        leaving = update(Study).where(Study.id == study_id, Study.state == StudyState.AGREED, Study.left_on.is_(None))
        if not uow.change(leaving.values(left_on=left_on).execution_options(synchronize_session=False)):
            raise Conflict(_("没有登记。"), why=_("已经登记过，或这项进修没有同意。"), todo=_("请刷新页面查看。"))
        uow.session.refresh(study)
        claims = _settled_claims(uow, study, reason)
        lines = owed_lines(study, claims, left_on)
        total = sum(line.owed.fen for line in lines)
        _keep(uow, study, lines, reason)
        for line in lines:
            _recall(actor, study, line, reason)
        note(uow, study_id, What.LEFT, reason.strip())
        if total:
            _tell(uow, study, total)
        uow.audit(
            "tuition.recall.record", "tuition_study", study_id, org_id=study.org_id, left_on=left_on.isoformat(),
            total_fen=total, reason=reason.strip(),
        )  # fmt: skip
        return total


def _check(left_on: dt.date, reason: str) -> None:
    fields = {}
    if left_on > clock.today():
        fields["left_on"] = _("不能晚于今天")
    if not reason.strip():
        fields["reason"] = _("请写明情况和依据")
    if fields:
        raise Invalid(_("没有登记。"), fields=fields)


def _settled_claims(uow: UnitOfWork, study: Study, reason: str) -> Sequence[Claim]:
    """The study's claims once nothing of them is under way any more."""
    why = _("已登记提前离职：%(reason)s", reason=reason.strip())
    query = select(Claim).where(Claim.study_id == study.id).execution_options(populate_existing=True)
    claims = uow.session.scalars(query).all()
    for claim in claims:
        if claim.state is ClaimState.IN_REVIEW and claim.case_id is not None:
            services().approvals.withdraw(SYSTEM, claim.case_id, why)
        elif claim.state in TO_PAY and claim.payment_id is not None:
            cancel_payment(SYSTEM, claim.payment_id, why)
            settle(uow, claim, payment(claim.payment_id))
    return uow.session.scalars(query).all()


def _keep(uow: UnitOfWork, study: Study, lines: Sequence[OwedLine], reason: str) -> None:
    row = {"left_on": study.left_on, "reason": reason.strip(), "lines": explaining.owed_plain(lines)}
    total = sum(line.owed.fen for line in lines)
    made = {"total_fen": total, "recorded_at": clock.now(), "recorded_by": uow.actor.person_id}
    insert_new(uow.session, Recall, study_id=study.id, **row, **made)


def _recall(actor: Actor, study: Study, line: OwedLine, reason: str) -> None:
    if line.owed.fen and line.claim.payment_id is not None:
        why = _("服务期未满离职：%(reason)s", reason=reason.strip())
        key = f"tuition:{study.id.hex}:{line.claim.id.hex}"
        new = NewRecall(key=key, payment_id=line.claim.payment_id, amount_fen=line.owed.fen, reason=why)
        recall_payment(actor, new)


def _tell(uow: UnitOfWork, study: Study, total: int) -> None:
    note(uow, study.id, What.RECALLED)
    link = study_link(study.id)
    tell(uow, study.person_id, "recalled", study.id.hex, link, amount=claim_words.money(total))
