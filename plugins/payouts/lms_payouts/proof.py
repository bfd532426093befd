"""The proof of the books, as pure functions: everything is added up anew from the postings."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    """A payment as its own row says."""

    id: uuid.UUID
    state: PaymentState
    budget_id: uuid.UUID
    amount: int


@dataclass(frozen=True, slots=True)
class BatchFact:
    """A batch as its rows say. `signers` are in the order of their signatures."""

    number: str
    state: BatchState
    digest: str
    count: int
    total: int
    lines: Sequence[DigestLine]
    signers: Sequence[uuid.UUID]
    signed_digests: Sequence[str]
    beneficiaries: frozenset[uuid.UUID]


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
    held: dict[uuid.UUID, dict[AccountKind, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
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
                self.held[one.payment_id][one.account[1]] += one.amount
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
        """Compare each payment's state with what the ledger holds for it."""
        known = set()
        for one in payments:
            known.add(one.id)
            found = {kind: amount for kind, amount in self.held[one.id].items() if amount}
            if found != _expected(one):
                said = ", ".join(f"{kind} {amount}" for kind, amount in sorted(found.items())) or "nothing"
                return Fault(f"payment {one.id}", f"it is {one.state} with {one.amount}, the ledger holds {said}")
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


def _expected(payment: PaymentFact) -> dict[AccountKind, int]:
    if payment.state is PaymentState.CANCELLED:
        return {}
    place = AccountKind.PAID if payment.state is PaymentState.PAID else AccountKind.RESERVED
    return {AccountKind.AVAILABLE: -payment.amount, place: payment.amount}


_SIGNATURES = {
    BatchState.DRAFT: {0},
    BatchState.FIRST: {1},
    BatchState.RETURNED: {0, 1},
    BatchState.SIGNED: {2},
    BatchState.SENT: {2},
    BatchState.SETTLED: {2},
}


def batch_fault(batch: BatchFact) -> Fault | None:
    """Whether a batch is still what its officers signed."""
    place = f"batch {batch.number}"
    if batch_digest(batch.number, batch.lines) != batch.digest:
        return Fault(place, "its lines are not those of its digest")
    if (batch.count, batch.total) != (len(batch.lines), sum(line.amount_fen for line in batch.lines)):
        return Fault(place, "its count or sum is not that of its lines")
    if len(batch.signers) not in _SIGNATURES[batch.state] or len(set(batch.signers)) != len(batch.signers):
        return Fault(place, f"it is {batch.state} with {len(set(batch.signers))} signatures")
    if set(batch.signed_digests) - {batch.digest}:
        return Fault(place, "a signature is for something else")
    if batch.beneficiaries & set(batch.signers):
        return Fault(place, "a beneficiary signed it")
    return None
