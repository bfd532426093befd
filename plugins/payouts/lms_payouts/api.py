"""What other plugins may use of payouts: asking for payments, following them, and the events that tell what became.

The functions trust the plugin that calls them to have asked who may; the actor is for the record. Each joins the
caller's unit of work.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from lms.plugin_api.errors import NotFound
from lms.plugin_api.texts import Localized
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, unit_of_work
from lms_payouts import claim_words
from lms_payouts.claimants import (
    AccountForm,
    BankAccount,
    account_columns,
    account_page,
    take_account,
)
from lms_payouts.dto import EntryInfo, NewPayment, NewRecall, PaymentInfo, ReceivableInfo
from lms_payouts.events import PaymentBounced, PaymentCancelled, PaymentMade
from lms_payouts.queries import budgets as budget_queries
from lms_payouts.queries import payments as payment_queries
from lms_payouts.queries import receivables as receivable_queries
from lms_payouts.rules import (
    DEGREES,
    LIVE,
    TO_PAY,
    BudgetLevel,
    ClaimState,
    EntryKind,
    PaymentState,
    degree_subject,
    in_force,
    same_name,
)
from lms_payouts.service import budgets
from lms_payouts.service.accounts import check_bank_account
from lms_payouts.service.claims import (
    Paid,
    PayingBudget,
    change_state,
    employer,
    hand_in,
    overtaken,
    pay_claim,
    paying_budget,
    payment_of,
    readdress,
    require_to_pay,
)
from lms_payouts.service.holds import give_back, held_by_others, take_hold
from lms_payouts.service.payments import cancel_payment, change_account, request_payment
from lms_payouts.service.recalls import recall_payment
from lms_payouts.service.units import paying_unit
from lms_payouts.wording import DEGREES as DEGREE_TITLES

__all__ = [
    "DEGREES",
    "DEGREE_TITLES",
    "LIVE",
    "TO_PAY",
    "AccountForm",
    "BankAccount",
    "BudgetLevel",
    "ClaimState",
    "EntryInfo",
    "EntryKind",
    "NewPayment",
    "NewRecall",
    "Paid",
    "PayingBudget",
    "PaymentBounced",
    "PaymentCancelled",
    "PaymentInfo",
    "PaymentMade",
    "PaymentState",
    "ReceivableInfo",
    "account_columns",
    "account_page",
    "budget_left",
    "cancel_payment",
    "change_account",
    "change_state",
    "check_bank_account",
    "claim_words",
    "degree_subject",
    "employer",
    "give_back",
    "hand_in",
    "held_by_others",
    "in_force",
    "name_scheme",
    "overtaken",
    "pay_claim",
    "paying_budget",
    "paying_unit",
    "payment",
    "payment_of",
    "payments",
    "readdress",
    "recall_payment",
    "receivables",
    "request_payment",
    "require_to_pay",
    "same_name",
    "take_account",
    "take_hold",
]


def payment(payment_id: uuid.UUID) -> PaymentInfo:
    """A payment: state, amount, dates, why it bounced, the account masked. Raises `NotFound`."""
    found = payments([payment_id]).get(payment_id)
    if found is None:
        raise NotFound(_("找不到这笔付款。"))
    return found


def payments(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, PaymentInfo]:
    """Payments by id, in one query; unknown ids are left out."""
    return payment_queries.infos(ids)


def receivables(payment_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, ReceivableInfo]:
    """What is to come back of payments, by payment, with what came back; payments without any are left out."""
    return receivable_queries.of_payments(payment_ids)


def budget_left(org_id: uuid.UUID, year: int, scheme: str) -> int | None:
    """What the budget that would pay still has, in fen; None where there is no budget."""
    budget_id = budget_queries.paying(org_id, year, scheme)
    return None if budget_id is None else budget_queries.left(budget_id)


def name_scheme(actor: Actor, code: str, title: Localized) -> None:
    """Make a scheme known before its first payment, so that budgets can be set up for it. Again is no harm."""
    with unit_of_work(actor) as uow:
        budgets.name_scheme(uow, code, title)
