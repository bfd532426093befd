"""Tables of payouts. Amounts are integer fen; what is booked, lined up or signed is append-only."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api.models import APPEND_ONLY, Sequence64, choice, new_id, plugin_base
from lms_payouts.rules import AccountKind, BatchState, EntryKind, PaymentState, ResultState, TransactionKind

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = plugin_base("payouts")
_ALIVE = text("state <> 'cancelled'")


class Scheme(Base):
    """A scheme that pays out, as the plugin that has it calls it."""

    __tablename__ = "payouts_scheme"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[dict[str, str]]


class Budget(Base):
    """The money of a unit for a year and a scheme; the empty scheme stands for any that has no budget of its own."""

    __tablename__ = "payouts_budget"
    __table_args__ = (UniqueConstraint("org_id", "year", "scheme"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    year: Mapped[int]
    scheme: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID | None]


class Account(Base):
    """One of a budget's four accounts; the balance is what its postings add up to, kept by compare-and-swap."""

    __tablename__ = "payouts_account"
    __table_args__ = (
        UniqueConstraint("budget_id", "kind"),
        CheckConstraint(
            "(kind = 'appropriation' AND balance <= 0) OR (kind <> 'appropriation' AND balance >= 0)", name="right_side"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    budget_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_budget.id"))
    kind: Mapped[AccountKind] = mapped_column(choice(AccountKind))
    balance: Mapped[int] = mapped_column(BigInteger)


class Batch(Base):
    """Payments that go to the bank together. Its lines never change; `digest` is over them."""

    __tablename__ = "payouts_batch"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    state: Mapped[BatchState] = mapped_column(choice(BatchState))
    count: Mapped[int]
    total_fen: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID | None]
    signed_at: Mapped[dt.datetime | None]
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    sent_at: Mapped[dt.datetime | None]
    sent_by: Mapped[uuid.UUID | None]
    settled_at: Mapped[dt.datetime | None]
    returned_at: Mapped[dt.datetime | None]
    returned_by: Mapped[uuid.UUID | None]
    return_reason: Mapped[str] = mapped_column(default="")


class BatchSeries(Base):
    """The last batch number given out in a year."""

    __tablename__ = "payouts_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Payment(Base):
    """Money for one person out of one budget. `batch_id` is the batch it is in, or was last in.

    `award_key` is unique among all that are not cancelled: a cancelled payment moved no money, so the award may be
    asked for again; one that was paid can never be cancelled, so it stays paid once for ever.
    """

    __tablename__ = "payouts_payment"
    __table_args__ = (
        Index("uq_payouts_payment_award_key", "award_key", unique=True, sqlite_where=_ALIVE, postgresql_where=_ALIVE),
        Index("ix_payouts_payment_org_id_state", "org_id", "state"),
        CheckConstraint("amount_fen > 0", name="some_amount"),
        CheckConstraint("state <> 'cancelled' OR paid_at IS NULL", name="paid_stays_paid"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    award_key: Mapped[str] = mapped_column(String(160))
    scheme: Mapped[str] = mapped_column(String(60), ForeignKey("payouts_scheme.code"))
    budget_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_budget.id"), index=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    year: Mapped[int]
    beneficiary_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    account_name: Mapped[str] = mapped_column(String(80))
    bank_account_sealed: Mapped[bytes]
    bank_account_index: Mapped[bytes]
    account_tail: Mapped[str] = mapped_column(String(4))
    bank_name: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(60))
    proofs: Mapped[list[str]]
    state: Mapped[PaymentState] = mapped_column(choice(PaymentState))
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payouts_batch.id"), index=True)
    requested_at: Mapped[dt.datetime]
    requested_by: Mapped[uuid.UUID | None]
    sent_at: Mapped[dt.datetime | None]
    paid_at: Mapped[dt.datetime | None]
    bounced_at: Mapped[dt.datetime | None]
    bounce_reason: Mapped[str] = mapped_column(default="")
    cancelled_at: Mapped[dt.datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="")


class Transaction(Base):
    """One movement of money, once for its key, for ever."""

    __tablename__ = "payouts_transaction"
    __table_args__ = (Index("ix_payouts_transaction_at", "at", "id"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[TransactionKind] = mapped_column(choice(TransactionKind))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    payment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payouts_payment.id"), index=True)
    at: Mapped[dt.datetime]
    by: Mapped[uuid.UUID | None]
    reason: Mapped[str]


class Posting(Base):
    """What a transaction adds to an account (or, negative, takes from it). Those of one transaction sum to zero."""

    __tablename__ = "payouts_posting"
    __table_args__ = (
        UniqueConstraint("transaction_id", "account_id"),
        CheckConstraint("amount <> 0", name="some_amount"),
        APPEND_ONLY,
    )

    seq: Mapped[int] = mapped_column(Sequence64, primary_key=True)
    transaction_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_transaction.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_account.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class Line(Base):
    """A payment as a batch has it: what the bank is told, word for word."""

    __tablename__ = "payouts_line"
    __table_args__ = (UniqueConstraint("batch_id", "payment_id"), APPEND_ONLY)

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_batch.id"), primary_key=True)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_payment.id"), index=True)
    beneficiary_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    account_name: Mapped[str] = mapped_column(String(80))
    bank_account_sealed: Mapped[bytes]
    bank_account_index: Mapped[bytes]
    account_tail: Mapped[str] = mapped_column(String(4))
    bank_name: Mapped[str] = mapped_column(String(80))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(60))


class Signature(Base):
    """An officer's signature under a batch's digest: the first and the second, of two persons."""

    __tablename__ = "payouts_signature"
    __table_args__ = (
        UniqueConstraint("batch_id", "person_id"),
        CheckConstraint("place IN (1, 2)", name="two_places"),
        APPEND_ONLY,
    )

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_batch.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime]


