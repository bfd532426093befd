"""Following a claim's payment, and giving it another account."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from lms.plugin_api.errors import Conflict
from lms.plugin_api.services import services
from lms.plugin_api.texts import day, in_both
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, Actor, UnitOfWork, clock, unit_of_work
from lms_payouts.api import (
    BankAccount,
    PaymentBounced,
    PaymentCancelled,
    PaymentInfo,
    PaymentMade,
    PaymentState,
    account_columns,
    budget_left,
    change_account,
    paying_unit,
    payment,
)
from lms_tuition import policy, rules, wording
from lms_tuition.claim_models import Claim
from lms_tuition.models import SchemeRevision, Study, What
from lms_tuition.queries import schemes
from lms_tuition.rules import TO_PAY, ClaimState
from lms_tuition.service.common import FIELD, change_claim, claim_link, free, note, scheme_code, tell


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


@dataclass(frozen=True, slots=True)
class Budget:
    """Whose budget pays a claim that is not approved yet; `left` in fen, None where there is no budget."""

    unit: str
    year: int
    left: int | None


def payment_of(claim: Claim) -> PaymentInfo | None:
    """A claim's payment; None before it is approved."""
    return payment(claim.payment_id) if claim.payment_id else None


def paying_budget(claim: Claim, study: Study, revision: SchemeRevision) -> Budget | None:
    """What an officer should know before approving; None once the claim is decided."""
    if claim.state is not ClaimState.IN_REVIEW:
        return None
    org_id, year = paying_unit(revision.budget_level, claim.org_id), clock.today().year
    return Budget(services().orgs.unit(org_id).name, year, budget_left(org_id, year, scheme_code(study.level)))


def correct_account(actor: Actor, claim_id: uuid.UUID, account: BankAccount) -> None:
    """Give a claim that is to be paid another account: after the bank sent it back, or before it is in a batch.

    Raises `NotFound` for somebody else's claim, `Invalid` for an account that cannot be right, `Conflict` while the
    bank has it.
    """
    with unit_of_work(actor) as uow:
        claim = policy.own_claim(actor, claim_id)
        if claim.state not in TO_PAY or claim.payment_id is None:
            raise not_to_pay()
        columns = account_columns(FIELD, account)
        change_account(
            actor,
            claim.payment_id,
            account_name=services().people.person(claim.person_id).name,
            bank_account=account.number,
            bank_name=account.bank_name,
        )
        if not change_claim(uow, claim, TO_PAY, ClaimState.APPROVED, **columns):
            raise not_to_pay()
        note(uow, claim.study_id, What.ACCOUNT, claim_id=claim_id)
        uow.audit(
            "tuition.claim.account", "tuition_claim", claim_id, org_id=claim.org_id, number=claim.case_number,
            account_tail=claim.account_tail,
        )  # fmt: skip


def not_to_pay() -> Conflict:
    """The refusal of another account for a claim that is not to be paid."""
    return Conflict(_("这笔报销现在不能改收款账户。"), why=_("它还没有通过，或已经结束。"))


def _made(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    on = clock.local_date(paid.paid_at or clock.now())
    study = uow.session.get_one(Study, claim.study_id, populate_existing=True)
    spell = rules.service(schemes.revision(study.revision_id).terms, on, study.graduated_on)
    values = {"paid_on": on, "closed_at": paid.paid_at or clock.now()}
    if spell is not None:
        values |= {"serves_from": spell.first_day, "serves_until": spell.last_day}
    if not change_claim(uow, claim, TO_PAY, ClaimState.PAID, **values):
        return
    note(uow, claim.study_id, What.PAID, claim_id=claim.id)
    owed = in_both(lambda: _("服务期到 %(day)s（含当天）。", day=day(spell.last_day)) if spell is not None else "")
    tell(
        uow, claim.person_id, "paid", claim.id.hex, claim_link(claim), amount=wording.money(paid.amount_fen),
        account=paid.bank_account, number=claim.case_number, service=owed,
    )  # fmt: skip


def _bounced(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    if not change_claim(uow, claim, (ClaimState.APPROVED,), ClaimState.BOUNCED):
        return
    note(uow, claim.study_id, What.BOUNCED, paid.bounce_reason, claim.id)
    key = f"{claim.id.hex}:{paid.batch_number}"
    params = {"number": claim.case_number, "reason": paid.bounce_reason}
    tell(uow, claim.person_id, "bounced", key, claim_link(claim), **params)


def _cancelled(uow: UnitOfWork, claim: Claim, paid: PaymentInfo) -> None:
    if not change_claim(uow, claim, TO_PAY, ClaimState.CANCELLED, closed_at=clock.now()):
        return
    free(uow, claim)
    note(uow, claim.study_id, What.CANCELLED, paid.cancel_reason, claim.id)
    params = {"number": claim.case_number, "reason": paid.cancel_reason}
    tell(uow, claim.person_id, "cancelled", claim.id.hex, claim_link(claim), **params)
