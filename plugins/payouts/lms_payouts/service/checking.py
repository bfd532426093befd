"""Proving the books: everything is added up anew from the postings, and compared with what is shown."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, String, Uuid, cast, literal, null, select, union_all

from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms_payouts.dto import Proof
from lms_payouts.models import Account, Batch, Check, Line, Payment, Posting, Signature, Transaction
from lms_payouts.proof import BatchFact, Books, Fault, PaymentFact, batch_fault
from lms_payouts.proof import Posting as PostingFact
from lms_payouts.queries.batches import digest_lines
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
    return Proof(books.transactions, payments, batches, str(fault or ""))


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
            payments.append(PaymentFact(row.id, PaymentState(row.kind), row.budget_id, row.amount))
    fault = books.close() or books.balance_fault(accounts) or books.payment_fault(payments)
    return books, len(payments), fault


def _posting(row: Any) -> PostingFact:
    account = None if row.budget_id is None else (row.budget_id, AccountKind(row.account))
    return PostingFact(row.id, TransactionKind(row.kind), row.payment_id, account, row.amount or 0)


def _everything() -> CompoundSelect[*tuple[Any, ...]]:
    """Postings, accounts and payments in one statement: one moment of the books, whatever is booked meanwhile."""
    none, no_text = cast(null(), Uuid()), cast(null(), String())
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
        )
        .outerjoin(Posting, Posting.transaction_id == Transaction.id)
        .outerjoin(Account, Account.id == Posting.account_id)
    )
    accounts = select(
        literal(_ACCOUNT), Account.id, no_text, none, Account.budget_id, cast(Account.kind, String()), Account.balance,
        cast(null(), BigInteger()),
    )  # fmt: skip
    payments = select(
        literal(_PAYMENT), Payment.id, cast(Payment.state, String()), none, Payment.budget_id, no_text,
        Payment.amount_fen, cast(null(), BigInteger()),
    )  # fmt: skip
    return union_all(postings, accounts, payments).order_by("part", "id", "seq")


def _batches() -> Iterator[BatchFact]:
    """Every batch with its lines and signatures, a hundred at a time."""
    found = session.scalars(select(Batch).order_by(Batch.created_at, Batch.id).execution_options(yield_per=100))
    for some in found.partitions():
        signers = _signatures([batch.id for batch in some])
        payees = _beneficiaries([batch.id for batch in some])
        for batch in some:
            signed = signers[batch.id]
            yield BatchFact(
                number=batch.number,
                state=batch.state,
                digest=batch.digest,
                count=batch.count,
                total=batch.total_fen,
                lines=digest_lines(batch.id),
                signers=[person_id for person_id, _digest in signed],
                signed_digests=[digest for _person_id, digest in signed],
                beneficiaries=frozenset(payees[batch.id]),
            )


def _signatures(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[tuple[uuid.UUID, str]]]:
    query = select(Signature.batch_id, Signature.person_id, Signature.digest).where(Signature.batch_id.in_(ids))
    found: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = defaultdict(list)
    for batch_id, person_id, digest in session.execute(query.order_by(Signature.batch_id, Signature.place)):
        found[batch_id].append((person_id, digest))
    return found


def _beneficiaries(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, set[uuid.UUID]]:
    query = select(Line.batch_id, Line.beneficiary_id).where(Line.batch_id.in_(ids))
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for batch_id, person_id in session.execute(query):
        found[batch_id].add(person_id)
    return found
