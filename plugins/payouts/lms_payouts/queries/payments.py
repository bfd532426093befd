"""Reading payments."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_payouts import policy
from lms_payouts.dto import HistoryLine, PaymentFilter, PaymentInfo, PaymentOrder, Sum
from lms_payouts.models import Batch, Line, Outcome, Payment, Scheme
from lms_payouts.rules import PaymentState, masked_account

_ORDERS: dict[PaymentOrder, tuple[Any, ...]] = {
    PaymentOrder.NEWEST: (Payment.requested_at.desc(), Payment.id.desc()),
    PaymentOrder.OLDEST: (Payment.requested_at, Payment.id),
    PaymentOrder.AMOUNT: (Payment.amount_fen.desc(), Payment.id),
    PaymentOrder.NAME: (Payment.account_name, Payment.id),
}


def one(payment_id: uuid.UUID) -> Payment:
    """A payment as last committed, or as this transaction made it. Raises `NotFound`."""
    found = session.get(Payment, payment_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这笔付款。"))
    return found


def of_actor(actor: Actor, payment_id: uuid.UUID, permission: str = policy.PAYMENT_VIEW) -> Payment:
    """A payment of a unit on which the actor holds the permission. Raises `NotFound` or `Forbidden`."""
    found = one(payment_id)
    policy.require(actor, permission, found.org_id)
    return found


def infos(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, PaymentInfo]:
    """Payments by id, as other plugins may show them; unknown ids are left out. One statement."""
    return {one.id: one for one in map(_info, session.execute(_with_names().where(Payment.id.in_(set(ids)))))}


def of_person(actor: Actor, beneficiary_id: uuid.UUID) -> list[PaymentInfo]:
    """A person's payments in the units the actor sees, the newest first."""
    query = _with_names().where(Payment.beneficiary_id == beneficiary_id, _seen(actor, policy.PAYMENT_VIEW))
    return [_info(row) for row in session.execute(query.order_by(*_ORDERS[PaymentOrder.NEWEST]))]


def payments(actor: Actor, wanted: PaymentFilter, permission: str = policy.PAYMENT_VIEW) -> Select[*tuple[Any, ...]]:
    """Payments of the units on which the actor holds the permission that fit, in a stable order. One statement."""
    return _with_names().where(_seen(actor, permission), *_narrowed(wanted)).order_by(*_ORDERS[wanted.order])


def as_infos(rows: Iterable[Any]) -> list[PaymentInfo]:
    """Rows of `payments`."""
    return [_info(row) for row in rows]


def ids(actor: Actor, wanted: PaymentFilter, permission: str, most: int) -> list[uuid.UUID]:
    """The first `most` payments that fit, as ids."""
    query = select(Payment.id).outerjoin(Batch, Batch.id == Payment.batch_id)
    query = query.where(_seen(actor, permission), *_narrowed(wanted)).order_by(*_ORDERS[wanted.order])
    return list(session.scalars(query.limit(most)))


def summed(actor: Actor, wanted: PaymentFilter, permission: str = policy.PAYMENT_VIEW) -> Sum:
    """How many fit, and how much they are together."""
    query = select(func.count(Payment.id), func.coalesce(func.sum(Payment.amount_fen), 0))
    query = query.outerjoin(Batch, Batch.id == Payment.batch_id).where(_seen(actor, permission), *_narrowed(wanted))
    count, amount = session.execute(query).one()
    return Sum(count, int(amount))


def by_state(actor: Actor, year: int | None = None) -> dict[PaymentState, Sum]:
    """How many and how much in each state, in the units the actor sees. One statement."""
    query = select(Payment.state, func.count(Payment.id), func.sum(Payment.amount_fen))
    query = query.where(_seen(actor, policy.PAYMENT_VIEW), *_narrowed(PaymentFilter(year=year)))
    query = query.group_by(Payment.state)
    found = {state: Sum(count, int(amount)) for state, count, amount in session.execute(query)}
    return {state: found.get(state, Sum()) for state in PaymentState}


def waiting_by_scheme(actor: Actor) -> list[tuple[Mapping[str, str], Sum]]:
    """What waits, by scheme, the largest sum first. One statement."""
    amount = func.sum(Payment.amount_fen)
    query = (
        select(Scheme.code, Scheme.title, func.count(Payment.id), amount)
        .join(Payment, Payment.scheme == Scheme.code)
        .where(_seen(actor, policy.PAYMENT_VIEW), Payment.state == PaymentState.WAITING)
        .group_by(Scheme.code)
        .order_by(amount.desc(), Scheme.code)
    )
    return [(title, Sum(count, int(total))) for _code, title, count, total in session.execute(query)]


def history(payment_id: uuid.UUID) -> list[HistoryLine]:
    """The batches a payment went through, the newest first, with what the bank said."""
    query = (
        select(Batch.id, Batch.number, Batch.state, Line.account_tail, Outcome.paid, Outcome.reason, Outcome.at)
        .join(Line, Line.batch_id == Batch.id)
        .outerjoin(Outcome, (Outcome.batch_id == Line.batch_id) & (Outcome.serial == Line.serial))
        .where(Line.payment_id == payment_id)
        .order_by(Batch.created_at.desc(), Batch.id.desc())
    )
    return [
        HistoryLine(batch_id, number, state, tail, paid, reason or "", at)
        for batch_id, number, state, tail, paid, reason, at in session.execute(query)
    ]


def _with_names() -> Select[*tuple[Any, ...]]:
    return (
        select(Payment, Scheme.title.label("scheme_title"), Batch.number.label("batch_number"))
        .join(Scheme, Scheme.code == Payment.scheme)
        .outerjoin(Batch, Batch.id == Payment.batch_id)
    )


def _seen(actor: Actor, permission: str) -> ColumnElement[bool]:
    return Payment.org_id.in_(policy.visible(actor, permission))


def _narrowed(wanted: PaymentFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.text:
        places = (Payment.account_name, Payment.reference, Batch.number)
        yield or_(*(place.icontains(wanted.text, autoescape=True) for place in places))
    if wanted.state is not None:
        yield Payment.state == wanted.state
    if wanted.scheme:
        yield Payment.scheme == wanted.scheme
    if wanted.org_id is not None:
        yield Payment.org_id.in_(services().orgs.within(wanted.org_id))
    if wanted.year is not None:
        yield Payment.year == wanted.year


def _info(row: Any) -> PaymentInfo:
    payment = row.Payment
    return PaymentInfo(
        id=payment.id,
        key=payment.key,
        award_key=payment.award_key,
        scheme=payment.scheme,
        scheme_title=row.scheme_title,
        beneficiary_id=payment.beneficiary_id,
        org_id=payment.org_id,
        year=payment.year,
        amount_fen=payment.amount_fen,
        state=payment.state,
        account_name=payment.account_name,
        bank_account=masked_account(payment.account_tail),
        bank_name=payment.bank_name,
        reference=payment.reference,
        batch_number=row.batch_number or "",
        requested_at=payment.requested_at,
        sent_at=payment.sent_at,
        paid_at=payment.paid_at,
        bounced_at=payment.bounced_at,
        bounce_reason=payment.bounce_reason,
        cancelled_at=payment.cancelled_at,
        cancel_reason=payment.cancel_reason,
    )


__all__ = [
    "as_infos", "by_state", "history", "ids", "infos", "of_actor", "of_person", "one", "payments", "summed",
    "waiting_by_scheme",
]  # fmt: skip
