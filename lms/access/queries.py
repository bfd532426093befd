"""Reading accounts, sign-ins and grants."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.access.dto import SignIn
from lms.access.models import (
    Account,
    AccountState,
    Grant,
    LoginLink,
    LoginSession,
    Passkey,
    RecoveryCode,
    SignInAttempt,
)
from lms.access.policy import in_force, visible_orgs
from lms.access.sessions import token_hash
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.orgs.models import OrgClosure, OrgUnit
from lms.orgs.queries import paths, tops, within
from lms.people.models import Employment, Person, PersonState

HAS_SECOND_FACTOR: ColumnElement[bool] = or_(
    Account.totp_secret_sealed.is_not(None), exists(select(Passkey.id).where(Passkey.account_id == Account.id))
)
"""Whether an account has an authenticator app or a passkey."""


_SIGN_IN = (  # asked for every page, so put together once
    select(
        LoginSession.id,
        Account.id,
        Person.id,
        Person.name,
        LoginSession.last_seen_at,
        LoginSession.second_factor_at,
        HAS_SECOND_FACTOR,
        Account.must_change_password,
    )
    .join(Account, Account.id == LoginSession.account_id)
    .join(Person, Person.id == Account.person_id)
    .where(
        LoginSession.token_hash == bindparam("token_hash"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
        Account.state == AccountState.ACTIVE,
        Person.state == PersonState.ACTIVE,
    )
)


def find_sign_in(token: str) -> SignIn | None:
    """The sign-in a cookie's token stands for, whatever is still missing of it. One SELECT."""
    if not token:
        return None
    row = db.session.execute(_SIGN_IN, {"token_hash": token_hash(token), "now": clock.now()}).first()
    return None if row is None else SignIn(*row)


def account(account_id: uuid.UUID) -> Account:
    """The account, or `NotFound`."""
    found = db.session.get(Account, account_id)
    if found is None:
        raise NotFound(_("找不到这个账号。"))
    return found


def account_of(person_id: uuid.UUID) -> Account | None:
    """The person's account, if it was ever opened."""
    return db.session.scalars(select(Account).where(Account.person_id == person_id)).first()


def open_sessions(account_id: uuid.UUID) -> Sequence[LoginSession]:
    """Where the account is signed in, the last used first."""
    query = select(LoginSession).where(
        LoginSession.account_id == account_id,
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > clock.now(),
    )
    return db.session.scalars(query.order_by(LoginSession.last_seen_at.desc(), LoginSession.id)).all()


