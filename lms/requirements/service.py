"""Setting requirements: a draft is changed click by click, then put in force from a day on, nothing in place.

The right must be held on the whole city: what is asked counts for everybody.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, update

from lms.kernel import clock, rulings
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import Localized
from lms.kernel.i18n import gettext as _
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.requirements import kinds, policy, queries, rules, wording
from lms.requirements.models import RequirementDraft, RequirementSet
from lms.requirements.rules import Leaf, Node

_CODE = re.compile(r"[a-z][a-z0-9_.]{1,59}")


def create(actor: Actor, code: str, title: Localized, stands_for: Leaf | None = None) -> None:
    """Begin a name nobody has used, with a draft that asks for nothing. With `stands_for` it is an equivalence.

    Raises `Invalid` naming the field.
    """
    policy.require_edit(actor)
    fields: dict[str, Any] = {}
    if not _CODE.fullmatch(code):
        fields["code"] = _("请用 2 到 60 个小写字母、数字、点或下划线，以字母开头")
    if not title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if stands_for is not None and (problem := fault_of(stands_for)):
        fields["type"] = problem
    with unit_of_work(actor) as uow:
        taken = any(one.code == code for one in queries.names())
        if not fields and not taken:
            taken = not _begin(uow, code, title, rules.NOTHING, stands_for.plain() if stands_for else None)
        if taken and "code" not in fields:
            fields["code"] = _("这个代码已用于另一组条件")
        if fields:
            raise Invalid(_("没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
        uow.audit("requirement.create", "requirement_set", code, title=title["zh_CN"])


def start_draft(actor: Actor, code: str) -> None:
    """Begin to change a name, from what is in force; a draft somebody has begun goes on."""
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        found = queries.named(code)
        if found.draft is None:
            shown = found.shown
            _begin(uow, code, shown.title, rules.parse(shown.tree), shown.stands_for)


def change(actor: Actor, code: str, seen_edit: int, how: Callable[[Node], Node]) -> None:
    """Change the draft that was seen.

    Raises `Conflict` when it has changed since, `Invalid` for what cannot be done.
    """
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        draft = _draft(code)
        try:
            tree = how(rules.parse(draft.tree))
        except ValueError:
            raise Invalid(_("这一步做不了，条件没有变。"), todo=_("请刷新页面，看过现在的条件再改。")) from None
        if isinstance(tree, Leaf):
            tree = rules.Group(rules.How.ALL, (tree,))
        for _where, fault in rules.faults(tree):
            if fault in {"many", "deep"}:
                raise Invalid(_("没有保存。"), why=wording.fault(fault))
        changing = update(RequirementDraft).where(RequirementDraft.code == code, RequirementDraft.edit == seen_edit)
        values = {
            "tree": tree.plain(),
            "edit": seen_edit + 1,
            "changed_by": actor.person_id,
            "changed_at": clock.now(),
        }
        if uow.change(changing.values(**values)) != 1:
            raise _overtaken()


def discard(actor: Actor, code: str) -> None:
    """Throw a draft away; what is in force stays."""
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        uow.session.delete(_draft(code))
        uow.audit("requirement.discard", "requirement_set", code)


def publish(
    actor: Actor, code: str, seen_edit: int, *, valid_from: dt.date, note: str, is_open: bool = True
) -> uuid.UUID:
    """Let a name ask for what its draft says from a day on, today or later; the version's id.

    Raises `Invalid` naming what is wrong, `Conflict` when the draft has changed since it was seen.
    """
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        draft = _draft(code)
        tree = rules.parse(draft.tree)
        for_all = bool(draft.stands_for) and is_open and not any(rules.leaves(tree))
        _check(tree, valid_from, note, for_all=for_all)
        gone = delete(RequirementDraft).where(RequirementDraft.code == code, RequirementDraft.edit == seen_edit)
        row: dict[str, Any] = {
            "code": code, "valid_from": valid_from, "title": draft.title, "tree": draft.tree,
            "stands_for": draft.stands_for, "is_open": is_open, "note": note.strip(),
        }  # fmt: skip
        if uow.change(gone) != 1:
            raise _overtaken()
        entered = rulings.enter(uow, RequirementSet, RequirementSet.code == code, **row)
        if entered is None:
            raise _overtaken()
        set_id, revision = entered
        said = row | {"valid_from": valid_from.isoformat(), "revision": revision}
        uow.audit("requirement.publish", "requirement_set", set_id, **said)
        return set_id


def fault_of(leaf: Leaf) -> str:
    """What is wrong with a condition; empty when it can be asked."""
    kind = kinds.known().get(leaf.type)
    return kind.fault(leaf.params) if kind else _("请选择一种条件")


def _check(tree: Node, valid_from: dt.date, note: str, *, for_all: bool) -> None:
    fields: dict[str, Any] = {}
    found = [wording.fault(code) for _where, code in rules.faults(tree)]
    found += [
        _("“%(type)s”：%(problem)s", type=leaf.type, problem=problem)
        for leaf in rules.distinct(tree)
        if (problem := fault_of(leaf))
    ]
    if for_all:
        found.append(_("还没有添加条件：这样人人都算满足"))
    if found:
        fields["tree"] = _("；").join(dict.fromkeys(found))
    if valid_from < clock.today():
        fields["valid_from"] = _("请选今天或以后的日期")
    if not note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("条件没有生效。"), why=fields.get("tree", ""), fields=fields)


def _begin(uow: UnitOfWork, code: str, title: Localized, tree: Node, stands_for: dict[str, Any] | None) -> bool:
    """False when somebody has begun the name at this moment."""
    return insert_new(
        uow.session,
        RequirementDraft,
        code=code,
        title=title,
        tree=tree.plain(),
        stands_for=stands_for,
        edit=1,
        changed_by=uow.actor.person_id,
        changed_at=clock.now(),
    )


def _draft(code: str) -> RequirementDraft:
    found = queries.named(code).draft
    if found is None:
        raise NotFound(_("这组条件没有正在修改的草稿。"), todo=_("请先点“修改”。"))
    return found


def _overtaken() -> Conflict:
    return Conflict(
        _("草稿刚被改过，您的操作没有生效。"), todo=_("请刷新页面，看过现在的条件再改。"), code="stale_draft"
    )
