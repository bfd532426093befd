"""Money that is to come back: recorded by the scheme that recalls it, paid back or waived at the payer's desk.

It goes to the treasury, not into the budget: the budget's ledger keeps what was paid, and what may be spent again is
appropriated again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Forbidden, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock, unit_of_work
from lms_payouts import policy, wording
from lms_payouts.dto import NewRecall
from lms_payouts.models import Receivable, ReceivableEntry
from lms_payouts.queries import payments
from lms_payouts.queries import receivables as queries
from lms_payouts.rules import EntryKind, PaymentState


@dataclass(frozen=True, slots=True)
class _Change:
    """What changes a receivable; `key` makes it count once."""

    kind: EntryKind
    amount_fen: int
    on: dt.date
    note: str
    key: str


def recall_payment(actor: Actor, new: NewRecall) -> uuid.UUID:
    """Record that money of a payment is to come back, in the caller's transaction; the receivable's id.

    The same key again gives the same receivable. Raises `Conflict` for a payment that has not been paid
    (`payouts_not_paid`: cancel it instead, or wait for the bank) or was recalled before (`payouts_recalled`).
    """
    with unit_of_work(actor) as uow:
        known = uow.session.scalar(select(Receivable.id).where(Receivable.key == new.key))
        if known is not None:
            return known
        payment = payments.one(new.payment_id)
        _check(new, payment.state, payment.amount_fen)
        receivable_id = new_id()
        row = {
            "id": receivable_id, "key": new.key, "payment_id": payment.id, "org_id": payment.org_id,
            "person_id": payment.beneficiary_id, "amount_fen": new.amount_fen, "open_fen": new.amount_fen,
            "reason": new.reason.strip(), "recorded_at": clock.now(), "recorded_by": actor.person_id,
        }  # fmt: skip
        if not insert_new(uow.session, Receivable, **row):
            raise Conflict(_("这笔付款已经登记过追回。"), todo=_("请刷新页面查看。"), code="payouts_recalled")
        first = _Change(EntryKind.RECALL, new.amount_fen, clock.today(), "", f"recall:{receivable_id.hex}")
        _enter(uow, receivable_id, first)
        uow.audit(
            "payouts.receivable.record", "payouts_receivable", receivable_id, org_id=payment.org_id,
            reference=payment.reference, amount_fen=new.amount_fen, reason=new.reason.strip(),
        )  # fmt: skip
        return receivable_id


def record_return(actor: Actor, receivable_id: uuid.UUID, *, amount_fen: int, on: dt.date, note: str, key: str) -> bool:
    """Record money that came back on a day, `note` naming the bank's slip; False when `key` was used before."""
    if on > clock.today():
        raise Invalid(_("没有登记。"), fields={"on": _("不能晚于今天")})
    return _settle(actor, receivable_id, _Change(EntryKind.RETURN, amount_fen, on, note.strip(), key))


def waive(actor: Actor, receivable_id: uuid.UUID, *, amount_fen: int, note: str, key: str) -> bool:
    """Record that a part is not to come back, `note` naming the decision; False when `key` was used before."""
    return _settle(actor, receivable_id, _Change(EntryKind.WAIVE, amount_fen, clock.today(), note.strip(), key))


def _settle(actor: Actor, receivable_id: uuid.UUID, change: _Change) -> bool:
    """Compare and swap on what is open: two at the same moment never take more than there is. Nobody's own."""
    if change.amount_fen <= 0:
        raise Invalid(_("没有登记。"), fields={"amount": _("请填写大于 0 的金额")})
    if not change.note:
        raise Invalid(_("没有登记。"), fields={"note": _("请写明凭证号或依据")})
    with unit_of_work(actor) as uow:
        found = queries.of_actor(actor, receivable_id, policy.RECEIVABLE_EDIT)
        if found.person_id == actor.person_id:
            raise Forbidden(_("不能办理自己的应退款。"), todo=_("请由其他干部办理。"))
        if not _enter(uow, receivable_id, replace(change, key=f"{receivable_id.hex}:{change.key}")):
            return False
        taken = Receivable.open_fen - change.amount_fen
        taking = update(Receivable).where(Receivable.id == receivable_id, taken >= 0).values(open_fen=taken)
        if not uow.change(taking):
            left = wording.money(queries.one(receivable_id).open_fen)
            raise Invalid(_("没有登记。"), fields={"amount": _("未结清的只有 %(left)s", left=left)})
        uow.audit(
            f"payouts.receivable.{change.kind.value}", "payouts_receivable", receivable_id, org_id=found.org_id,
            amount_fen=change.amount_fen, on=change.on.isoformat(), note=change.note,
        )  # fmt: skip
        return True


def _enter(uow: UnitOfWork, receivable_id: uuid.UUID, change: _Change) -> bool:
    return insert_new(
        uow.session, ReceivableEntry, id=new_id(), key=change.key, receivable_id=receivable_id, kind=change.kind,
        amount_fen=change.amount_fen, on=change.on, note=change.note, at=clock.now(), by=uow.actor.person_id,
    )  # fmt: skip


def _check(new: NewRecall, state: PaymentState, paid_fen: int) -> None:
    if not 0 < len(new.key) <= 160:
        raise ValueError("a recall needs a key of at most 160 characters")
    if not 0 < new.amount_fen <= paid_fen:
        raise ValueError("a recall is for more than nothing and no more than was paid")
    if state is not PaymentState.PAID:
        raise Conflict(
            _("这笔钱还没有到账，不能追回。"),
            todo=_("没有送银行的请取消付款；已送银行的请等银行结果。"),
            code="payouts_not_paid",
        )