def passkeys(account_id: uuid.UUID) -> Sequence[Passkey]:
    """The account's passkeys, the oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()


def login_links(account_id: uuid.UUID) -> Sequence[LoginLink]:
    """The identities elsewhere that open the account, the oldest first."""
    return db.session.scalars(select(LoginLink).where(LoginLink.account_id == account_id).order_by(LoginLink.id)).all()


def recovery_codes_left(account_id: uuid.UUID) -> int:
    """How many recovery codes have not been used."""
    unused = (RecoveryCode.account_id == account_id) & RecoveryCode.used_at.is_(None)
    return db.session.scalar(select(func.count()).where(unused)) or 0


def last_attempts(account_id: uuid.UUID, count: int = 10) -> Sequence[SignInAttempt]:
    """The latest tries to sign in, the newest first."""
    query = select(SignInAttempt).where(SignInAttempt.account_id == account_id)
    return db.session.scalars(query.order_by(SignInAttempt.at.desc(), SignInAttempt.id).limit(count)).all()


def listed_grants(
    actor: Actor, *, name: str = "", role: str = "", org_id: uuid.UUID | None = None, state: str = ""
) -> Select[Any]:
    """Rows (grant, person's name, unit's name, granter's name, state) on the units the actor may see."""
    granter, standing = aliased(Person), standing_of(clock.today())
    query: Any = (
        select(Grant, Person.name, OrgUnit.name, granter.name, standing.label("state"))
        .join(Person, Person.id == Grant.person_id)
        .join(OrgUnit, OrgUnit.id == Grant.org_id)
        .outerjoin(granter, granter.id == Grant.granted_by)
        .where(Grant.org_id.in_(visible_orgs(actor, "grant:view")))
        .order_by(Grant.granted_at.desc(), Grant.id)
    )
    if name:
        query = query.where(Person.name.icontains(name, autoescape=True))
    if role:
        query = query.where(Grant.role == role)
    if org_id is not None:
        query = query.where(Grant.org_id.in_(within(org_id)))
    if state:
        query = query.where(standing == state)
    return cast("Select[Any]", query)


def standing_of(on: dt.date) -> ColumnElement[str]:
    """How a grant stands on a day: in_force, to_come, expired or revoked."""
    return case(
        (Grant.revoked_at.is_not(None), "revoked"),
        (Grant.valid_from > on, "to_come"),
        (in_force(on), "in_force"),
        else_="expired",
    )


def grant(actor: Actor, grant_id: uuid.UUID) -> tuple[Grant, str, str]:
    """A grant on a unit where the actor may grant, with the person's and the unit's name; else `NotFound`."""
    row = db.session.execute(
        select(Grant, Person.name, OrgUnit.name)
        .join(Person, Person.id == Grant.person_id)
        .join(OrgUnit, OrgUnit.id == Grant.org_id)
        .where(Grant.id == grant_id, Grant.org_id.in_(visible_orgs(actor, "grant:edit")))
    ).first()
    if row is None:
        raise NotFound(_("找不到这项授权。"))
    return row[0], row[1], row[2]


def grantable(actor: Actor, term: str, limit: int = 30) -> Sequence[Any]:
    """Rows (person_id, name, unit) of who works where the actor may grant, by name."""
    query = (
        select(Person.id.label("person_id"), Person.name, Employment.org_id)
        .join(Employment, (Employment.person_id == Person.id) & Employment.ended_on.is_(None))
        .where(
            Person.name.icontains(term, autoescape=True),
            Person.state == PersonState.ACTIVE,
            Employment.org_id.in_(visible_orgs(actor, "grant:edit")),
        )
    )
    return db.session.execute(query.order_by(Person.name, Person.id, Employment.org_id).limit(limit)).all()


def units_around(person_id: uuid.UUID) -> Sequence[OrgUnit]:
    """The units that employ a person and every unit above them, the nearest first: where a role is usually given."""
    query = (
        select(OrgUnit)
        .join(OrgClosure, OrgClosure.ancestor_id == OrgUnit.id)
        .join(Employment, Employment.org_id == OrgClosure.descendant_id)
        .where(Employment.person_id == person_id, Employment.ended_on.is_(None))
        .order_by(OrgClosure.depth, OrgUnit.code)
    )
    return db.session.scalars(query).unique().all()


def typed_unit(actor: Actor, permission: str, typed: str) -> OrgUnit:
    """The unit a person means by a full name or a code, among those where the permission holds.

    Raises `Invalid` for the field `unit` when there is none, or when several units have the name.
    """
    text = typed.strip()
    found = db.session.scalars(
        select(OrgUnit)
        .where(or_(OrgUnit.name == text, OrgUnit.code == text), OrgUnit.id.in_(visible_orgs(actor, permission)))
        .order_by(OrgUnit.code)
        .limit(6)
    ).all()
    if len(found) == 1:
        return found[0]
    if not found:
        message = _("您管理的范围内没有叫“%(typed)s”的单位，请填写全名或编码", typed=text)
    else:
        full = paths(unit.id for unit in found)
        choices = listed(_("%(name)s（%(more)s）", name=unit.code, more=full[unit.id]) for unit in found)
        message = _("有几个单位都叫这个名称，请改填编码：%(choices)s", choices=choices)
    raise Invalid(_("不能确定是哪个单位。"), fields={"unit": message})


def tops_for(actor: Actor, permission: str) -> Sequence[OrgUnit]:
    """The highest units on which the actor holds a permission."""
    return tops(visible_orgs(actor, permission))
