"""Editing and retiring single items."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from lms.access import policy
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.questions.dto import ParsedItem
from lms.questions.models import Bank, Item, ItemState, ItemVersion
from lms.questions.rules import digest
from lms.questions.service.bank import add_version, check_items


def edit_item(actor: Actor, item_id: uuid.UUID, parsed: ParsedItem, *, seen_version: uuid.UUID) -> bool:
    """Write a new version of an item. Returns False where nothing differs from the present version.

    `seen_version` is the version the author started from; `Conflict` when somebody was quicker with another text.
    """
    with unit_of_work(actor) as uow:
        item, bank = _own(uow, actor, item_id)
        current = uow.session.get_one(ItemVersion, item.current_version_id)
        check_items(uow.session, bank, [parsed], {item.ref: item.kind})
        if digest(parsed) == current.digest:
            return False
        if current.id != seen_version:
            raise Conflict(
                _("这道题刚被别人修改过，没有保存。"),
                why=_("您打开页面之后出现了新的版本。"),
                todo=_("请看过新版本后再保存，您填写的内容都还在。"),
                code="stale_item",
            )
        add_version(uow, item, parsed)
        uow.session.flush()
        uow.audit("item.edit", "item", item.id, org_id=bank.org_id, ref=item.ref)
        return True


def retire_item(actor: Actor, item_id: uuid.UUID, *, reason: str) -> None:
    """Take an item out of future papers. Frozen papers and results keep it."""
    _change(actor, item_id, ItemState.RETIRED, "item.retire", reason)


def reinstate_item(actor: Actor, item_id: uuid.UUID, *, reason: str) -> None:
    """Let future papers use a retired item again."""
    _change(actor, item_id, ItemState.ACTIVE, "item.reinstate", reason)


def _change(actor: Actor, item_id: uuid.UUID, wanted: ItemState, action: str, reason: str) -> None:
    with unit_of_work(actor) as uow:
        item, bank = _own(uow, actor, item_id)
        if not reason.strip():
            raise Invalid(_("没有写明理由，状态没有改变。"), fields={"reason": _("请写明理由")})
        if uow.change(update(Item).where(Item.id == item_id, Item.state != wanted).values(state=wanted)) != 1:
            raise Conflict(_("这道题的状态已经变了。"), todo=_("请刷新页面查看。"))
        uow.audit(action, "item", item_id, org_id=bank.org_id, ref=item.ref, reason=reason.strip())


def _own(uow: UnitOfWork, actor: Actor, item_id: uuid.UUID) -> tuple[Item, Bank]:
    """The item and its bank, which the actor may edit; writers of one bank take turns on its row, as imports do."""
    item = uow.session.get(Item, item_id)
    bank = uow.session.get(Bank, item.bank_id, with_for_update=True) if item else None
    if item is None or bank is None:
        raise NotFound(_("找不到这道题。"))
    uow.session.refresh(item)
    policy.require(actor, "bank:edit", bank.org_id)
    return item, bank
