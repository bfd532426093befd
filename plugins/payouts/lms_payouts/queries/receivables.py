"""Reading receivables and their entries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_payouts import policy
from lms_payouts.dto import EntryInfo, ReceivableFilter, ReceivableInfo, Settlement, Sum
from lms_payouts.models import Payment, Receivable, ReceivableEntry, Scheme
from lms_payouts.rules import EntryKind

BATCH = 500


def one(receivable_id: uuid.UUID) -> Receivable:
    """A receivable as it is now. Raises `NotFound`."""
    found = session.get(Receivable, receivable_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这笔应退款。"))
    return found


def of_actor(actor: Actor, receivable_id: uuid.UUID, permission: str = policy.PAYMENT_VIEW) -> Receivable:
    """A receivable of a unit on which the actor holds the permission. Raises `NotFound` or `Forbidden`."""
    found = one(receivable_id)
    policy.require(actor, permission, found.org_id)
    return found


def of_payments(payment_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, ReceivableInfo]:
    """Receivables with their entries by payment, in two statements."""
    rows = session.execute(_with_names().where(Receivable.payment_id.in_(set(payment_ids)))).all()
    return {one.payment_id: one for one in as_infos(rows)}


def receivables(actor: Actor, wanted: ReceivableFilter) -> Select[*tuple[Any, ...]]:
    """Receivables the actor sees that fit, the newest first. Columns: those of `as_infos`."""
    query = _with_names().where(_seen(actor), *_narrowed(wanted))
    return query.order_by(Receivable.recorded_at.desc(), Receivable.id.desc())


def as_infos(rows: Sequence[Any]) -> list[ReceivableInfo]:
    """Rows of `receivables` with their entries, in one statement more."""
    entries: dict[uuid.UUID, list[EntryInfo]] = {}
    query = select(ReceivableEntry).where(ReceivableEntry.receivable_id.in_([row.Receivable.id for row in rows]))
    for entry in session.scalars(query.order_by(ReceivableEntry.at, ReceivableEntry.id)):
        info = EntryInfo(entry.kind, entry.amount_fen, entry.on, entry.note, entry.at, entry.by)
        entries.setdefault(entry.receivable_id, []).append(info)
    return [_info(row, entries.get(row.Receivable.id, [])) for row in rows]


def every(actor: Actor, wanted: ReceivableFilter) -> list[ReceivableInfo]:
    """The whole list, for a spreadsheet; entries are looked up in parts."""
    rows = session.execute(receivables(actor, wanted)).all()
    return [one for start in range(0, len(rows), BATCH) for one in as_infos(rows[start : start + BATCH])]


def info(receivable_id: uuid.UUID) -> ReceivableInfo:
    """One of them. Raises `NotFound`."""
    one(receivable_id)
    return as_infos(session.execute(_with_names().where(Receivable.id == receivable_id)).all())[0]


def summed(actor: Actor, wanted: ReceivableFilter) -> Sum:
    """How many fit, and how much of them is still to come."""
    query = select(func.count(Receivable.id), func.coalesce(func.sum(Receivable.open_fen), 0))
    query = query.join(Payment, Payment.id == Receivable.payment_id).where(_seen(actor), *_narrowed(wanted))
    count, amount = session.execute(query).one()
    return Sum(count, int(amount))


def fault() -> str:
    """The first receivable whose entries do not add up to what it says, in words for operators; empty for none."""
    signed = {EntryKind.RECALL: 1, EntryKind.RETURN: -1, EntryKind.WAIVE: -1}
    moved_fen = ReceivableEntry.amount_fen.label("moved")
    query = select(Receivable.id, Receivable.amount_fen, Receivable.open_fen, ReceivableEntry.kind, moved_fen)
    rows = session.execute(query.outerjoin(ReceivableEntry, ReceivableEntry.receivable_id == Receivable.id)).all()
    left: dict[uuid.UUID, int] = {}
    recalled: dict[uuid.UUID, int] = {}
    for row in rows:
        moved = row.moved or 0
        left[row.id] = left.get(row.id, 0) + (signed[row.kind] * moved if row.kind else 0)
        recalled[row.id] = recalled.get(row.id, 0) + (moved if row.kind is EntryKind.RECALL else 0)
    for row in rows:
        if (recalled[row.id], left[row.id]) != (row.amount_fen, row.open_fen):
            said, counted = f"{row.open_fen} of {row.amount_fen}", f"{left[row.id]} of {recalled[row.id]}"
            return f"receivable {row.id}: it says {said} is open, its entries {counted}"
    return ""


def _with_names() -> Select[*tuple[Any, ...]]:
    return (
        select(Receivable, Payment.account_name, Payment.reference, Scheme.title.label("scheme_title"))
        .join(Payment, Payment.id == Receivable.payment_id)
        .join(Scheme, Scheme.code == Payment.scheme)
    )


def _seen(actor: Actor) -> ColumnElement[bool]:
    return Receivable.org_id.in_(policy.visible(actor, policy.PAYMENT_VIEW))


def _narrowed(wanted: ReceivableFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.text:
        places = (Payment.account_name, Payment.reference)
        yield or_(*(place.icontains(wanted.text, autoescape=True) for place in places))
    if wanted.settlement is not None:
        yield Receivable.open_fen > 0 if wanted.settlement is Settlement.OPEN else Receivable.open_fen == 0
    if wanted.scheme:
        yield Payment.scheme == wanted.scheme
    if wanted.org_id is not None:
        yield Receivable.org_id.in_(services().orgs.within(wanted.org_id))


def _info(row: Any, entries: Sequence[EntryInfo]) -> ReceivableInfo:
    found = row.Receivable
    return ReceivableInfo(
        id=found.id,
        key=found.key,
        payment_id=found.payment_id,
        org_id=found.org_id,
        person_id=found.person_id,
        name=row.account_name,
        scheme_title=row.scheme_title,
        reference=row.reference,
        amount_fen=found.amount_fen,
        open_fen=found.open_fen,
        reason=found.reason,
        recorded_at=found.recorded_at,
        entries=tuple(entries),
    )
