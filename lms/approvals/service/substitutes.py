"""Substitutes: who decides while somebody is away. They act for one person, from a day to a day, never further on."""

from __future__ import annotations

import uuid

from sqlalchemy import exists, or_, select, update

from lms.access import policy as access
from lms.access.models import Grant
from lms.access.roles import roles_holding
from lms.approvals import policy
from lms.approvals.dto import Substitution
from lms.approvals.models import ApprovalSubstitute
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.people.models import Person

LONGEST_DAYS = 180


def name_substitute(actor: Actor, new: Substitution) -> uuid.UUID:
    """Let somebody decide where an absent person could; returns the arrangement's id.

    Officers arrange it for themselves; whoever may grant roles in the absent person's unit, for them. Raises `Invalid`
    for dates, a missing reason, or a stand-in without a role that decides, `Forbidden` for naming oneself in another's
    place, `Conflict` when one of the two is in such an arrangement already: substitutes make no chains.
    """
    _check(new)
    with unit_of_work(actor) as uow:
        _require_right(actor, new.absent_id)
        if actor.person_id == new.stand_in_id:
            raise Forbidden(_("不能指定自己代别人办理。"), todo=_("请由本人或另一位管理员指定。"))
        _require_officers(uow, new)
        _refuse_chains(uow, new)
        substitute_id = new_id()
        is_new = insert_new(
            uow.session,
            ApprovalSubstitute,
            id=substitute_id,
            absent_id=new.absent_id,
            stand_in_id=new.stand_in_id,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
            reason=new.reason.strip(),
            made_by=actor.person_id,
            made_at=clock.now(),
        )
        if not is_new:
            raise Conflict(_("从这一天起已经指定了同一位代办人。"))
        span, stand_in = f"{new.valid_from} - {new.valid_to}", new.stand_in_id.hex
        uow.audit("substitute.name", "person", new.absent_id, stand_in=stand_in, days=span, reason=new.reason.strip())
        _tell(uow, new, substitute_id)
        return substitute_id


def end_substitute(actor: Actor, substitute_id: uuid.UUID) -> None:
    """End an arrangement at once. Raises `Conflict` when it has ended."""
    with unit_of_work(actor) as uow:
        row = uow.session.get(ApprovalSubstitute, substitute_id)
        if row is None:
            raise NotFound(_("找不到这项代办安排。"))
        _require_right(actor, row.absent_id)
        standing = update(ApprovalSubstitute).where(
            ApprovalSubstitute.id == substitute_id,
            ApprovalSubstitute.revoked_at.is_(None),
            ApprovalSubstitute.valid_to >= clock.today(),
        )
        if not uow.change(standing.values(revoked_at=clock.now(), revoked_by=actor.person_id)):
            raise Conflict(_("这项代办安排已经结束。"))
        uow.audit("substitute.end", "person", row.absent_id, stand_in=row.stand_in_id.hex)


def _check(new: Substitution) -> None:
    fields = {}
    if new.absent_id == new.stand_in_id:
        fields["stand_in"] = _("要另一位干部")
    if new.valid_from < clock.today():
        fields["valid_from"] = _("请选今天或以后的日期")
    if not 0 <= (new.valid_to - new.valid_from).days < LONGEST_DAYS:
        fields["valid_to"] = _("应在开始日期之后 %(days)d 天以内", days=LONGEST_DAYS)
    if not new.reason.strip():
        fields["reason"] = _("请写明原因")
    if fields:
        raise Invalid(_("没有指定代办人。"), fields=fields)


def _require_right(actor: Actor, absent_id: uuid.UUID) -> None:
    if actor.person_id == absent_id and actor.holds(policy.DECIDE):
        return
    access.require_person(actor, "grant:edit", absent_id)


def _require_officers(uow: UnitOfWork, new: Substitution) -> None:
    """Both hold a role that decides: an absence can be covered only by somebody with a second factor of their own."""
    deciding = select(Grant.person_id).where(
        Grant.role.in_(roles_holding(policy.DECIDE)),
        Grant.person_id.in_([new.absent_id, new.stand_in_id]),
        access.in_force(clock.today()),
    )
    officers = set(uow.session.scalars(deciding))
    if new.absent_id not in officers:
        raise Invalid(_("没有指定代办人。"), fields={"absent": _("此人没有办理审批的角色，不需要代办人")})
    if new.stand_in_id not in officers:
        raise Invalid(_("没有指定代办人。"), fields={"stand_in": _("此人没有办理审批的角色，不能代办")})


def _refuse_chains(uow: UnitOfWork, new: Substitution) -> None:
    overlapping = (
        ApprovalSubstitute.revoked_at.is_(None),
        ApprovalSubstitute.valid_from <= new.valid_to,
        ApprovalSubstitute.valid_to >= new.valid_from,
    )
    away = exists().where(*overlapping, ApprovalSubstitute.absent_id == new.stand_in_id)
    busy = exists().where(*overlapping, ApprovalSubstitute.stand_in_id == new.absent_id)
    if uow.session.scalar(select(or_(away, busy))):
        raise Conflict(
            _("没有指定代办人。"),
            why=_("这段时间里，代办人自己也请人代办，或缺席的人正代别人办理；代办不能一层转一层。"),
            todo=_("请换一位干部，或先结束那项安排。"),
            fields={"stand_in": _("这段时间不能代办")},
            code="substitute_chain",
        )


def _tell(uow: UnitOfWork, new: Substitution, substitute_id: uuid.UUID) -> None:
    absent = uow.session.scalars(select(Person.name).where(Person.id == new.absent_id)).one()
    messages.send(
        uow,
        person_id=new.stand_in_id,
        kind="approvals.stand_in",
        params={"name": absent, "first": new.valid_from, "last": new.valid_to},
        key=f"approval-substitute:{substitute_id.hex}",
        link="/desk/approvals",
    )
