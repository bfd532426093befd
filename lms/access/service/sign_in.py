"""Signing in: the password, then what is missing. Nobody learns from the outside whether an account exists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, or_, select, update

from lms.access import queries, rules
from lms.access.dto import Device, KnownAccount, Opened, SignIn, Step, missing_step
from lms.access.models import Account, AccountState, RecoveryCode
from lms.access.service import passwords
from lms.access.service.attempts import count_failure, is_locked, not_locked, note
from lms.access.service.second_factor import code_hash, totp_secret
from lms.access.service.sessions import end_token, open_session, renew
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import sealed, trail
from lms.people.models import Person, PersonState
from lms.people.rules import Fault, checked_phone


def sign_in(login: str, password: str, device: Device, *, former_token: str = "") -> Opened:
    """Sign in by username or phone number. A sign-in the browser already had (`former_token`) ends.

    Raises the same `Invalid` for an unknown name, a wrong password, a locked and a disabled account, after the same
    work: one hash, one count, one entry.
    """
    account = _account_for(login)
    right = passwords.matches(account.password_hash if account else passwords.NOBODYS_HASH, password)
    outcome = _outcome(account, right=right)
    with unit_of_work(SYSTEM) as uow:
        opened = None
        if account is not None and outcome == "ok":
            opened = _accepted(uow, account, device)
        if opened is None:
            count_failure(uow, account.id if account else None)
        elif former_token:
            end_token(uow, former_token)
        note(uow, account.id if account else None, outcome, device)
    if opened is None:
        raise refused()
    return opened


def refused() -> LmsError:
    """The one answer to every sign-in that fails."""
    return Invalid(
        _("没有登录成功：用户名或密码不对。"),
        why=_("连续输错多次后，账号会锁定一段时间，期间正确的密码也不能登录。"),
        todo=_("请检查大小写后再试；忘记密码请找本单位人事干部领取新的开通码。"),
        code="sign_in_failed",
    )


def show_code(found: SignIn, code: str, device: Device) -> Opened:
    """Go on with a code of the authenticator app or a recovery code. Raises `Invalid` and counts a wrong one."""
    account = queries.account(found.account_id)
    with unit_of_work(SYSTEM) as uow:
        opened = None
        if not is_locked(account.locked_until) and (_use_totp(uow, account, code) or _use_recovery(uow, account, code)):
            opened = finish_factor(uow, found, account)
        else:
            count_failure(uow, account.id)
        note(uow, account.id, "ok" if opened else "wrong_code", device)
    if opened is None:
        raise Invalid(
            _("验证码不对，或已经用过。"),
            why=_("每个验证码只能用一次；连续输错会锁定账号一段时间。"),
            todo=_("请等待应用显示下一个验证码，并检查手机时间是否准确。"),
            fields={"code": _("请输入当前显示的 6 位验证码，或一个恢复码")},
        )
    return opened


def finish_factor(uow: UnitOfWork, found: SignIn, account: Account) -> Opened:
    """The second factor was shown: clear the count of wrong tries and renew the sign-in."""
    uow.change(update(Account).where(Account.id == account.id).values(failed_count=0, locked_until=None))
    missing = missing_step(factor_due=False, password_due=account.must_change_password)
    return renew(uow, found, account, missing=missing, factor_shown=True)


def set_new_password(found: SignIn, password: str) -> Opened:
    """Replace the password an operator had set. Raises `Conflict` unless that is the step the sign-in waits for."""
    if found.missing is not Step.NEW_PASSWORD:
        raise Conflict(_("现在不需要设新密码。"))
    account, person = queries.account(found.account_id), db.session.get_one(Person, found.person_id)
    passwords.check(password, passwords.personal_words(person, account.username), passwords.former_hashes(account))
    seen, new_hash = account.password_hash, passwords.hashed(password)
    with unit_of_work(Actor(found.person_id, found.name, found.account_id, found.session_id)) as uow:
        passwords.replace(uow, account.id, seen=seen, new_hash=new_hash)
        trail.record(uow, "account.password", found.person_id)
        return renew(uow, found, account, missing=None, factor_shown=False)


def _account_for(login: str) -> KnownAccount | None:
    """By username or phone number; neither can be mistaken for the other. One SELECT either way."""
    name = rules.normalized(login).strip().lower()
    try:
        phone = checked_phone(name)
    except Fault:
        phone = ""
    row = db.session.execute(
        select(
            Account.id,
            Account.password_hash,
            Account.state,
            Account.locked_until,
            Account.must_change_password,
            queries.HAS_SECOND_FACTOR,
            Account.locale,
            Account.easy_reading,
        )
        .join(Person, Person.id == Account.person_id)
        .where(
            or_(Account.username == name, Person.phone_index == sealed.index(sealed.Fact.PHONE, phone)),
            Person.state == PersonState.ACTIVE,
        )
    ).first()
    return None if row is None else KnownAccount(*row)


def _outcome(account: KnownAccount | None, *, right: bool) -> str:
    if account is None:
        return "unknown"
    if account.state is not AccountState.ACTIVE:
        return "disabled"
    if is_locked(account.locked_until):
        return "locked"
    return "ok" if right else "wrong_password"


def _accepted(uow: UnitOfWork, account: KnownAccount, device: Device) -> Opened | None:
    """Open the session, unless the account was locked, disabled or given another password in the meantime.

    With a second factor the count of wrong tries stands until that is shown: else each right password would allow a
    few more guesses at the code.
    """
    count: Any = case((Account.locked_until.is_not(None), 0), else_=Account.failed_count)
    as_seen = update(Account).where(
        Account.id == account.id,
        Account.password_hash == account.password_hash,
        Account.state == AccountState.ACTIVE,
        not_locked(clock.now()),
    )
    if not uow.change(as_seen.values(failed_count=count if account.has_second_factor else 0, locked_until=None)):
        return None
    missing = missing_step(factor_due=account.has_second_factor, password_due=account.must_change_password)
    return open_session(uow, account, device, missing=missing)


def _use_totp(uow: UnitOfWork, account: Account, code: str) -> bool:
    """Spend a code of the authenticator app: each 30-second step once, also for two requests at once.

    A lock that came since the account was read counts: many guesses at once are no more than many one by one.
    """
    if account.totp_secret_sealed is None:
        return False
    step = rules.matching_step(totp_secret(account), code, clock.now().timestamp(), account.totp_last_step)
    if step is None:
        return False
    unused = update(Account).where(Account.id == account.id, Account.totp_last_step < step, not_locked(clock.now()))
    return uow.change(unused.values(totp_last_step=step)) == 1


def _use_recovery(uow: UnitOfWork, account: Account, code: str) -> bool:
    unused = update(RecoveryCode).where(
        RecoveryCode.account_id == account.id,
        RecoveryCode.code_hash == code_hash(code),
        RecoveryCode.used_at.is_(None),
    )
    return uow.change(unused.values(used_at=clock.now())) == 1
