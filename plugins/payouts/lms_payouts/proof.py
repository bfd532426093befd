"""The proof of the books, as pure functions: everything is added up anew from the postings."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lms_payouts.rules import MOVES, AccountKind, BatchState, DigestLine, PaymentState, TransactionKind, batch_digest

Account = tuple[uuid.UUID, AccountKind]
"""An account: the budget and which of its four."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One posting with the transaction it belongs to; `account` is None for a transaction without any."""

    transaction_id: uuid.UUID
    kind: TransactionKind
    payment_id: uuid.UUID | None
    account: Account | None
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """A payment as its own row says, and how many results of the bank say that it was paid."""

    id: uuid.UUID
    state: PaymentState
    budget_id: uuid.UUID
    amount: int
    paid_results: int = 0


@dataclass(frozen=True, slots=True)
class BatchFact:
    """A batch as its rows say: `signers` in the order of their signatures, `results` the number of lines answered.

    `parties` are who is paid by it, has asked for a payment in it or approved one.
    """

    number: str
    state: BatchState
    digest: str
    count: int
    total: int
    lines: Sequence[DigestLine]
    signers: Sequence[uuid.UUID]
    signed_digests: Sequence[str]
    parties: frozenset[uuid.UUID]
    results: int


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the books do not hold, for operators."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass
class Books:
    """What the postings add up to. Feed it the postings, those of one transaction together, then ask for faults."""

    balances: dict[Account, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[uuid.UUID, dict[Account, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    transactions: int = 0
    _open: list[Posting] = field(default_factory=list)

    def add(self, posting: Posting) -> Fault | None:
        """Take a posting; a fault of the transaction before it, which is now complete."""
        fault = None
        if self._open and self._open[0].transaction_id != posting.transaction_id:
            fault = self.close()
        self._open.append(posting)
        return fault

    def close(self) -> Fault | None:
        """Judge the last transaction and add it up."""
        postings, self._open = self._open, []
        if not postings:
            return None
        self.transactions += 1
        for one in postings:
            if one.account is None:
                continue
            self.balances[one.account] += one.amount
            if one.payment_id is not None:
                self.held[one.payment_id][one.account] += one.amount
        reason = _fault_of(postings)
        return Fault(f"transaction {postings[0].transaction_id}", reason) if reason else None

    def balance_fault(self, accounts: Mapping[Account, int]) -> Fault | None:
        """Compare what the accounts say with what the postings add up to."""
        for budget_id, kind in sorted(accounts.keys() | self.balances.keys()):
            kept, counted = accounts.get((budget_id, kind), 0), self.balances.get((budget_id, kind), 0)
            place = f"account {kind} of budget {budget_id}"
            if kept != counted:
                return Fault(place, f"its balance {kept} is not the sum of its postings {counted}")
            if (kept > 0) if kind is AccountKind.APPROPRIATION else (kept < 0):
                return Fault(place, f"its balance {kept} has the wrong sign")
        return None

    def payment_fault(self, payments: Iterable[PaymentFact]) -> Fault | None:
        """Compare each payment's state with what the ledger holds for it, and with what the bank said."""
        known = set()
        for one in payments:
            known.add(one.id)
            found = {account: amount for account, amount in self.held[one.id].items() if amount}
            if found != _expected(one):
                said = ", ".join(f"{kind} {amount} of {budget}" for (budget, kind), amount in sorted(found.items()))
                reason = f"it is {one.state} with {one.amount} of {one.budget_id}, the ledger holds {said or 'nothing'}"
                return Fault(f"payment {one.id}", reason)
            if one.paid_results != (one.state is PaymentState.PAID):
                return Fault(f"payment {one.id}", f"it is {one.state}, {one.paid_results} results say it was paid")
        strangers = sorted(self.held.keys() - known)
        return Fault(f"payment {strangers[0]}", "the ledger knows it, nobody else does") if strangers else None


def _fault_of(postings: Sequence[Posting]) -> str:
    """Why a transaction is none; empty when it moves one amount between the two accounts its kind names."""
    if sum(one.amount for one in postings) != 0:
        return f"its postings add up to {sum(one.amount for one in postings)}, not to 0"
    source, target = MOVES[postings[0].kind]
    moved = {one.account[1]: one.amount for one in postings if one.account}
    budgets = {one.account[0] for one in postings if one.account}
    if len(postings) != 2 or len(budgets) != 1 or set(moved) != {source, target} or moved[target] <= 0:
        return f"it does not move one amount from {source} to {target} of one budget"
    if (postings[0].payment_id is None) is (postings[0].kind in _OF_PAYMENTS):
        return "it names a payment where it should not, or none where it should"
    return ""


_OF_PAYMENTS = {TransactionKind.RESERVE, TransactionKind.RELEASE, TransactionKind.PAY}


def _expected(payment: PaymentFact) -> dict[Account, int]:
    if payment.state is PaymentState.CANCELLED:
        return {}
    place = AccountKind.PAID if payment.state is PaymentState.PAID else AccountKind.RESERVED
    budget_id = payment.budget_id
    return {(budget_id, AccountKind.AVAILABLE): -payment.amount, (budget_id, place): payment.amount}


_SIGNATURES = {
    BatchState.DRAFT: {0},
    BatchState.FIRST: {1},
    BatchState.RETURNED: {0, 1},
    BatchState.SIGNED: {2},
    BatchState.SENT: {2},
    BatchState.SETTLED: {2},
}


def batch_fault(batch: BatchFact) -> Fault | None:
    """Whether a batch is still what its officers signed, and answered by the bank when it is settled."""
    reason = next(_batch_reasons(batch), None)
    return Fault(f"batch {batch.number}", reason) if reason else None


def _batch_reasons(batch: BatchFact) -> Iterator[str]:
    signers = set(batch.signers)
    if batch_digest(batch.number, batch.lines) != batch.digest:
        yield "its lines are not those of its digest"
    if (batch.count, batch.total) != (len(batch.lines), sum(line.amount_fen for line in batch.lines)):
        yield "its count or sum is not that of its lines"
    if len(batch.signers) not in _SIGNATURES[batch.state] or len(signers) != len(batch.signers):
        yield f"it is {batch.state} with {len(signers)} signatures"
    if set(batch.signed_digests) - {batch.digest}:
        yield "a signature is for something else"
    if batch.parties & signers:
        yield "somebody signed it who is paid by it, asked for it or approved it"
    if batch.results != (batch.count if batch.state is BatchState.SETTLED else 0):
        yield f"it is {batch.state} with {batch.results} results for {batch.count} lines"
