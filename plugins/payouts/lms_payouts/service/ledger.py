"""Writing the fund ledger: a transaction, its two postings and the two balances, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, insert, or_, select, update

from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.work import UnitOfWork, clock
from lms_payouts.models import Account, Posting, Transaction
from lms_payouts.rules import MOST_FEN, MOVES, AccountKind, TransactionKind

_ORDER = list(AccountKind)


class OutOfBounds(Exception):
    """An account does not hold what should be moved from it, or a budget would pass `MOST_FEN`.

    Nothing that was written may be kept.
    """


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement to book: `amount_fen` (more than 0) between the two accounts of the budget that its kind names."""

    kind: TransactionKind
    key: str
    budget_id: uuid.UUID
    amount_fen: int
    payment_id: uuid.UUID | None = None
    reason: str = ""


def post(uow: UnitOfWork, entries: Sequence[Entry]) -> None:
    """Book movements whose keys are new. Raises `OutOfBounds` when an account would leave its side of zero.

    Balances are changed once for each account, in one order for everybody, so that two at once never wait in a circle.
    """
    if not entries:
        return
    ids = [new_id() for _entry in entries]
    rows = [_row(uow, entry_id, entry) for entry_id, entry in zip(ids, entries, strict=True)]
    uow.session.execute(insert(Transaction), rows)
    _move(uow, ids, entries)


def post_once(uow: UnitOfWork, entry: Entry) -> bool:
    """Book a movement unless its key was used before: what a person sends twice counts once. True when booked now."""
    entry_id = new_id()
    if not insert_new(uow.session, Transaction, **_row(uow, entry_id, entry)):
        return False
    _move(uow, [entry_id], [entry])
    return True


def booked(uow: UnitOfWork, key: str) -> bool:
    """Whether a movement with this key was booked."""
    return uow.session.scalar(select(Transaction.id).where(Transaction.key == key)) is not None


def open_accounts(uow: UnitOfWork, budget_id: uuid.UUID) -> None:
    """The four empty accounts of a new budget."""
    uow.session.execute(
        insert(Account),
        [{"id": new_id(), "budget_id": budget_id, "kind": kind, "balance": 0} for kind in AccountKind],
    )


def _row(uow: UnitOfWork, entry_id: uuid.UUID, entry: Entry) -> dict[str, object]:
    return {
        "id": entry_id,
        "kind": entry.kind,
        "key": entry.key,
        "payment_id": entry.payment_id,
        "at": clock.now(),
        "by": uow.actor.person_id,
        "reason": entry.reason,
    }


def _move(uow: UnitOfWork, ids: Sequence[uuid.UUID], entries: Sequence[Entry]) -> None:
    accounts = _accounts(uow, {entry.budget_id for entry in entries})
    postings, changes = [], defaultdict[tuple[uuid.UUID, AccountKind], int](int)
    for entry_id, entry in zip(ids, entries, strict=True):
        source, target = MOVES[entry.kind]
        for kind, amount in ((source, -entry.amount_fen), (target, entry.amount_fen)):
            postings.append(
                {"transaction_id": entry_id, "account_id": accounts[entry.budget_id, kind], "amount": amount}
            )
            changes[entry.budget_id, kind] += amount
    for budget_id, kind in sorted(changes, key=lambda account: (account[0], _ORDER.index(account[1]))):
        _change(uow, accounts[budget_id, kind], changes[budget_id, kind])
    uow.session.execute(insert(Posting), postings)


def _accounts(uow: UnitOfWork, budgets: set[uuid.UUID]) -> dict[tuple[uuid.UUID, AccountKind], uuid.UUID]:
    query = select(Account.budget_id, Account.kind, Account.id).where(Account.budget_id.in_(budgets))
    return {(budget_id, kind): account_id for budget_id, kind, account_id in uow.session.execute(query)}


def _change(uow: UnitOfWork, account_id: uuid.UUID, amount: int) -> None:
    """Compare and swap: the balance moves only when it stays on its side of zero and in what a sheet can show."""
    after = Account.balance + amount
    allowed = or_(
        and_(Account.kind == AccountKind.APPROPRIATION, after.between(-MOST_FEN, 0)),
        and_(Account.kind != AccountKind.APPROPRIATION, after >= 0),
    )
    if uow.change(update(Account).where(Account.id == account_id, allowed).values(balance=after)) != 1:
        raise OutOfBounds
