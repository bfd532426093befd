"""Following a claim's payment, and giving it another account."""

from __future__ import annotations

import uuid

from sqlalchemy import select

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
    cancel_payment,
    change_state,
    claim_words,
    payment,
    readdress,
)
from lms_subsidies import policy
from lms_subsidies.models import Claim, What
from lms_subsidies.service.common import FIELD, free_subject, note, revoked, tell


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
        note(uow, claim_id, What.ACCOUNT)
        uow.audit(
            "subsidies.claim.account",
            "subsidies_claim",
            claim_id,
            org_id=claim.org_id,
            number=claim.case_number,
            account_tail=claim.account_tail,
        )


def _made(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    day = clock.local_date(paid.paid_at or clock.now())
    if not change_state(uow, claim, TO_PAY, ClaimState.PAID, paid_on=day, closed_at=paid.paid_at or clock.now()):
        return
    note(uow, claim.id, What.PAID)
    tell(
        uow,
        claim,
        "paid",
        claim.id.hex,
        title=paid.scheme_title,
        amount=claim_words.money(paid.amount_fen),
        account=paid.bank_account,
        number=claim.case_number,
    )


def _bounced(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    if claim.is_to_recall:
        _give_up(uow, claim, paid)
        return
    if not change_state(uow, claim, (ClaimState.APPROVED,), ClaimState.BOUNCED):
        return
    note(uow, claim.id, What.BOUNCED, paid.bounce_reason)
    tell(
        uow,
        claim,
        "bounced",
        f"{claim.id.hex}:{paid.batch_number}",
        title=paid.scheme_title,
        number=claim.case_number,
        reason=paid.bounce_reason,
    )


def _give_up(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    """Money that came back and should not have gone out is not sent again: there is nothing left to recall."""
    cancel_payment(SYSTEM, paid.id, revoked(claim.recalled_number))
    _cancelled(uow, claim, payment(paid.id))
    claim.recall_settled_at = clock.now()
    note(uow, claim.id, What.SETTLED, _("银行退回，没有发出"))


def _cancelled(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    if not change_state(uow, claim, TO_PAY, ClaimState.CANCELLED, closed_at=clock.now()):
        return
    free_subject(uow, claim)
    note(uow, claim.id, What.CANCELLED, paid.cancel_reason)
    tell(
        uow,
        claim,
        "cancelled",
        claim.id.hex,
        title=paid.scheme_title,
        number=claim.case_number,
        reason=paid.cancel_reason,
    )
