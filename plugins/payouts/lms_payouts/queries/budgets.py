"""Reading budgets and the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_payouts import policy
from lms_payouts.dto import BudgetFilter, BudgetLine, LedgerLine, Money
from lms_payouts.models import Account, Budget, Payment, Posting, Scheme, Transaction
from lms_payouts.rules import AccountKind

ANY_SCHEME = ""
_SHOWN = (AccountKind.AVAILABLE, AccountKind.RESERVED, AccountKind.PAID)


def of_actor(actor: Actor, budget_id: uuid.UUID, permission: str = policy.BUDGET_VIEW) -> Budget:
    """A budget of a unit on which the actor holds the permission. Raises `NotFound` or `Forbidden`."""
    found = session.get(Budget, budget_id)
    if found is None:
        raise NotFound(_("找不到这笔预算。"))
    policy.require(actor, permission, found.org_id)
    return found


def paying(org_id: uuid.UUID, year: int, scheme: str) -> uuid.UUID | None:
    """The budget that pays for a scheme: its own, else the unit's for any scheme."""
    query = select(Budget.id).where(Budget.org_id == org_id, Budget.year == year)
    query = query.where(Budget.scheme.in_({scheme, ANY_SCHEME})).order_by(Budget.scheme == ANY_SCHEME)
    return session.scalars(query.limit(1)).first()


def left(budget_id: uuid.UUID) -> int:
    """What a budget still has, in fen."""
    query = select(Account.balance).where(Account.budget_id == budget_id, Account.kind == AccountKind.AVAILABLE)
    return session.scalars(query).one()


def budgets(actor: Actor, wanted: BudgetFilter) -> Select[*tuple[Any, ...]]:
    """Budgets the actor sees with what is available, reserved and paid; the newest year first, then as set up.

    Columns: those of `line`. One statement.
    """
    sums = [_balance(kind) for kind in _SHOWN]
    query = (
        select(Budget.id, Budget.org_id, Budget.year, Budget.scheme, Scheme.title, *sums)
        .join(Account, Account.budget_id == Budget.id)
        .outerjoin(Scheme, Scheme.code == Budget.scheme)
        .where(Budget.org_id.in_(policy.visible(actor, policy.BUDGET_VIEW)), *_narrowed(wanted))
        .group_by(Budget.id, Scheme.code)
    )
    return query.order_by(Budget.year.desc(), Budget.id)


def _balance(kind: AccountKind) -> ColumnElement[int]:
    return func.sum(case((Account.kind == kind, Account.balance), else_=0)).label(kind.value)


def _narrowed(wanted: BudgetFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.year is not None:
        yield Budget.year == wanted.year
    if wanted.org_id is not None:
        yield Budget.org_id.in_(services().orgs.within(wanted.org_id))
    if wanted.scheme is not None:
        yield Budget.scheme == wanted.scheme


def lines(rows: Sequence[Any]) -> list[BudgetLine]:
    """Rows of `budgets` with their units in words. One query, whatever their number."""
    units = services().orgs.paths([row.org_id for row in rows])
    return [
        BudgetLine(
            id=row.id,
            org_id=row.org_id,
            unit=units[row.org_id],
            year=row.year,
            scheme=row.scheme,
            scheme_title=row.title,
            money=_money(row),
        )
        for row in rows
    ]


def line(actor: Actor, budget_id: uuid.UUID) -> BudgetLine:
    """One budget as a row. Raises `NotFound`."""
    of_actor(actor, budget_id)
    row = session.execute(budgets(actor, BudgetFilter()).where(Budget.id == budget_id)).one()
    return lines([row])[0]


def total(actor: Actor, wanted: BudgetFilter) -> Money:
    """The money of all budgets that fit, together."""
    found = budgets(actor, wanted).order_by(None).subquery()
    sums = (func.coalesce(func.sum(found.c[kind.value]), 0).label(kind.value) for kind in _SHOWN)
    return _money(session.execute(select(*sums)).one())


def _money(row: Any) -> Money:
    return Money(int(row.available), int(row.reserved), int(row.paid))


def years(actor: Actor) -> list[int]:
    """The years for which the actor sees budgets, the newest first."""
    seen = Budget.org_id.in_(policy.visible(actor, policy.BUDGET_VIEW))
    return list(session.scalars(select(Budget.year).where(seen).distinct().order_by(Budget.year.desc())))


def schemes() -> Mapping[str, Mapping[str, str]]:
    """The schemes that are known, by code."""
    return {row.code: row.title for row in session.scalars(select(Scheme).order_by(Scheme.code))}


def ledger(budget_id: uuid.UUID, *, newest_first: bool = True) -> Select[*tuple[Any, ...]]:
    """Every transaction of a budget with what it changed and what was available after it.

    Columns: those of `ledger_lines`. One statement.
    """
    payment = aliased(Payment)
    moved = [
        func.coalesce(func.sum(case((Account.kind == kind, Posting.amount), else_=0)), 0).label(kind.value)
        for kind in _SHOWN
    ]
    booked = (
        select(Transaction, payment.account_name.label("payee"), payment.reference, *moved)
        .join(Posting, Posting.transaction_id == Transaction.id)
        .join(Account, Account.id == Posting.account_id)
        .outerjoin(payment, payment.id == Transaction.payment_id)
        .where(Account.budget_id == budget_id)
        .group_by(Transaction.id, payment.id)
        .subquery()
    )
    running = func.sum(booked.c.available).over(order_by=(booked.c.at, booked.c.id)).label("balance")
    query = select(booked, running)
    order = (booked.c.at.desc(), booked.c.id.desc()) if newest_first else (booked.c.at, booked.c.id)
    return query.order_by(*order)


def ledger_line(row: Any) -> LedgerLine:
    """A row of `ledger`."""
    return LedgerLine(
        id=row.id,
        kind=row.kind,
        at=row.at,
        by=row.by,
        reason=row.reason,
        payment_id=row.payment_id,
        payee=row.payee,
        reference=row.reference,
        available=int(row.available),
        reserved=int(row.reserved),
        paid=int(row.paid),
        balance=int(row.balance),
    )
