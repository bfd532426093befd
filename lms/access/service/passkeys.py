"""Passkeys (WebAuthn): registering one, signing in with one, showing one as the second factor."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lms.access import queries
from lms.access.dto import Device, Opened, SignIn, missing_step
from lms.access.models import Account, AccountState, Passkey, PasskeyChallenge
from lms.access.service.attempts import NOBODY, confirm, note
from lms.access.service.second_factor import forget_when_none
from lms.access.service.sessions import end_token, mark_factor, open_session
from lms.access.service.sign_in import finish_factor
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import trail

LIFE = dt.timedelta(minutes=5)
REGISTER, SIGN_IN, SECOND_FACTOR = "register", "sign_in", "second_factor"
_VERIFIED = UserVerificationRequirement.REQUIRED
T = TypeVar("T")
Credential = Mapping[str, Any]
"""What the browser's authenticator answered, as JSON (`PublicKeyCredential.toJSON()`)."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to an authenticator: a domain, and the only address whose pages may ask."""

    domain: str
    origin: str


def relying_party() -> RelyingParty | None:
    """From the configured public address, never from the request. None where browsers allow no passkeys.

    An address of numbers has no domain to bind a passkey to; a machine's own address counts as `localhost`.
    """
    parts = urlsplit(kernel().config.base_url)
    host = parts.hostname or ""
    try:
        if not ipaddress.ip_address(host).is_loopback:
            return None
        host = "localhost"
    except ValueError:
        pass
    port = f":{parts.port}" if parts.port else ""
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")


def begin_registration(actor: Actor, password: str, device: Device) -> dict[str, Any]:
    """Options for `navigator.credentials.create()`, after the present password."""
    account, party = confirm(actor, password, device), _party()
    challenge = _new_challenge(REGISTER, account.id)
    options = webauthn.generate_registration_options(
        rp_id=party.domain,
        rp_name=_("蓉社学堂"),
        user_id=account.id.bytes,
        user_name=account.username,
        user_display_name=actor.name,
        challenge=challenge,
        exclude_credentials=_descriptors(account.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
        ),
    )
    return _plain(webauthn.options_to_json(options))


def finish_registration(actor: Actor, credential: Credential, label: str) -> uuid.UUID:
    """Keep the new passkey; the present sign-in counts as confirmed by it. Raises `Invalid` for a wrong answer."""
    account_id, party = actor.account_id or NOBODY, _party()
    challenge = _spent_challenge(REGISTER, account_id, credential)
    made = _verified(
        lambda: webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    )
    with unit_of_work(actor) as uow:
        row = Passkey(
            id=new_id(),
            account_id=account_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            label=label.strip()[:60] or _("通行密钥"),
            created_at=clock.now(),
        )
        uow.session.add(row)
        try:
            uow.session.flush()
        except IntegrityError:
            raise Conflict(_("这个通行密钥已经登记过。")) from None
        mark_factor(uow, actor, shown=True)
        trail.record(uow, "account.passkey_on", actor.person_id or NOBODY, label=row.label)
        return row.id


def remove_passkey(actor: Actor, passkey_id: uuid.UUID, password: str, device: Device) -> None:
    """Take one of the actor's own passkeys away. Raises `NotFound` for anybody else's."""
    account_id = confirm(actor, password, device).id
    with unit_of_work(actor) as uow:
        if not uow.change(delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id)):
            raise NotFound(_("找不到这个通行密钥。"))
        trail.record(uow, "account.passkey_off", actor.person_id or NOBODY)
        forget_when_none(uow, actor, account_id)


def begin_sign_in() -> dict[str, Any]:
    """Options for `navigator.credentials.get()` before anybody is known; the authenticator names the account."""
    challenge = _new_challenge(SIGN_IN, None)
    options = webauthn.generate_authentication_options(
        rp_id=_party().domain, challenge=challenge, user_verification=_VERIFIED
    )
    return _plain(webauthn.options_to_json(options))


def finish_sign_in(credential: Credential, device: Device, *, former_token: str = "") -> Opened:
    """Sign in with a passkey alone: the device and its PIN or fingerprint are both factors at once."""
    challenge = _spent_challenge(SIGN_IN, None, credential)
    used = _checked_passkey(credential, challenge, None, verified=True)
    with unit_of_work(SYSTEM) as uow:
        account = uow.session.get_one(Account, used.account_id)
        if account.state is not AccountState.ACTIVE:
            raise _wrong_answer()
        _count_use(uow, used)
        if former_token:
            end_token(uow, former_token)
        note(uow, account.id, "ok", device)
        missing = missing_step(factor_due=False, password_due=account.must_change_password)
        return open_session(uow, account, device, missing=missing, factor_shown=True)


