"""Opening, disabling and unlocking accounts; changing one's own password."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from lms.access import policy, queries, rules
from lms.access.dto import Device
from lms.access.models import Account, AccountState, Passkey, RecoveryCode
from lms.access.service import passwords
from lms.access.service.attempts import confirm
from lms.access.service.sessions import end_all
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import trail
from lms.people.models import Person

EDIT = "account:edit"


def create_account(
    actor: Actor, person_id: uuid.UUID, *, username: str, password: str, must_change: bool = True
) -> uuid.UUID:
    """Open an account with a given password: the first operator's, and those of a demonstration."""
    require_over(actor, EDIT, person_id)
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("找不到这个人。"))
    name = checked_username(username)
    passwords.check(password, passwords.personal_words(person, name))
    new_hash = passwords.hashed(password)
    with unit_of_work(actor) as uow:
        account = add_account(uow, person_id, name, new_hash)
        account.must_change_password = must_change
        trail.record(uow, "account.create", person_id, username=name)
        return account.id


def change_password(actor: Actor, *, current: str, password: str, device: Device) -> None:
    """Replace one's own password; every other sign-in ends. Raises `Invalid`."""
    account = confirm(actor, current, device)
    account_id, seen = account.id, account.password_hash
    person = db.session.get_one(Person, account.person_id)
    passwords.check(password, passwords.personal_words(person, account.username), passwords.former_hashes(account))
    new_hash = passwords.hashed(password)
    with unit_of_work(actor) as uow:
        passwords.replace(uow, account_id, seen=seen, new_hash=new_hash)
        end_all(uow, account_id, but=actor.session_id)
        trail.record(uow, "account.password", person.id)


def disable(actor: Actor, person_id: uuid.UUID, reason: str) -> None:
    """Close a person's way in and end every sign-in. Nobody disables their own account."""
    if actor.person_id == person_id:
        raise Forbidden(_("不能停用自己的账号。"), todo=_("请由另一位管理员办理。"))
    with unit_of_work(actor) as uow:
        account = _account_over(actor, person_id)
        active = update(Account).where(Account.id == account.id, Account.state == AccountState.ACTIVE)
        if not uow.change(active.values(state=AccountState.DISABLED)):
            raise Conflict(_("这个账号已经停用。"))
        end_all(uow, account.id)
        trail.record(uow, "account.disable", person_id, reason=reason)


def enable(actor: Actor, person_id: uuid.UUID) -> None:
    """Let a disabled account in again."""
    with unit_of_work(actor) as uow:
        account = _account_over(actor, person_id)
        disabled = update(Account).where(Account.id == account.id, Account.state == AccountState.DISABLED)
        if not uow.change(disabled.values(state=AccountState.ACTIVE, failed_count=0, locked_until=None)):
            raise Conflict(_("这个账号没有停用。"))
        trail.record(uow, "account.enable", person_id)


def unlock(actor: Actor, person_id: uuid.UUID) -> None:
    """End a lock before its time. Unlocking twice is fine."""
    with unit_of_work(actor) as uow:
        account = _account_over(actor, person_id)
        uow.change(update(Account).where(Account.id == account.id).values(failed_count=0, locked_until=None))
        trail.record(uow, "account.unlock", person_id)


def reset_second_factor(actor: Actor, person_id: uuid.UUID) -> None:
    """Take every second factor away from who lost them; the person sets up a new one."""
    with unit_of_work(actor) as uow:
        account = _account_over(actor, person_id)
        uow.change(delete(Passkey).where(Passkey.account_id == account.id))
        uow.change(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
        uow.change(update(Account).where(Account.id == account.id).values(totp_secret_sealed=None, totp_last_step=0))
        end_all(uow, account.id)
        trail.record(uow, "account.factor_reset", person_id)


def require_over(actor: Actor, permission: str, person_id: uuid.UUID) -> None:
    """The permission over a person; over an officer also `grant:edit`, else a lower officer could take their place."""
    policy.require_person(actor, permission, person_id)
    if policy.is_or_will_be_officer(person_id):
        policy.require_person(actor, "grant:edit", person_id)


def checked_username(username: str) -> str:
    """A username in its plain form. It begins with a letter, so it is never mistaken for a phone number."""
    name = rules.normalized(username).strip().lower()
    if not rules.USERNAME.fullmatch(name):
        raise Invalid(
            _("用户名不能这样写。"),
            fields={"username": _("4 到 32 个字符，字母开头，可用字母、数字、点、下划线和短横")},
        )
    return name


def add_account(uow: UnitOfWork, person_id: uuid.UUID, username: str, password_hash: str) -> Account:
    """Write a new account. Raises `Conflict` for a person who has one and for a username that is taken."""
    if queries.account_of(person_id) is not None:
        raise Conflict(_("这个人已有账号。"))
    taken: Any = {"username": _("这个用户名已有人使用，请换一个")}
    now = clock.now()
    account = Account(
        id=new_id(),
        person_id=person_id,
        username=username,
        password_hash=password_hash,
        password_changed_at=now,
        created_at=now,
    )
    if uow.session.scalar(select(Account.id).where(Account.username == username)) is not None:
        raise Conflict(_("用户名已被使用。"), fields=taken)
    uow.session.add(account)
    try:
        uow.session.flush()
    except IntegrityError:  # somebody took the name, or opened this account, in the same moment
        raise Conflict(_("用户名已被使用。"), fields=taken) from None
    return account


def _account_over(actor: Actor, person_id: uuid.UUID) -> Account:
    require_over(actor, EDIT, person_id)
    account = queries.account_of(person_id)
    if account is None:
        raise NotFound(_("这个人还没有开通账号。"))
    return account
