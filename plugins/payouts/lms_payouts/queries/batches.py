"""Reading batches, their lines and signatures, and the bank's result files."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_payouts import policy
from lms_payouts.dto import BatchFilter, BatchLineInfo, SignatureInfo, Sum
from lms_payouts.models import Approver, Batch, Line, Outcome, Payment, Result, Signature
from lms_payouts.rules import UNFROZEN, BatchState, DigestLine


def one(batch_id: uuid.UUID) -> Batch:
    """A batch as last committed, or as this transaction made it. Raises `NotFound`."""
    found = session.get(Batch, batch_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这个批次。"))
    return found


def of_actor(actor: Actor, batch_id: uuid.UUID, permission: str = policy.PAYMENT_VIEW) -> Batch:
    """A batch of a unit on which the actor holds the permission. Raises `NotFound` or `Forbidden`."""
    found = one(batch_id)
    policy.require(actor, permission, found.org_id)
    return found


def batches(actor: Actor, wanted: BatchFilter) -> Select[Batch]:
    """The batches the actor sees that fit, the newest first."""
    seen = Batch.org_id.in_(policy.visible(actor, policy.PAYMENT_VIEW))
    return select(Batch).where(seen, *_narrowed(wanted)).order_by(Batch.created_at.desc(), Batch.id.desc())


def _narrowed(wanted: BatchFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.text:
        yield Batch.number.icontains(wanted.text, autoescape=True)
    if wanted.state is not None:
        yield Batch.state == wanted.state
    if wanted.org_id is not None:
        yield Batch.org_id.in_(services().orgs.within(wanted.org_id))


def by_state(actor: Actor) -> dict[BatchState, Sum]:
    """How many batches, and how much, in each state, in the units the actor sees. One statement."""
    query = select(Batch.state, func.count(Batch.id), func.sum(Batch.total_fen)).group_by(Batch.state)
    rows = session.execute(query.where(Batch.org_id.in_(policy.visible(actor, policy.PAYMENT_VIEW))))
    found = {state: Sum(count, int(amount)) for state, count, amount in rows}
    return {state: found.get(state, Sum()) for state in BatchState}


def to_sign(actor: Actor) -> int:
    """How many batches wait for the actor's signature: not signed by them, and they are no party to any of it."""
    signed = select(Signature.batch_id).where(Signature.person_id == actor.person_id)
    theirs = select(Line.batch_id).join(Payment, Payment.id == Line.payment_id).where(_party(actor.person_id))
    query = select(func.count(Batch.id)).where(
        Batch.org_id.in_(policy.visible(actor, policy.BATCH_SIGN)),
        Batch.state.in_(UNFROZEN),
        Batch.id.not_in(signed),
        Batch.id.not_in(theirs),
    )
    return session.scalar(query) or 0


def lines(batch_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """The lines of a batch with what the bank said, in order. Columns: those of `line_info`."""
    return (
        select(Line, Outcome.paid, Outcome.reason)
        .outerjoin(Outcome, (Outcome.batch_id == Line.batch_id) & (Outcome.serial == Line.serial))
        .where(Line.batch_id == batch_id)
        .order_by(Line.serial)
    )


def line_info(row: Any) -> BatchLineInfo:
    """A row of `lines`."""
    line = row.Line
    return BatchLineInfo(
        serial=line.serial,
        payment_id=line.payment_id,
        account_name=line.account_name,
        account_tail=line.account_tail,
        bank_name=line.bank_name,
        amount_fen=line.amount_fen,
        reference=line.reference,
        paid=row.paid,
        reason=row.reason or "",
    )


def outcomes(batch_id: uuid.UUID) -> dict[bool, Sum]:
    """How many lines, and how much, were paid and bounced."""
    query = (
        select(Outcome.paid, func.count(), func.sum(Line.amount_fen))
        .join(Line, (Outcome.batch_id == Line.batch_id) & (Outcome.serial == Line.serial))
        .where(Outcome.batch_id == batch_id)
        .group_by(Outcome.paid)
    )
    found = {paid: Sum(count, int(amount)) for paid, count, amount in session.execute(query)}
    return {paid: found.get(paid, Sum()) for paid in (True, False)}


def amounts(batch_id: uuid.UUID) -> dict[int, int]:
    """Fen by serial."""
    rows = session.execute(select(Line.serial, Line.amount_fen).where(Line.batch_id == batch_id))
    return {row.serial: row.amount_fen for row in rows}


def digest_lines(batch_id: uuid.UUID) -> list[DigestLine]:
    """The lines of a batch as its digest is made over them."""
    query = select(
        Line.serial,
        Line.payment_id,
        Line.account_name,
        Line.bank_account_index,
        Line.bank_name,
        Line.amount_fen,
        Line.reference,
    )
    rows = session.execute(query.where(Line.batch_id == batch_id).order_by(Line.serial))
    return [DigestLine(*row) for row in rows]


def signatures(batch_id: uuid.UUID) -> list[SignatureInfo]:
    """Who signed, in order."""
    rows = session.scalars(select(Signature).where(Signature.batch_id == batch_id).order_by(Signature.place)).all()
    names = services().people.names([row.person_id for row in rows])
    return [SignatureInfo(row.place, row.person_id, names.get(row.person_id, ""), row.at) for row in rows]


def is_party(batch_id: uuid.UUID, person_id: uuid.UUID | None) -> bool:
    """Whether somebody would be paid by a batch, or has asked for or approved a payment in it."""
    query = select(Line.serial).join(Payment, Payment.id == Line.payment_id)
    return session.scalar(query.where(Line.batch_id == batch_id, _party(person_id)).limit(1)) is not None


def _party(person_id: uuid.UUID | None) -> ColumnElement[bool]:
    approved = exists().where(Approver.payment_id == Line.payment_id, Approver.person_id == person_id)
    return or_(Line.beneficiary_id == person_id, Payment.requested_by == person_id, approved)


def parties(batch_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """Those who must not sign a batch."""
    query = select(Line.beneficiary_id, Payment.requested_by).join(Payment, Payment.id == Line.payment_id)
    rows = session.execute(query.where(Line.batch_id == batch_id))
    approved = select(Approver.person_id).join(Line, Line.payment_id == Approver.payment_id)
    approvers = session.scalars(approved.where(Line.batch_id == batch_id))
    return frozenset(person_id for row in rows for person_id in row if person_id) | frozenset(approvers)


def results(batch_id: uuid.UUID) -> list[Result]:
    """The result files of a batch, the newest first."""
    query = select(Result).where(Result.batch_id == batch_id)
    return list(session.scalars(query.order_by(Result.uploaded_at.desc(), Result.id.desc())))


def result_of_actor(actor: Actor, result_id: uuid.UUID, permission: str) -> tuple[Result, Batch]:
    """A result file and its batch, of a unit on which the actor holds the permission. Raises `NotFound`."""
    found = session.get(Result, result_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这份回盘文件。"))
    return found, of_actor(actor, found.batch_id, permission)
