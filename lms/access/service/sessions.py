"""Sign-ins on devices: opening, renewing, ending. The cookie holds a token, the table its hash."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import update

from lms.access.dto import Device, KnownAccount, Opened, SignIn, Step
from lms.access.models import Account, LoginSession
from lms.access.sessions import new_token, token_hash
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import NotFound, Unauthenticated
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work

UNFINISHED = dt.timedelta(minutes=10)
TOUCH_EVERY = dt.timedelta(minutes=1)


def open_session(
    uow: UnitOfWork,
    account: Account | KnownAccount,
    device: Device,
    *,
    missing: Step | None,
    factor_shown: bool = False,
) -> Opened:
    """Begin a sign-in. One that still misses something lives ten minutes."""
    token, now = new_token(), clock.now()
    expires_at = now + (_life() if missing is None else UNFINISHED)
    uow.session.add(
        LoginSession(
            id=new_id(),
            account_id=account.id,
            token_hash=token_hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
            second_factor_at=now if factor_shown else None,
            device=device.name,
            address=device.address,
        )
    )
    return Opened(token, expires_at, missing, account.locale, account.easy_reading)


def renew(uow: UnitOfWork, sign_in: SignIn, account: Account, *, missing: Step | None, factor_shown: bool) -> Opened:
    """Give a sign-in that got further a new token: the one from before the step opens nothing any more."""
    token, now = new_token(), clock.now()
    expires_at = now + (_life() if missing is None else UNFINISHED)
    values = {"token_hash": token_hash(token), "expires_at": expires_at, "last_seen_at": now}
    if factor_shown:
        values["second_factor_at"] = now
    open_one = update(LoginSession).where(LoginSession.id == sign_in.session_id, LoginSession.revoked_at.is_(None))
    if not uow.change(open_one.values(values)):
        raise Unauthenticated(_("这次登录已经失效。"), todo=_("请重新登录。"))
    return Opened(token, expires_at, missing, account.locale, account.easy_reading)


def end_session(token: str) -> None:
    """Sign out. Ending what has ended is fine."""
    if not token:
        return
    with unit_of_work(SYSTEM) as uow:
        end_token(uow, token)


def end_token(uow: UnitOfWork, token: str) -> None:
    """The same inside a unit of work: signing in anew ends what the browser had before."""
    _revoke(uow, LoginSession.token_hash == token_hash(token))


def end_all(uow: UnitOfWork, account_id: uuid.UUID, *, but: uuid.UUID | None = None) -> int:
    """End every sign-in of an account, or every other one; returns how many."""
    return _revoke(uow, LoginSession.account_id == account_id, LoginSession.id != (but or uuid.UUID(int=0)))


def revoke_session(actor: Actor, session_id: uuid.UUID) -> None:
    """End one of the actor's own sign-ins. Raises `NotFound` for anybody else's."""
    with unit_of_work(actor) as uow:
        if not _revoke(uow, LoginSession.id == session_id, LoginSession.account_id == actor.account_id):
            raise NotFound(_("这次登录已经结束，或不属于您。"))


def revoke_others(actor: Actor) -> int:
    """End the actor's sign-ins on all other devices; returns how many."""
    with unit_of_work(actor) as uow:
        return end_all(uow, actor.account_id, but=actor.session_id) if actor.account_id else 0


def mark_factor(uow: UnitOfWork, actor: Actor, *, shown: bool) -> None:
    """Note that the actor has just shown a second factor here, or that the account no longer has one anywhere."""
    if shown:
        own, moment = LoginSession.id == actor.session_id, clock.now()
        uow.change(update(LoginSession).where(own).values(second_factor_at=moment))
    else:
        uow.change(
            update(LoginSession).where(LoginSession.account_id == actor.account_id).values(second_factor_at=None)
        )


def touch(session_id: uuid.UUID) -> None:
    """Note that a sign-in is in use."""
    now = clock.now()
    with unit_of_work(SYSTEM) as uow:
        uow.change(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.last_seen_at <= now - TOUCH_EVERY)
            .values(last_seen_at=now)
        )


def _revoke(uow: UnitOfWork, *which: object) -> int:
    still_open = update(LoginSession).where(LoginSession.revoked_at.is_(None), *which)  # type: ignore[arg-type]
    return uow.change(still_open.values(revoked_at=clock.now()))


def _life() -> dt.timedelta:
    return dt.timedelta(hours=kernel().config.session_hours)