class Result(Base):
    """A file with the bank's results for a batch, once for its content. The file itself is kept sealed."""

    __tablename__ = "payouts_result"
    __table_args__ = (UniqueConstraint("batch_id", "sha256"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_batch.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[ResultState] = mapped_column(choice(ResultState))
    problems: Mapped[list[dict[str, Any]]]
    outcomes: Mapped[list[dict[str, Any]]]
    job_id: Mapped[uuid.UUID | None]
    uploaded_at: Mapped[dt.datetime]
    uploaded_by: Mapped[uuid.UUID | None]
    applied_at: Mapped[dt.datetime | None]
    applied_by: Mapped[uuid.UUID | None]


class Outcome(Base):
    """What the bank did with a line, once for ever."""

    __tablename__ = "payouts_outcome"
    __table_args__ = (APPEND_ONLY,)

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_batch.id"), primary_key=True)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_payment.id"), index=True)
    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_result.id"))
    paid: Mapped[bool]
    reason: Mapped[str]
    at: Mapped[dt.datetime]


class Check(Base):
    """A proof of the books: when, over how much, and the first fault in words; empty when they hold."""

    __tablename__ = "payouts_check"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[dt.datetime]
    transactions: Mapped[int]
    payments: Mapped[int]
    batches: Mapped[int]
    fault: Mapped[str]


class Approver(Base):
    """Somebody who approved what a payment rests on, and so must not sign for it."""

    __tablename__ = "payouts_approver"
    __table_args__ = (APPEND_ONLY,)

    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_payment.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class Hold(Base):
    """Which scheme supports a person in something that only one may support: either tuition or the award, not both.

    `uses` counts the claims that rest on it; at 0 it is free for any scheme. One row for a person and subject, so that
    two schemes at the same moment meet here.
    """

    __tablename__ = "payouts_hold"
    __table_args__ = (CheckConstraint("uses >= 0", name="counted"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(24))
    title: Mapped[dict[str, str]]
    uses: Mapped[int]
    since: Mapped[dt.datetime]


class Receivable(Base):
    """Money that was paid and is to come back. `open_fen` is what its entries leave, kept by compare-and-swap.

    There is one for a payment at most. What comes back goes to the treasury and not into the budget, whose ledger
    keeps what was paid.
    """

    __tablename__ = "payouts_receivable"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="some_amount"),
        CheckConstraint("open_fen >= 0 AND open_fen <= amount_fen", name="within"),
        Index("ix_payouts_receivable_org_id_open_fen", "org_id", "open_fen"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_payment.id"), unique=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    open_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]


class ReceivableEntry(Base):
    """A change of a receivable, once for its key: recorded, paid back on a day, or waived."""

    __tablename__ = "payouts_entry"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="some_amount"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    receivable_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payouts_receivable.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(choice(EntryKind))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    on: Mapped[dt.date]
    note: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[uuid.UUID | None]