def begin_second_factor(found: SignIn) -> dict[str, Any]:
    """Options for showing one of the account's passkeys after the password."""
    options = webauthn.generate_authentication_options(
        rp_id=_party().domain,
        challenge=_new_challenge(SECOND_FACTOR, found.account_id),
        allow_credentials=_descriptors(found.account_id),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _plain(webauthn.options_to_json(options))


def finish_second_factor(found: SignIn, credential: Credential, device: Device) -> Opened:
    """Go on with a passkey after the password."""
    challenge = _spent_challenge(SECOND_FACTOR, found.account_id, credential)
    used = _checked_passkey(credential, challenge, found.account_id, verified=False)
    with unit_of_work(SYSTEM) as uow:
        _count_use(uow, used)
        note(uow, found.account_id, "ok", device)
        return finish_factor(uow, found, uow.session.get_one(Account, found.account_id))


@dataclass(frozen=True, slots=True)
class _Use:
    """A passkey whose signature was right, and the counters it showed before and now."""

    passkey_id: uuid.UUID
    account_id: uuid.UUID
    before: int
    after: int


def _checked_passkey(credential: Credential, challenge: bytes, account_id: uuid.UUID | None, *, verified: bool) -> _Use:
    party = _party()
    passkey = db.session.scalars(
        select(Passkey).where(Passkey.credential_id == _verified(lambda: base64url_to_bytes(credential["id"])))
    ).first()
    if passkey is None or account_id not in (None, passkey.account_id):
        raise _wrong_answer()
    answer = _verified(
        lambda: webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=verified,
        )
    )
    return _Use(passkey.id, passkey.account_id, passkey.sign_count, answer.new_sign_count)


def _count_use(uow: UnitOfWork, used: _Use) -> None:
    """Move the counter on; a copy of the authenticator would show an old one (WebAuthn, 6.1.1)."""
    as_seen = update(Passkey).where(Passkey.id == used.passkey_id, Passkey.sign_count == used.before)
    if not uow.change(as_seen.values(sign_count=used.after, last_used_at=clock.now())):
        raise _wrong_answer()


def _new_challenge(purpose: str, account_id: uuid.UUID | None) -> bytes:
    challenge = webauthn.helpers.generate_challenge()
    with unit_of_work(SYSTEM) as uow:
        uow.change(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= clock.now()))
        uow.session.add(
            PasskeyChallenge(
                id=new_id(),
                challenge=challenge,
                purpose=purpose,
                account_id=account_id,
                expires_at=clock.now() + LIFE,
            )
        )
    return challenge


def _spent_challenge(purpose: str, account_id: uuid.UUID | None, credential: Credential) -> bytes:
    """The challenge an answer names, spent: whatever comes of the answer, it cannot be given twice."""
    client_data = _verified(lambda: json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"])))
    challenge = _verified(lambda: base64url_to_bytes(client_data["challenge"]))
    mine = PasskeyChallenge.account_id.is_(None) if account_id is None else PasskeyChallenge.account_id == account_id
    with unit_of_work(SYSTEM) as uow:
        spent = uow.change(
            delete(PasskeyChallenge).where(
                PasskeyChallenge.challenge == challenge,
                PasskeyChallenge.purpose == purpose,
                PasskeyChallenge.expires_at > clock.now(),
                mine,
            )
        )
    if not spent:
        raise _wrong_answer()
    return challenge


def _verified(check: Callable[[], T]) -> T:
    """Run one step on what came from outside; whatever is wrong with it, the answer is the same."""
    try:
        return check()
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise _wrong_answer() from None


def _wrong_answer() -> LmsError:
    return Invalid(
        _("通行密钥没有通过验证。"),
        why=_("可能等得太久，或这个通行密钥已经移除。"),
        todo=_("请再试一次，或改用密码登录。"),
        code="passkey_refused",
    )


def _party() -> RelyingParty:
    party = relying_party()
    if party is None:
        raise Conflict(
            _("本站现在不能使用通行密钥。"),
            why=_("通行密钥要求网站使用域名，而本站以数字地址访问。"),
            todo=_("请改用验证器应用。"),
        )
    return party


def _descriptors(account_id: uuid.UUID) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in queries.passkeys(account_id)]


def _plain(options_json: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(options_json)
    return options
