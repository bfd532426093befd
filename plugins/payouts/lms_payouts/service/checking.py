"""Proving the books: everything is added up anew from the postings, and compared with what is shown."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, String, Uuid, cast, func, literal, null, select, union_all

from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms_payouts.dto import Proof
from lms_payouts.models import Account, Batch, Check, Outcome, Payment, Posting, Signature, Transaction
from lms_payouts.proof import BatchFact, Books, Fault, PaymentFact, batch_fault
from lms_payouts.proof import Posting as PostingFact
from lms_payouts.queries import receivables
from lms_payouts.queries.batches import digest_lines, parties
from lms_payouts.rules import AccountKind, PaymentState, TransactionKind

_POSTING, _ACCOUNT, _PAYMENT = 1, 2, 3


def verify() -> Proof:
    """Prove the ledger, the payments and the signed batches; the first fault in words, for operators."""
    books, payments, fault = _ledger()
    batches = 0
    for one in _batches() if fault is None else ():
        batches += 1
        fault = batch_fault(one)
        if fault is not None:
            break
    return Proof(books.transactions, payments, batches, str(fault or "") or receivables.fault())


def check() -> Proof:
    """The same, kept: pages and the operator see when the books were last proved, and what was wrong."""
    proof = verify()
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(Check(at=clock.now(), **proof.facts()))
    return proof


def last_check() -> Check | None:
    """The last proof that was kept."""
    return session.scalars(select(Check).order_by(Check.at.desc(), Check.id.desc()).limit(1)).first()


def _ledger() -> tuple[Books, int, Fault | None]:
    books, accounts, payments = Books(), dict[tuple[uuid.UUID, AccountKind], int](), list[PaymentFact]()
    for row in session.execute(_everything().execution_options(yield_per=1000)):
        if row.part == _POSTING:
            fault = books.add(_posting(row))
            if fault is not None:
                return books, 0, fault
        elif row.part == _ACCOUNT:
            accounts[row.budget_id, AccountKind(row.account)] = row.amount
        else:
            payments.append(PaymentFact(row.id, PaymentState(row.kind), row.budget_id, row.amount, row.paid_results))
    fault = books.close() or books.balance_fault(accounts) or books.payment_fault(payments)
    return books, len(payments), fault


def _posting(row: Any) -> PostingFact:
    account = None if row.budget_id is None else (row.budget_id, AccountKind(row.account))
    return PostingFact(row.id, TransactionKind(row.kind), row.payment_id, account, row.amount or 0)


def _everything() -> CompoundSelect[*tuple[Any, ...]]:
    """Postings, accounts and payments in one statement: one moment of the books, whatever is booked meanwhile."""
    none, no_text, no_number = cast(null(), Uuid()), cast(null(), String()), cast(null(), BigInteger())
    paid_results = select(func.count()).where(Outcome.payment_id == Payment.id, Outcome.paid).scalar_subquery()
    postings = (
        select(
            literal(_POSTING).label("part"),
            Transaction.id.label("id"),
            cast(Transaction.kind, String()).label("kind"),
            Transaction.payment_id.label("payment_id"),
            Account.budget_id.label("budget_id"),
            cast(Account.kind, String()).label("account"),
            Posting.amount.label("amount"),
            Posting.seq.label("seq"),
            no_number.label("paid_results"),
        )
        .outerjoin(Posting, Posting.transaction_id == Transaction.id)
        .outerjoin(Account, Account.id == Posting.account_id)
    )
    accounts = select(
        literal(_ACCOUNT), Account.id, no_text, none, Account.budget_id, cast(Account.kind, String()), Account.balance,
        no_number, no_number,
    )  # fmt: skip
    payments = select(
        literal(_PAYMENT), Payment.id, cast(Payment.state, String()), none, Payment.budget_id, no_text,
        Payment.amount_fen, no_number, paid_results,
    )  # fmt: skip
    return union_all(postings, accounts, payments).order_by("part", "id", "seq")


def _batches() -> Iterator[BatchFact]:
    """Every batch with its lines and signatures. State, signatures and results are of one moment: one statement."""
    results = select(func.count()).where(Outcome.batch_id == Batch.id).scalar_subquery()
    query = (
        select(
            Batch.id, Batch.number, Batch.state, Batch.digest, Batch.count, Batch.total_fen, results.label("results"),
            Signature.person_id, Signature.digest.label("signed_digest"),
        )
        .outerjoin(Signature, Signature.batch_id == Batch.id)
        .order_by(Batch.created_at, Batch.id, Signature.place)
    )  # fmt: skip
    found = session.execute(query.execution_options(yield_per=1000))
    for _id, group in itertools.groupby(found, key=lambda row: row.id):
        yield _batch_fact(list(group))


def _batch_fact(rows: Sequence[Any]) -> BatchFact:
    """A batch of its rows, one for each signature, or one without. What was lined up never changes: read beside."""
    batch = rows[0]
    signed = [row for row in rows if row.person_id is not None]
    return BatchFact(
        number=batch.number,
        state=batch.state,
        digest=batch.digest,
        count=batch.count,
        total=batch.total_fen,
        lines=digest_lines(batch.id),
        signers=[row.person_id for row in signed],
        signed_digests=[row.signed_digest for row in signed],
        parties=parties(batch.id),
        results=batch.results,
    )
