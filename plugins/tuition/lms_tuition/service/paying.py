"""Following a claim's payment, and giving it another account."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from lms.plugin_api.texts import day, in_both
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import (
    TO_PAY,
    BankAccount,
    ClaimState,
    PaymentBounced,
    PaymentCancelled,
    PaymentInfo,
    PaymentMade,
    PaymentState,
    change_state,
    claim_words,
    payment,
    readdress,
)
from lms_tuition import policy, rules
from lms_tuition.claim_models import Claim
from lms_tuition.models import Study, What
from lms_tuition.queries import schemes
from lms_tuition.service.common import FIELD, claim_link, free, hold, note, tell


def follow(event: PaymentMade | PaymentBounced | PaymentCancelled) -> None:
    """Bring a claim to where its payment is now. Told late, twice or out of order, it comes to the same."""
    with unit_of_work(SYSTEM) as uow:
        claim = uow.session.scalars(select(Claim).where(Claim.payment_id == event.payment_id)).first()
        if claim is not None:
            settle(uow, claim, payment(event.payment_id))


def settle(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    """Move a claim to the state of its payment, with its story and its message: once for each step."""
    if paid.state is PaymentState.PAID:
        _made(uow, claim, paid)
    elif paid.state is PaymentState.BOUNCED:
        _bounced(uow, claim, paid)
    elif paid.state is PaymentState.CANCELLED:
        _cancelled(uow, claim, paid)


def correct_account(actor: Actor, claim_id: uuid.UUID, account: BankAccount) -> None:
    """Give a claim that is to be paid another account: after the bank sent it back, or before it is in a batch.

    Raises `NotFound` for somebody else's claim, `Invalid` for an account that cannot be right, `Conflict` while the
    bank has it.
    """
    with unit_of_work(actor) as uow:
        claim = policy.own_claim(actor, claim_id)
        readdress(uow, claim, FIELD, account)
        note(uow, claim.study_id, What.ACCOUNT, claim_id=claim_id)
        uow.audit(
            "tuition.claim.account", "tuition_claim", claim_id, org_id=claim.org_id, number=claim.case_number,
            account_tail=claim.account_tail,
        )  # fmt: skip


def _made(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    on = clock.local_date(paid.paid_at or clock.now())
    study = uow.session.get_one(Study, claim.study_id)
    hold(uow, study)  # whoever records the graduation at this moment finds the claim paid, or is found here
    spell = rules.service(schemes.revision(study.revision_id).terms, on, study.graduated_on)
    values = {"paid_on": on, "closed_at": paid.paid_at or clock.now()}
    if spell is not None:
        values |= {"serves_from": spell.first_day, "serves_until": spell.last_day}
    if not change_state(uow, claim, TO_PAY, ClaimState.PAID, **values):
        return
    note(uow, claim.study_id, What.PAID, claim_id=claim.id)
    owed = in_both(lambda: _("服务期到 %(day)s（含当天）。", day=day(spell.last_day)) if spell is not None else "")
    tell(
        uow, claim.person_id, "paid", claim.id.hex, claim_link(claim), amount=claim_words.money(paid.amount_fen),
        account=paid.bank_account, number=claim.case_number, service=owed,
    )  # fmt: skip


def _bounced(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    if not change_state(uow, claim, (ClaimState.APPROVED,), ClaimState.BOUNCED):
        return
    note(uow, claim.study_id, What.BOUNCED, paid.bounce_reason, claim.id)
    key = f"{claim.id.hex}:{paid.batch_number}"
    params = {"number": claim.case_number, "reason": paid.bounce_reason}
    tell(uow, claim.person_id, "bounced", key, claim_link(claim), **params)


def _cancelled(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    if not change_state(uow, claim, TO_PAY, ClaimState.CANCELLED, closed_at=clock.now()):
        return
    free(uow, claim)
    note(uow, claim.study_id, What.CANCELLED, paid.cancel_reason, claim.id)
    params = {"number": claim.case_number, "reason": paid.cancel_reason}
    tell(uow, claim.person_id, "cancelled", claim.id.hex, claim_link(claim), **params)
