"""Counting wrong tries: after a few the account is locked for a while, whatever was guessed at."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, case, literal, null, or_, update

from lms.access import queries
from lms.access.dto import Device
from lms.access.models import Account, SignInAttempt
from lms.access.service import passwords
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work

NOBODY = uuid.UUID(int=0)


def not_locked(now: dt.datetime) -> ColumnElement[bool]:
    """Accounts that may be tried at a moment."""
    return or_(Account.locked_until.is_(None), Account.locked_until <= now)


def is_locked(locked_until: dt.datetime | None) -> bool:
    """Whether tries are refused at present."""
    return locked_until is not None and locked_until > clock.now()


def note(uow: UnitOfWork, account_id: uuid.UUID | None, outcome: str, device: Device) -> None:
    """Keep a try for the auditor and for the person's own security page."""
    uow.session.add(
        SignInAttempt(
            id=new_id(),
            account_id=account_id,
            at=clock.now(),
            outcome=outcome,
            address=device.address,
            device=device.name,
        )
    )


def count_failure(uow: UnitOfWork, account_id: uuid.UUID | None) -> None:
    """Count one more wrong try, atomically. A lock that has run out starts the count anew; a standing lock stays."""
    settings, now = kernel().settings, clock.now()
    until = now + dt.timedelta(minutes=settings.value("access.lock_minutes"))
    count = case((Account.locked_until <= now, 0), else_=Account.failed_count) + 1
    full = count >= settings.value("access.lock_after")
    uow.change(
        update(Account)
        .where(Account.id == (account_id or NOBODY), not_locked(now))
        .values(
            failed_count=count,
            locked_until=case((full, literal(until, Account.locked_until.type)), else_=null()),
        )
    )


def confirm(actor: Actor, password: str, device: Device) -> Account:
    """The actor's account, when the present password was typed once more; needed before changes of security.

    Raises `Invalid` and counts the try when it is wrong: an open browser must not become a place to guess.
    """
    account = queries.account(actor.account_id or NOBODY)
    account_id = account.id
    if not is_locked(account.locked_until) and passwords.matches(account.password_hash, password):
        return account
    with unit_of_work(actor) as uow:
        count_failure(uow, account_id)
        note(uow, account_id, "wrong_confirm", device)
    raise Invalid(
        _("没有改动：现在的密码不对。"),
        why=_("连续输错会锁定账号一段时间。"),
        fields={"current": _("密码不对，请重新输入")},
    )
