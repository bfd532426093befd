"""What the claims of every scheme do alike: change once, answer a return, ask for their payment, mend its account."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import update

from lms.plugin_api.errors import Conflict
from lms.plugin_api.services import CaseInfo, Correction, EmploymentInfo, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, Actor, UnitOfWork, clock
from lms_payouts.claimants import BankAccount, account_columns
from lms_payouts.dto import NewPayment, PaymentInfo
from lms_payouts.queries import budgets, payments
from lms_payouts.rules import TO_PAY, BudgetLevel, ClaimState
from lms_payouts.service.payments import change_account, request_payment
from lms_payouts.service.units import paying_unit


class Claim(Protocol):
    """A claim of a scheme, as far as its money is concerned."""

    @property
    def person_id(self) -> uuid.UUID: ...
    @property
    def org_id(self) -> uuid.UUID: ...
    @property
    def state(self) -> ClaimState: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def bank_account_sealed(self) -> bytes: ...
    @property
    def bank_name(self) -> str: ...
    @property
    def payment_id(self) -> uuid.UUID | None: ...


def change_state(uow: UnitOfWork, row: Any, sources: Collection[str], state: str, **values: Any) -> bool:
    """Compare and swap: move a claim, or what has a `state`, on from one of them. False when it is in none of them."""
    table = type(row)
    moving = update(table).where(table.id == row.id, table.state.in_(sources)).values(state=state, **values)
    moved = uow.change(moving.execution_options(synchronize_session=False)) == 1
    uow.session.refresh(row)
    return moved


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这件申请刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_claim"
    )


def hand_in(actor: Actor, case_id: uuid.UUID | None, correction: Correction, seen_round: int) -> None:
    """Answer a return, in the caller's transaction and before the claim itself is changed.

    Whoever ends a case locks it first and then its claim; so two at once never wait in a circle. Raises `Conflict` when
    it was answered before in other words, perhaps on the case's own page.
    """
    if case_id is None:
        raise overtaken()
    services().approvals.resubmit(actor, case_id, correction, seen_round=seen_round)
    if services().approvals.case(case_id).facts != correction.facts:
        raise overtaken()


def employer(person_id: uuid.UUID, today: dt.date) -> EmploymentInfo | None:
    """The employment that lasts today, the newest where there are several."""
    held = services().people.employments(person_id)
    lasting = [one for one in held if one.started_on <= today <= (one.ended_on or dt.date.max)]
    return max(lasting, key=lambda one: one.started_on, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a scheme says of a claim that is to be paid: its sealed column, keys, scheme, and whose budget pays."""

    field: str
    key: str
    award_key: str
    scheme: str
    title: Mapping[str, str]
    level: BudgetLevel


def pay_claim(claim: Claim, case: CaseInfo, how: Paid) -> uuid.UUID:
    """Ask for the payment of an approved claim, naming all who approved: none of them can sign it. The payment's id."""
    return request_payment(
        SYSTEM,
        NewPayment(
            key=how.key,
            award_key=how.award_key,
            scheme=how.scheme,
            scheme_title=how.title,
            beneficiary_id=claim.person_id,
            org_id=paying_unit(how.level, claim.org_id),
            year=clock.today().year,
            amount_fen=claim.amount_fen,
            account_name=services().people.person(claim.person_id).name,
            bank_account=services().secrets.open(how.field, claim.bank_account_sealed),
            bank_name=claim.bank_name,
            reference=case.number,
            proofs=case.proofs,
            approvers=case.approvers,
        ),
    )


def payment_of(claim: Claim) -> PaymentInfo | None:
    """A claim's payment; None before it is approved."""
    return payments.infos([claim.payment_id])[claim.payment_id] if claim.payment_id else None


@dataclass(frozen=True, slots=True)
class PayingBudget:
    """Whose budget pays a claim that is not approved yet; `left` in fen, None where there is no budget."""

    unit: str
    year: int
    left: int | None


def paying_budget(claim: Claim, level: BudgetLevel, scheme: str) -> PayingBudget | None:
    """What an officer should know before approving; None once the claim is decided."""
    if claim.state is not ClaimState.IN_REVIEW:
        return None
    org_id, year = paying_unit(level, claim.org_id), clock.today().year
    budget_id = budgets.paying(org_id, year, scheme)
    left = None if budget_id is None else budgets.left(budget_id)
    return PayingBudget(services().orgs.unit(org_id).name, year, left)


def require_to_pay(claim: Claim) -> uuid.UUID:
    """The payment of a claim that is still to be paid. Raises `Conflict`."""
    if claim.state not in TO_PAY or claim.payment_id is None:
        raise Conflict(_("这笔款现在不能改收款账户。"), why=_("它还没有通过，或已经结束。"))
    return claim.payment_id


def readdress(uow: UnitOfWork, claim: Claim, field: str, account: BankAccount) -> None:
    """Give a claim that is to be paid, and its payment, another account: after a bounce, or before it is in a batch.

    Raises `Invalid` for an account that cannot be right, `Conflict` while the bank has it.
    """
    payment_id, columns = require_to_pay(claim), account_columns(field, account)
    name = services().people.person(claim.person_id).name
    change_account(
        uow.actor, payment_id, account_name=name, bank_account=account.number, bank_name=account.bank_name
    )  # fmt: skip
    if not change_state(uow, claim, TO_PAY, ClaimState.APPROVED, **columns):
        raise overtaken()
