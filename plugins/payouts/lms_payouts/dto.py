"""Frozen facts and filters. What crosses to other plugins is in `lms_payouts.api`."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms_payouts.rules import BatchState, EntryKind, PaymentState, TransactionKind, masked_account


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """What a scheme asks to have paid. `amount_fen` is integer fen.

    :param key: asks once: `<plugin>:<claim id>`; the same key again gives the same payment, also a cancelled one.
    :param award_key: what can be paid once for ever across all schemes: `certificate:<id hex>`,
        `qualification:<id hex>`.
    :param scheme: the scheme's code, such as `subsidies.cdsgy`.
    :param org_id: the unit whose budget pays; its budget for the scheme and year, else its budget for any scheme.
    :param account_name: must be the beneficiary's name.
    :param bank_account: in clear; stored sealed.
    :param reference: the approval case's number, shown on lists and in the payment file.
    :param proofs: SHA-256 of the proofs it rests on, in hexadecimal.
    :param approvers: who approved what it rests on; none of them may sign a batch with it.
    """

    key: str
    award_key: str
    scheme: str
    scheme_title: Mapping[str, str]
    beneficiary_id: uuid.UUID
    org_id: uuid.UUID
    year: int
    amount_fen: int
    account_name: str
    bank_account: str
    bank_name: str
    reference: str
    proofs: tuple[str, ...] = ()
    approvers: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecall:
    """Money that is to come back of a payment, in fen. `key` records it once; `reason` is what the person reads."""

    key: str
    payment_id: uuid.UUID
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """A change of a receivable: on which day, and what its officer noted."""

    kind: EntryKind
    amount_fen: int
    on: dt.date
    note: str
    at: dt.datetime
    by: uuid.UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivableInfo:
    """Money to come back, with its entries from the first on."""

    id: uuid.UUID
    key: str
    payment_id: uuid.UUID
    org_id: uuid.UUID
    person_id: uuid.UUID
    name: str
    scheme_title: Mapping[str, str]
    reference: str
    amount_fen: int
    open_fen: int
    reason: str
    recorded_at: dt.datetime
    entries: tuple[EntryInfo, ...] = ()

    @property
    def returned_fen(self) -> int:
        return sum(one.amount_fen for one in self.entries if one.kind is EntryKind.RETURN)

    @property
    def waived_fen(self) -> int:
        return sum(one.amount_fen for one in self.entries if one.kind is EntryKind.WAIVE)


class Settlement(enum.StrEnum):
    """Whether anything of a receivable is still to come."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ReceivableFilter:
    """`text` is looked for in names and references."""

    text: str = ""
    settlement: Settlement | None = None
    scheme: str = ""
    org_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInfo:
    """A payment as other plugins and pages may show it: the account masked."""

    id: uuid.UUID
    key: str
    award_key: str
    scheme: str
    scheme_title: Mapping[str, str]
    beneficiary_id: uuid.UUID
    org_id: uuid.UUID
    year: int
    amount_fen: int
    state: PaymentState
    account_name: str
    bank_account: str
    bank_name: str
    reference: str
    batch_number: str
    requested_at: dt.datetime
    sent_at: dt.datetime | None
    paid_at: dt.datetime | None
    bounced_at: dt.datetime | None
    bounce_reason: str
    cancelled_at: dt.datetime | None
    cancel_reason: str


class PaymentOrder(enum.StrEnum):
    """How payments are sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    AMOUNT = "amount"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """`text` is looked for in names, references and batch numbers."""

    text: str = ""
    state: PaymentState | None = None
    scheme: str = ""
    org_id: uuid.UUID | None = None
    year: int | None = None
    order: PaymentOrder = PaymentOrder.NEWEST


@dataclass(frozen=True, slots=True)
class BudgetFilter:
    """`scheme` None is every one; the empty text is the budgets for any scheme."""

    year: int | None = None
    org_id: uuid.UUID | None = None
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """`text` is looked for in numbers."""

    text: str = ""
    state: BatchState | None = None
    org_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """How the money of a budget, or of many, stands, in fen."""

    available: int = 0
    reserved: int = 0
    paid: int = 0

    @property
    def total(self) -> int:
        return self.available + self.reserved + self.paid

    def share(self, part: int) -> float:
        """A part in percent of the whole."""
        return part / self.total * 100 if self.total else 0.0


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A budget as a row of a list."""

    id: uuid.UUID
    org_id: uuid.UUID
    unit: str
    year: int
    scheme: str
    scheme_title: Mapping[str, str] | None
    money: Money


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A transaction as it changed one budget, and what was available after it."""

    id: uuid.UUID
    kind: TransactionKind
    at: dt.datetime
    by: uuid.UUID | None
    reason: str
    payment_id: uuid.UUID | None
    payee: str | None
    reference: str | None
    available: int
    reserved: int
    paid: int
    balance: int


@dataclass(frozen=True, slots=True)
class Sum:
    """How many and how much, in fen."""

    count: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class BatchLineInfo:
    """A line of a batch with what became of it; `paid` is None before the bank's result."""

    serial: int
    payment_id: uuid.UUID
    account_name: str
    account_tail: str
    bank_name: str
    amount_fen: int
    reference: str
    paid: bool | None
    reason: str

    @property
    def bank_account(self) -> str:
        return masked_account(self.account_tail)


@dataclass(frozen=True, slots=True)
class SignatureInfo:
    """A signature under a batch."""

    place: int
    person_id: uuid.UUID
    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One batch a payment went through; `paid` is None before the bank's result, `reason` the bank's."""

    batch_id: uuid.UUID
    number: str
    state: BatchState
    account_tail: str
    paid: bool | None
    reason: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof of the books covered, and its first fault."""

    transactions: int
    payments: int
    batches: int
    fault: str

    def facts(self) -> dict[str, Any]:
        """As a job's result."""
        return {
            "transactions": self.transactions,
            "payments": self.payments,
            "batches": self.batches,
            "fault": self.fault,
        }
