"""Granting and revoking roles."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lms.access import policy
from lms.access.models import Grant
from lms.access.roles import roles
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work


def grant_role(
    actor: Actor,
    *,
    person_id: uuid.UUID,
    role: str,
    org_id: uuid.UUID,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    reason: str,
) -> uuid.UUID:
    """Give a person a role on a unit and below. Nobody grants to themselves, nor beyond the units they manage."""
    if role not in roles():
        raise Invalid(_("没有这个角色。"), fields={"role": _("请从列表中选择")})
    start = valid_from or clock.today()
    if valid_to is not None and valid_to < start:
        raise Invalid(_("授权的结束日期早于开始日期。"), fields={"valid_to": _("不能早于开始日期")})
    if actor.person_id == person_id:
        raise Forbidden(_("不能给自己授权。"), todo=_("请由另一位管理员办理。"))
    with unit_of_work(actor) as uow:
        policy.require(actor, "grant:edit", org_id)
        policy.require_person(actor, "grant:edit", person_id)
        row = Grant(
            id=new_id(),
            person_id=person_id,
            role=role,
            org_id=org_id,
            valid_from=start,
            valid_to=valid_to,
            granted_by=actor.person_id,
            granted_at=clock.now(),
            reason=reason,
        )
        uow.session.add(row)
        try:
            uow.session.flush()
        except IntegrityError:  # the unique index of standing grants: a form sent twice is one grant
            raise Conflict(_("这个人在这个单位已有从同一天开始的同一角色。")) from None
        uow.audit("grant.give", "person", person_id, org_id=org_id, role=role, until=str(valid_to or ""), reason=reason)
        return row.id


def revoke_grant(actor: Actor, grant_id: uuid.UUID, reason: str) -> None:
    """End a grant at once. Nobody revokes their own."""
    with unit_of_work(actor) as uow:
        row = uow.session.get(Grant, grant_id)
        if row is None:
            raise NotFound(_("找不到这项授权。"))
        policy.require(actor, "grant:edit", row.org_id)
        if row.person_id == actor.person_id:
            raise Forbidden(_("不能撤销自己的授权。"), todo=_("请由另一位管理员办理。"))
        standing = update(Grant).where(Grant.id == grant_id, Grant.revoked_at.is_(None))
        if not uow.change(standing.values(revoked_at=clock.now(), revoked_by=actor.person_id)):
            raise Conflict(_("这项授权已经撤销。"))
        uow.audit("grant.revoke", "person", row.person_id, org_id=row.org_id, role=row.role, reason=reason)
