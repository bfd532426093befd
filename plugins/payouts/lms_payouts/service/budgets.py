"""Budgets: what a unit may spend in a year on a scheme. Every change is a transaction with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock, unit_of_work
from lms_payouts import policy, wording
from lms_payouts.models import Budget, Scheme
from lms_payouts.queries import budgets as queries
from lms_payouts.queries.budgets import ANY_SCHEME
from lms_payouts.rules import MOST_FEN, YEARS, TransactionKind
from lms_payouts.service.ledger import Entry, OutOfBounds, booked, open_accounts, post_once


def set_up(
    actor: Actor, *, org_id: uuid.UUID, year: int, scheme: str, amount_fen: int, reason: str, key: str
) -> uuid.UUID:
    """Set up the budget of a unit, year and scheme with its first money; its id. The same `key` again changes nothing.

    Raises `Conflict` when there is one already: it is raised or lowered, never set up twice.
    """
    _check(amount_fen, reason)
    if year not in YEARS:
        raise Invalid(_("预算没有保存。"), fields={"year": _("年度不对")})
    with unit_of_work(actor) as uow:
        policy.require(actor, policy.BUDGET_EDIT, org_id)
        _require_scheme(uow, scheme)
        budget_id = new_id()
        made = {"created_at": clock.now(), "created_by": actor.person_id}
        if not insert_new(uow.session, Budget, id=budget_id, org_id=org_id, year=year, scheme=scheme, **made):
            return _set_up_before(uow, org_id, year, scheme, key)
        open_accounts(uow, budget_id)
        _book(uow, Entry(TransactionKind.APPROPRIATE, _key(budget_id, key), budget_id, amount_fen, reason=reason))
        uow.audit(
            "payouts.budget.set_up",
            "payouts_budget",
            budget_id,
            org_id=org_id,
            year=year,
            scheme=scheme,
            amount_fen=amount_fen,
            reason=reason,
        )
        return budget_id


def adjust(actor: Actor, budget_id: uuid.UUID, *, change_fen: int, reason: str, key: str) -> bool:
    """Raise (more than 0) or lower (less) a budget; False when `key` was used before and nothing happened.

    Raises `Conflict` when it would fall below what is reserved and paid, or pass `MOST_FEN`.
    """
    _check(abs(change_fen), reason)
    with unit_of_work(actor) as uow:
        budget = queries.of_actor(actor, budget_id, policy.BUDGET_EDIT)
        kind = TransactionKind.APPROPRIATE if change_fen > 0 else TransactionKind.REDUCE
        if not _book(uow, Entry(kind, _key(budget_id, key), budget_id, abs(change_fen), reason=reason)):
            return False
        uow.audit(
            "payouts.budget.adjust",
            "payouts_budget",
            budget_id,
            org_id=budget.org_id,
            change_fen=change_fen,
            reason=reason,
        )
        return True


def name_scheme(uow: UnitOfWork, code: str, title: Mapping[str, str]) -> None:
    """Keep what a scheme is called, as last told."""
    if insert_new(uow.session, Scheme, code=code, title=dict(title)):
        return
    kept = uow.session.scalars(select(Scheme.title).where(Scheme.code == code)).one()
    if dict(kept) != dict(title):
        uow.change(update(Scheme).where(Scheme.code == code).values(title=dict(title)))


def _check(amount_fen: int, reason: str) -> None:
    if not 0 < amount_fen <= MOST_FEN:
        raise Invalid(_("预算没有保存。"), fields={"amount": _("请填写大于 0 的金额")})
    if not reason.strip():
        raise Invalid(_("预算没有保存。"), fields={"reason": _("请写明理由，如文件号")})


def _require_scheme(uow: UnitOfWork, scheme: str) -> None:
    if scheme != ANY_SCHEME and uow.session.get(Scheme, scheme) is None:
        raise Invalid(_("预算没有保存。"), fields={"scheme": _("没有这个资助项目")})


def _key(budget_id: uuid.UUID, key: str) -> str:
    return f"budget:{budget_id.hex}:{key}"


def _set_up_before(uow: UnitOfWork, org_id: uuid.UUID, year: int, scheme: str, key: str) -> uuid.UUID:
    """The same form sent twice is the budget it made; another form's budget is in the way."""
    same = (Budget.org_id == org_id, Budget.year == year, Budget.scheme == scheme)
    budget_id = uow.session.scalars(select(Budget.id).where(*same)).one()
    if booked(uow, _key(budget_id, key)):
        return budget_id
    raise Conflict(
        _("这笔预算已经有了。"),
        todo=_("请打开它，用“调整”增加或减少。"),
        code="payouts_budget_exists",
        fields={"scheme": _("这个单位、年度和项目已有预算")},
    )


def _book(uow: UnitOfWork, entry: Entry) -> bool:
    try:
        return post_once(uow, entry)
    except OutOfBounds:
        raise (_too_much() if entry.kind is TransactionKind.APPROPRIATE else _too_little(entry.budget_id)) from None


def _too_much() -> Conflict:
    return Conflict(
        _("预算没有增加。"),
        why=_("一笔预算最多 %(most)s。", most=wording.money(MOST_FEN)),
        todo=_("请核对金额。"),
        code="payouts_budget_too_large",
        fields={"amount": _("金额太大，请核对")},
    )


def _too_little(budget_id: uuid.UUID) -> Conflict:
    return Conflict(
        _("预算没有调减。"),
        why=_("可用的只有 %(left)s，其余已被占用或支付。", left=wording.money(queries.left(budget_id))),
        todo=_("请把调减的金额改到可用金额以内。"),
        code="payouts_budget_short",
        fields={"amount": _("超过可用金额")},
    )
