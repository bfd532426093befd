"""Changing the management tree; the closure table moves with it in the same transaction."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, func, insert, literal, select, true, update
from sqlalchemy.orm import Session, aliased
from stdnum.cn import uscc as uscc_number

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.orgs import queries
from lms.orgs.models import OrgClosure, OrgKind, OrgUnit
from lms.orgs.rules import ADDABLE, may_contain

EDIT = "org:edit"


def create_unit(
    actor: Actor,
    *,
    code: str,
    name: str,
    kind: OrgKind,
    parent_id: uuid.UUID | None,
    gb_code: str | None = None,
    uscc: str | None = None,
) -> uuid.UUID:
    """Add a unit below `parent_id` (None only for the city). Raises `Invalid` for a wrong 统一社会信用代码."""
    with unit_of_work(actor) as uow:
        if parent_id is not None:
            authority().require(actor, EDIT, parent_id)
            _check_place(queries.unit(parent_id), kind)
        lock_tree(uow.session)
        if uow.session.scalar(select(OrgUnit.id).where(OrgUnit.code == code)) is not None:
            raise Conflict(_("编码“%(code)s”已被使用。", code=code))
        checked = checked_uscc(uscc) if uscc else None
        if checked and uow.session.scalar(select(OrgUnit.id).where(OrgUnit.uscc == checked)) is not None:
            taken = {"uscc": _("已登记在另一个单位")}
            raise Conflict(_("统一社会信用代码“%(code)s”已被使用。", code=checked), fields=taken)
        unit = OrgUnit(
            id=new_id(),
            code=code,
            gb_code=gb_code,
            name=name,
            kind=kind,
            parent_id=parent_id,
            uscc=checked,
            created_at=clock.now(),
        )
        uow.session.add(unit)
        uow.session.flush()
        _link(uow.session, unit.id, parent_id)
        uow.audit("org.create", "org_unit", unit.id, org_id=unit.id, code=code, name=name, kind=kind)
        return unit.id


def add_unit(actor: Actor, *, kind: OrgKind, name: str, parent_id: uuid.UUID, uscc: str = "") -> uuid.UUID:
    """Add an agency, a station or a department. An agency is coded by its 统一社会信用代码, the others by a number."""
    if kind not in ADDABLE:
        raise Invalid(_("不能手工新增这类单位。"), fields={"kind": _("请从列表中选择")})
    if kind is OrgKind.AGENCY and not uscc.strip():
        raise Invalid(_("缺少统一社会信用代码。"), fields={"uscc": _("社工机构必须填写 18 位统一社会信用代码")})
    with unit_of_work(actor) as uow:
        authority().require(actor, EDIT, parent_id)
        lock_tree(uow.session)
        parent = queries.unit(parent_id)
        _check_name(uow.session, parent_id, name)
        number = checked_uscc(uscc) if uscc.strip() else None
        code = number if kind is OrgKind.AGENCY and number else _next_code(uow.session, parent, kind)
        return create_unit(actor, code=code, name=name, kind=kind, parent_id=parent_id, uscc=number)


def rename_unit(actor: Actor, unit_id: uuid.UUID, *, expected: str, name: str, reason: str) -> None:
    """Give a unit another name. Raises `Conflict` when it is no longer called `expected`."""
    with unit_of_work(actor) as uow:
        authority().require(actor, EDIT, unit_id)
        lock_tree(uow.session)
        unit = queries.unit(unit_id)
        if name != expected:
            _check_name(uow.session, unit.parent_id, name)
        as_seen = update(OrgUnit).where(OrgUnit.id == unit_id, OrgUnit.name == expected)
        if not uow.change(as_seen.values(name=name)):
            raise Conflict(_("单位名称刚被别人改过。"), todo=_("请查看现在的名称，再决定是否修改。"))
        uow.audit("org.rename", "org_unit", unit_id, org_id=unit_id, before=expected, after=name, reason=reason)


def move_unit(actor: Actor, unit_id: uuid.UUID, new_parent_id: uuid.UUID) -> None:
    """Move a unit with everything below it. Raises `Conflict` when it would end up below itself."""
    with unit_of_work(actor) as uow:
        session = uow.session
        authority().require(actor, EDIT, unit_id)
        authority().require(actor, EDIT, new_parent_id)
        lock_tree(session)
        unit, parent = queries.unit(unit_id), queries.unit(new_parent_id)
        if session.get(OrgClosure, (unit_id, new_parent_id)) is not None:
            raise Conflict(_("单位不能移到自己或自己的下级下面。"))
        _check_place(parent, unit.kind)
        before = unit.parent_id
        _cut(session, unit_id)
        _graft(session, unit_id, new_parent_id)
        session.execute(update(OrgUnit).where(OrgUnit.id == unit_id).values(parent_id=new_parent_id))
        uow.audit(
            "org.move", "org_unit", unit_id, org_id=unit_id, before=before.hex if before else "", after=parent.id.hex
        )


def checked_uscc(number: str) -> str:
    """A 统一社会信用代码 in its plain form (GB 32100-2015 check character verified), or `Invalid`."""
    compact = uscc_number.compact(number)
    if not uscc_number.is_valid(compact):
        raise Invalid(
            _("统一社会信用代码不正确。"),
            why=_("第 18 位校验码与前 17 位不符，或含有不允许的字符。"),
            fields={"uscc": _("请对照登记证书核对 18 位代码")},
        )
    return str(compact)


def lock_tree(session: Session) -> None:
    """One change of the tree at a time: two moves at once could close a circle, a new leaf could miss a move.

    The root stands for the tree. (SQLite has one writer anyway and ignores the lock.)
    """
    session.execute(select(OrgUnit.id).where(OrgUnit.kind == OrgKind.CITY).with_for_update())


def _check_place(parent: OrgUnit, kind: OrgKind) -> None:
    if not may_contain(parent.kind, kind):
        raise Invalid(_("“%(parent)s”下面不能放这类单位。", parent=parent.name), why=_("下级单位的层级必须更低。"))


def _check_name(session: Session, parent_id: uuid.UUID | None, name: str) -> None:
    twin = select(OrgUnit.id).where(OrgUnit.parent_id == parent_id, OrgUnit.name == name)
    if session.scalar(twin) is not None:
        raise Conflict(_("同一上级下已有“%(name)s”。", name=name), fields={"name": _("请换一个名称")})


def _next_code(session: Session, parent: OrgUnit, kind: OrgKind) -> str:
    """`510107005-S01`: the code above, a letter for the kind, a number. The tree is locked, so numbers do not clash."""
    prefix = f"{parent.code}-{'S' if kind is OrgKind.STATION else 'D'}"
    taken = session.scalar(select(func.count()).where(OrgUnit.code.startswith(prefix, autoescape=True))) or 0
    return f"{prefix}{taken + 1:02d}"


def _link(session: Session, unit_id: uuid.UUID, parent_id: uuid.UUID | None) -> None:
    """Write the closure rows of a new leaf."""
    if parent_id is not None:
        above = select(OrgClosure.ancestor_id, literal(unit_id), OrgClosure.depth + 1).where(
            OrgClosure.descendant_id == parent_id
        )
        session.execute(insert(OrgClosure).from_select(["ancestor_id", "descendant_id", "depth"], above))
    session.add(OrgClosure(ancestor_id=unit_id, descendant_id=unit_id, depth=0))
    session.flush()


def _cut(session: Session, unit_id: uuid.UUID) -> None:
    """Forget everything above the unit, for it and all below it."""
    subtree = queries.within(unit_id)
    session.execute(
        delete(OrgClosure).where(OrgClosure.descendant_id.in_(subtree), OrgClosure.ancestor_id.not_in(subtree))
    )


def _graft(session: Session, unit_id: uuid.UUID, new_parent_id: uuid.UUID) -> None:
    """Put the unit and all below it under another: every unit above there meets every unit in here."""
    above, inside = aliased(OrgClosure), aliased(OrgClosure)
    pairs = (
        select(above.ancestor_id, inside.descendant_id, above.depth + inside.depth + 1)
        .join_from(above, inside, true())
        .where(above.descendant_id == new_parent_id, inside.ancestor_id == unit_id)
    )
    session.execute(insert(OrgClosure).from_select(["ancestor_id", "descendant_id", "depth"], pairs))
