"""Who may do what where. One SELECT decides both "which units" and "this unit", so that lists and checks cannot drift.

Another unit's object answers as if it did not exist (`NotFound`); one's own unit without the right answers `Forbidden`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, false, or_, select, true

from lms.access.models import Account, Grant
from lms.access.roles import Role, roles, roles_holding
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs.models import OrgClosure, OrgUnit
from lms.people.models import Employment, Person


def not_over(on: dt.date | BindParameter[dt.date]) -> ColumnElement[bool]:
    """Grants that hold on a day or will later."""
    return Grant.revoked_at.is_(None) & or_(Grant.valid_to.is_(None), Grant.valid_to >= on)


def in_force(on: dt.date | BindParameter[dt.date]) -> ColumnElement[bool]:
    """Grants that hold on a day."""
    return (Grant.valid_from <= on) & not_over(on)


_ROLES_OF = select(Grant.role).where(  # asked for every page, so put together once
    Grant.person_id == bindparam("person"), in_force(bindparam("today"))
)


def visible_orgs(actor: Actor, permission: str) -> Select[uuid.UUID]:
    """Ids of the units on which the actor holds the permission, as one SELECT to filter lists with.

    An actor without the permission has none, whatever is granted: an officer's rights wait for the second factor.
    """
    if actor is SYSTEM:
        return select(OrgUnit.id)
    if not actor.holds(permission):
        return select(OrgUnit.id).where(false())
    return (
        select(OrgClosure.descendant_id)
        .join(Grant, Grant.org_id == OrgClosure.ancestor_id)
        .where(
            Grant.person_id == actor.person_id,
            Grant.role.in_(roles_holding(permission)),
            in_force(clock.today()),
        )
    )


def can(actor: Actor, permission: str, org_id: uuid.UUID) -> bool:
    """Whether the actor holds the permission on a unit."""
    return bool(db.session.scalar(select(OrgUnit.id.in_(visible_orgs(actor, permission))).where(OrgUnit.id == org_id)))


def require(actor: Actor, permission: str, org_id: uuid.UUID) -> None:
    """Raise `Forbidden` in a unit the actor works for, `NotFound` elsewhere, when the permission is missing."""
    if can(actor, permission, org_id):
        return
    if db.session.scalar(select(_any_grant_on(actor, org_id))):
        raise Forbidden(_("您没有办理这件事的权限。"), todo=_("如工作需要，请联系本单位的管理员授权。"))
    raise NotFound(_("找不到您要的内容。"))


def has_duty(person_id: uuid.UUID, role: Any, org_id: Any) -> ColumnElement[bool]:
    """Whether a person holds a role today on a unit or above it; role and unit may be columns of the rows asked about.

    An EXISTS over two indexes for each row: its cost does not depend on what the planner knows of the tables.
    """
    return exists(
        select(Grant.id)
        .join(OrgClosure, OrgClosure.ancestor_id == Grant.org_id)
        .where(
            Grant.person_id == person_id,
            Grant.role == role,
            OrgClosure.descendant_id == org_id,
            in_force(clock.today()),
        )
    )


def visible_persons(actor: Actor, permission: str) -> Select[uuid.UUID]:
    """Ids of the persons employed (now) in a unit on which the actor holds the permission."""
    return select(Employment.person_id).where(
        Employment.ended_on.is_(None), Employment.org_id.in_(visible_orgs(actor, permission))
    )


def require_person(actor: Actor, permission: str, person_id: uuid.UUID) -> None:
    """The same as `require`, for a person through the units that employ them."""
    if actor is SYSTEM:
        return
    allowed = visible_persons(actor, permission).where(Employment.person_id == person_id)
    if db.session.scalar(select(exists(allowed))):
        return
    units = select(Employment.org_id).where(Employment.person_id == person_id, Employment.ended_on.is_(None))
    for org_id in db.session.scalars(units):
        if db.session.scalar(select(_any_grant_on(actor, org_id))):
            raise Forbidden(_("您没有办理这件事的权限。"), todo=_("如工作需要，请联系本单位的管理员授权。"))
    raise NotFound(_("找不到这个人。"))


def permissions_of(person_id: uuid.UUID) -> frozenset[str]:
    """Every permission granted today, anywhere."""
    return frozenset().union(*(role.permissions for role in roles_of(person_id)))


def roles_of(person_id: uuid.UUID) -> list[Role]:
    """The roles granted today, anywhere. One SELECT."""
    keys = db.session.scalars(_ROLES_OF, {"person": person_id, "today": clock.today()})
    known = roles()
    return [known[key] for key in sorted(set(keys)) if key in known]


def is_or_will_be_officer(person_id: uuid.UUID) -> bool:
    """Whether a role is granted to the person today or from a later day on: who gets into their account gets that."""
    held = select(Grant.id).where(Grant.person_id == person_id, not_over(clock.today()))
    return bool(db.session.scalar(select(exists(held))))


def actor_for(person_id: uuid.UUID) -> Actor:
    """The person as an actor with every permission granted today: for jobs, commands, tests. Raises `NotFound`.

    Whoever calls this has made sure of the person some other way; a request's actor comes from `identify`.
    """
    found = db.session.execute(
        select(Person.name, Account.id).outerjoin(Account, Account.person_id == Person.id).where(Person.id == person_id)
    ).first()
    if found is None:
        raise NotFound(_("找不到这个人。"))
    name, account_id = found
    return Actor(person_id, name, account_id, permissions=permissions_of(person_id), second_factor=True)


def _any_grant_on(actor: Actor, org_id: uuid.UUID) -> ColumnElement[bool]:
    if actor is SYSTEM:
        return true()
    return exists(
        select(Grant.id)
        .join(OrgClosure, OrgClosure.ancestor_id == Grant.org_id)
        .where(Grant.person_id == actor.person_id, OrgClosure.descendant_id == org_id, in_force(clock.today()))
    )
