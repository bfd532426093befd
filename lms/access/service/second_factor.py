"""Second factors a person sets up: the authenticator app and the recovery codes."""

from __future__ import annotations

import base64
import binascii
import uuid

import pyotp
from sqlalchemy import delete, select, update

from lms.access import queries, rules
from lms.access.dto import Device, TotpOffer
from lms.access.models import Account, RecoveryCode
from lms.access.service.attempts import NOBODY, confirm
from lms.access.service.sessions import mark_factor
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.crypto import DecryptionError
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import trail

RECOVERY_CODES = 10
_CODE_LENGTH = 10
_SECRET = "account.totp_secret"  # noqa: S105 - the name of a context


def offer_totp(actor: Actor) -> TotpOffer:
    """A fresh secret for an authenticator app. It travels with the form, sealed for this account."""
    account = queries.account(actor.account_id or NOBODY)
    secret = pyotp.random_base32()
    sealed = kernel().cipher.encrypt(secret, context=_offer_context(account.id))
    return _offer(account, secret, base64.urlsafe_b64encode(sealed).decode())


def offered_again(actor: Actor, sealed: str) -> TotpOffer:
    """The offer a form brought back, to show it once more. Raises `Invalid` for one that is not ours."""
    account = queries.account(actor.account_id or NOBODY)
    return _offer(account, _opened(account.id, sealed), sealed)


def enrol_totp(actor: Actor, *, sealed: str, code: str, password: str, device: Device) -> list[str]:
    """Turn the authenticator app on, after its first code and the present password; returns new recovery codes.

    Raises `Conflict` when it is on already, `Invalid` for a wrong code or password.
    """
    account = confirm(actor, password, device)
    secret = _opened(account.id, sealed)
    step = rules.matching_step(secret, code, clock.now().timestamp(), 0)
    if step is None:
        why = _("请检查手机时间是否准确，再输入应用当前显示的 6 位数字")
        raise Invalid(_("验证码不对。"), fields={"code": why})
    with unit_of_work(actor) as uow:
        off = update(Account).where(Account.id == account.id, Account.totp_secret_sealed.is_(None))
        stored = kernel().cipher.encrypt(secret, context=_SECRET)
        if not uow.change(off.values(totp_secret_sealed=stored, totp_last_step=step)):
            raise Conflict(_("验证器应用已经开启。"), todo=_("如要换手机，请先关闭再重新开启。"))
        mark_factor(uow, actor, shown=True)
        trail.record(uow, "account.totp_on", account.person_id)
        return _replace_codes(uow, account.id)


def remove_totp(actor: Actor, password: str, device: Device) -> None:
    """Turn the authenticator app off."""
    account = confirm(actor, password, device)
    with unit_of_work(actor) as uow:
        uow.change(update(Account).where(Account.id == account.id).values(totp_secret_sealed=None, totp_last_step=0))
        trail.record(uow, "account.totp_off", account.person_id)
        forget_when_none(uow, actor, account.id)


def new_recovery_codes(actor: Actor, password: str, device: Device) -> list[str]:
    """Ten new recovery codes; the old ones are void."""
    account = confirm(actor, password, device)
    with unit_of_work(actor) as uow:
        if not has_factor(uow, account.id):
            raise Conflict(_("还没有开启二次验证，不需要恢复码。"))
        trail.record(uow, "account.recovery_codes", account.person_id)
        return _replace_codes(uow, account.id)


def has_factor(uow: UnitOfWork, account_id: uuid.UUID) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    return bool(uow.session.scalar(select(queries.HAS_SECOND_FACTOR).where(Account.id == account_id)))


def forget_when_none(uow: UnitOfWork, actor: Actor, account_id: uuid.UUID) -> None:
    """When the last second factor went, recovery codes and what sign-ins had shown go with it."""
    uow.session.flush()
    if not has_factor(uow, account_id):
        uow.change(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
        mark_factor(uow, actor, shown=False)


def totp_secret(account: Account) -> str:
    """The opened secret of an account that has one."""
    return kernel().cipher.decrypt(account.totp_secret_sealed or b"", context=_SECRET)


def code_hash(code: str) -> str:
    """The keyed fingerprint of a recovery code, as typed or as printed."""
    return kernel().cipher.blind_index(rules.plain_code(code), context="account.recovery_code").hex()


def _replace_codes(uow: UnitOfWork, account_id: uuid.UUID) -> list[str]:
    uow.change(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = [rules.new_code(_CODE_LENGTH) for _ in range(RECOVERY_CODES)]
    uow.session.add_all(
        RecoveryCode(id=new_id(), account_id=account_id, code_hash=code_hash(code), created_at=clock.now())
        for code in codes
    )
    return codes


def _offer(account: Account, secret: str, sealed: str) -> TotpOffer:
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=_("蓉社学堂"))
    return TotpOffer(secret, uri, sealed)


def _opened(account_id: uuid.UUID, sealed: str) -> str:
    try:
        return kernel().cipher.decrypt(base64.urlsafe_b64decode(sealed), context=_offer_context(account_id))
    except (DecryptionError, binascii.Error, ValueError, IndexError):
        raise Invalid(_("这张表单已经失效。"), todo=_("请重新打开页面再试。"), code="stale_form") from None


def _offer_context(account_id: uuid.UUID) -> str:
    return f"account.totp_offer.{account_id.hex}"
