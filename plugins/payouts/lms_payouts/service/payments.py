"""Payments: asked for by a scheme, given another account, cancelled. All of it in the caller's transaction.

The functions here trust the scheme that calls them: it has asked who may. `cancel_on_desk` is for payouts' own pages.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert, select, update

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock, session, unit_of_work
from lms_payouts import policy, wording
from lms_payouts.dto import NewPayment
from lms_payouts.events import PaymentCancelled
from lms_payouts.models import Approver, Payment
from lms_payouts.queries import budgets as budget_queries
from lms_payouts.queries import payments as queries
from lms_payouts.rules import MOST_FEN, PaymentState, TransactionKind, is_sha256
from lms_payouts.service import accounts, budgets
from lms_payouts.service.batches import give_up_batch
from lms_payouts.service.ledger import Entry, OutOfBounds, post

_WIDTHS = {"key": 160, "award_key": 160, "scheme": 60, "reference": 60}
"""How long the texts of a request may be: the widths of their columns, which SQLite would not mind."""
_AT_REST = (PaymentState.WAITING, PaymentState.BOUNCED)
"""In no batch under way: its account may be changed, and it may be cancelled."""


def request_payment(actor: Actor, new: NewPayment) -> uuid.UUID:
    """Reserve the amount and queue it for a batch, in the caller's transaction; the payment's id.

    The same key again gives the same payment. Raises `Conflict` when the award was paid or asked for before
    (`payouts_award_taken`), when there is no budget (`payouts_no_budget`) or it does not suffice
    (`payouts_budget_short`); `Invalid` for an account that cannot be right, `ValueError` for texts that are empty or
    longer than their columns, which is a fault of the caller. A caller that wants to go on after a
    refusal stands in `uow.savepoint()`.
    """
    with unit_of_work(actor) as uow:
        known = _of_key(new)
        if known is not None:
            return known
        _check(new)
        budget_id = _budget(new)
        budgets.name_scheme(uow, new.scheme, new.scheme_title)
        payment_id = new_id()
        if not insert_new(uow.session, Payment, **_row(actor, new, payment_id, budget_id)):
            known = _of_key(new)
            if known is None:
                raise _taken()
            return known
        _keep_approvers(uow, new, payment_id)
        _reserve(uow, new, payment_id, budget_id)
        uow.audit(
            "payouts.payment.request",
            "payouts_payment",
            payment_id,
            org_id=new.org_id,
            scheme=new.scheme,
            beneficiary=new.beneficiary_id.hex,
            amount_fen=new.amount_fen,
            reference=new.reference,
            proofs=list(new.proofs),
            approvers=[person_id.hex for person_id in new.approvers],
        )
        return payment_id


def change_account(
    actor: Actor, payment_id: uuid.UUID, *, account_name: str, bank_account: str, bank_name: str
) -> None:
    """Give a payment another account: after a bounce, which puts it in line again, or before it is in a batch.

    Raises `Conflict` in any other state, `Invalid` for an account that cannot be right.
    """
    with unit_of_work(actor) as uow:
        payment = queries.one(payment_id)
        account = accounts.checked(payment.beneficiary_id, account_name, bank_account, bank_name)
        changed = uow.change(
            update(Payment)
            .where(Payment.id == payment_id, Payment.state.in_(_AT_REST))
            .values(state=PaymentState.WAITING, batch_id=None, bounce_reason="", **account)
        )
        if changed != 1:
            raise Conflict(
                _("收款账户没有改。"),
                why=_("这笔付款已入批次、已送银行或已结束。"),
                todo=_("如账户有误，请等银行退回后再改，或请财务干部退回批次。"),
                code="payouts_account_fixed",
            )
        uow.audit(
            "payouts.payment.account",
            "payouts_payment",
            payment_id,
            org_id=payment.org_id,
            tail=account["account_tail"],
        )


def cancel_payment(actor: Actor, payment_id: uuid.UUID, reason: str) -> None:
    """Cancel a payment and make its money available again. A second time is no change.

    One in a batch that is not signed twice takes the whole batch back: what officers sign never changes. Raises
    `Conflict` once the batch is signed, sent or paid.
    """
    if not reason.strip():
        raise Invalid(_("付款没有取消。"), fields={"reason": _("请写明取消的理由")})
    with unit_of_work(actor) as uow:
        payment = queries.one(payment_id)
        if payment.state is PaymentState.CANCELLED:
            return
        if payment.state is PaymentState.BATCHED and payment.batch_id is not None:
            give_up_batch(uow, payment.batch_id, _("其中一笔已取消（%(reference)s）", reference=payment.reference))
        changed = uow.change(
            update(Payment)
            .where(Payment.id == payment_id, Payment.state.in_(_AT_REST))
            .values(state=PaymentState.CANCELLED, cancelled_at=clock.now(), cancel_reason=reason)
        )
        if changed != 1:
            raise Conflict(
                _("付款没有取消。"),
                why=_("它已送银行或已经到账，或刚刚入了批次。"),
                todo=_("请刷新后再看。"),
                code="payouts_not_cancellable",
            )
        key = f"release:{payment_id.hex}"
        post(uow, [Entry(TransactionKind.RELEASE, key, payment.budget_id, payment.amount_fen, payment_id, reason)])
        _tell_cancelled(uow, payment, reason)


def cancel_on_desk(actor: Actor, payment_id: uuid.UUID, reason: str) -> None:
    """The same, asked for by an officer with `payouts.payment:edit` on the unit that pays."""
    with unit_of_work(actor):
        policy.require(actor, policy.PAYMENT_EDIT, queries.one(payment_id).org_id)
        cancel_payment(actor, payment_id, reason)


def _of_key(new: NewPayment) -> uuid.UUID | None:
    """The payment a key was used for. Raises `Conflict` when it was for something else."""
    found = session.scalars(select(Payment).where(Payment.key == new.key)).first()
    if found is None:
        return None
    asked_then = (found.award_key, found.beneficiary_id, found.amount_fen)
    if asked_then != (new.award_key, new.beneficiary_id, new.amount_fen):
        raise Conflict(_("这个申请已经用于另一笔付款。"), code="payouts_key_reused")
    return found.id


def _check(new: NewPayment) -> None:
    if not 0 < new.amount_fen <= MOST_FEN:
        raise Invalid(_("付款没有登记。"), fields={"amount_fen": _("金额应大于 0")})
    for name, most in _WIDTHS.items():
        if not 0 < len(getattr(new, name)) <= most:
            raise ValueError(f"{name} of a payment has 1 to {most} characters")
    if not all(map(is_sha256, new.proofs)):
        raise ValueError("proofs are SHA-256 in lower-case hexadecimal")
    alive = (Payment.award_key == new.award_key, Payment.state != PaymentState.CANCELLED)
    if session.scalar(select(Payment.id).where(*alive)) is not None:
        raise _taken()


def _taken() -> Conflict:
    return Conflict(
        _("这项奖励已经付过，或已在付款途中。"),
        why=_("同一本证书或同一项资格只能领取一次，不论哪个项目、哪一年。"),
        code="payouts_award_taken",
    )


def _budget(new: NewPayment) -> uuid.UUID:
    found = budget_queries.paying(new.org_id, new.year, new.scheme)
    if found is None:
        raise Conflict(
            _("还没有可用的预算。"),
            why=_("这个单位没有 %(year)d 年度的预算。", year=new.year),
            todo=_("请联系预算管理员设立预算后再办。"),
            code="payouts_no_budget",
        )
    return found


def _row(actor: Actor, new: NewPayment, payment_id: uuid.UUID, budget_id: uuid.UUID) -> dict[str, Any]:
    account = accounts.checked(new.beneficiary_id, new.account_name, new.bank_account, new.bank_name)
    return account | {
        "id": payment_id,
        "key": new.key,
        "award_key": new.award_key,
        "scheme": new.scheme,
        "budget_id": budget_id,
        "org_id": new.org_id,
        "year": new.year,
        "beneficiary_id": new.beneficiary_id,
        "amount_fen": new.amount_fen,
        "reference": new.reference,
        "proofs": list(new.proofs),
        "state": PaymentState.WAITING,
        "requested_at": clock.now(),
        "requested_by": actor.person_id,
    }


def _keep_approvers(uow: UnitOfWork, new: NewPayment, payment_id: uuid.UUID) -> None:
    people = dict.fromkeys(new.approvers)
    if people:
        uow.session.execute(insert(Approver), [{"payment_id": payment_id, "person_id": one} for one in people])


def _reserve(uow: UnitOfWork, new: NewPayment, payment_id: uuid.UUID, budget_id: uuid.UUID) -> None:
    key = f"reserve:{payment_id.hex}"
    try:
        post(uow, [Entry(TransactionKind.RESERVE, key, budget_id, new.amount_fen, payment_id, new.reference)])
    except OutOfBounds:
        raise Conflict(
            _("预算不够。"),
            why=_(
                "这笔要 %(amount)s，可用的只有 %(left)s。",
                amount=wording.money(new.amount_fen),
                left=wording.money(budget_queries.left(budget_id)),
            ),
            todo=_("请联系预算管理员增加预算后再办。"),
            code="payouts_budget_short",
        ) from None


def _tell_cancelled(uow: UnitOfWork, payment: Payment, reason: str) -> None:
    uow.audit(
        "payouts.payment.cancel",
        "payouts_payment",
        payment.id,
        org_id=payment.org_id,
        amount_fen=payment.amount_fen,
        reason=reason,
    )
    uow.emit(
        PaymentCancelled(
            payment_id=payment.id,
            key=payment.key,
            award_key=payment.award_key,
            scheme=payment.scheme,
            beneficiary_id=payment.beneficiary_id,
            org_id=payment.org_id,
            amount_fen=payment.amount_fen,
            reason=reason,
        )
    )
