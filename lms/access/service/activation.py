"""Opening an account: a person of the roster with a one-time code, made by the unit's HR officer.

A code opens an account once; for a person who has an account it sets a new password.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from lms.access import policy, queries, rules
from lms.access.dto import Device, Invitation, Opened, Slip, missing_step
from lms.access.models import Account, AccountState, Activation, Grant
from lms.access.service import passwords
from lms.access.service.accounts import add_account, checked_username, require_over
from lms.access.service.attempts import NOBODY, note
from lms.access.service.sessions import end_all, open_session
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, LmsError, NotFound, TooLarge
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs.models import OrgUnit
from lms.orgs.queries import within
from lms.people import sealed, trail
from lms.people.models import Employment, Person, PersonState
from lms.people.rules import compact

INVITE = "account:invite"
MOST_AT_ONCE = 5000
_CODE_LENGTH = 10
_RESET = dt.timedelta(days=1)


def make_codes(actor: Actor, org_id: uuid.UUID, *, batch: str, again: bool = False) -> Invitation:
    """Codes for everybody employed in a unit and below who has no account.

    Who has an open code keeps it, unless `again`, which makes the old one void.

    `batch` is a random text the form carries. Codes are derived from it and only their fingerprints are stored, so the
    same form sent twice (a double click, the sheet after the printed slips) gives the same codes, and nothing in the
    database could.
    """
    policy.require(actor, INVITE, org_id)
    people = _without_account(actor, org_id)
    if len(people) > MOST_AT_ONCE:
        raise TooLarge(
            _("这个单位没有账号的人太多，一次最多 %(number)d 人。", number=MOST_AT_ONCE),
            todo=_("请分街道或社区办理。"),
        )
    codes = {row.person_id: _derived(batch, row.person_id) for row in people}
    with unit_of_work(actor) as uow:
        slips, already, fresh = [], 0, []
        standing = _standing(uow, set(codes))
        for row in people:
            code = codes[row.person_id]
            old = standing.get(row.person_id)
            if old is not None and old[0] != code_hash(code) and not again:
                already += 1
                continue
            expires_at = old[1] if old is not None and old[0] == code_hash(code) else _expiry()
            slips.append(Slip(row.person_id, row.name, row.unit, code, expires_at))
            if old is None or old[0] != code_hash(code):
                fresh.append(slips[-1])
        _store(uow, fresh)
        if fresh:
            uow.audit("account.invite", "org_unit", org_id, org_id=org_id, count=len(fresh))
    return Invitation(tuple(slips), already)


def make_code(actor: Actor, person_id: uuid.UUID) -> Slip:
    """A code for one person: a first one, or one to set a new password with. Older codes are void."""
    require_over(actor, INVITE, person_id)
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("找不到这个人。"))
    slip = Slip(person_id, person.name, "", _derived(secrets.token_hex(16), person_id), _expiry())
    with unit_of_work(actor) as uow:
        _store(uow, [slip])
        trail.record(uow, "account.invite", person_id, count=1)
    return slip


def make_reset_code(uow: UnitOfWork, person_id: uuid.UUID) -> Slip:
    """A code to set a new password with, good for a day, for who signed up by themselves; older ones are void.

    The caller has checked the right over them. Raises `Conflict` for who works in a unit or is an officer: over them
    the unit decides, by `make_code`.
    """
    person, account = uow.session.get_one(Person, person_id, populate_existing=True), queries.account_of(person_id)
    if person.state is not PersonState.ACTIVE or account is None:
        raise Conflict(_("没有发重设码。"), why=_("这份档案已并入名册。"), todo=_("请在名册里的档案上发开通码。"))
    employed = exists(select(Employment.id).where(Employment.person_id == person_id, Employment.ended_on.is_(None)))
    if policy.is_or_will_be_officer(person_id) or uow.session.scalar(select(employed)):
        raise Conflict(
            _("没有发重设码。"), why=_("这个人已在单位任职，或有管理权限。"), todo=_("请由所在单位的人事干部发开通码。")
        )
    expires_at = clock.now() + _RESET
    slip = Slip(person_id, person.name, "", _derived(secrets.token_hex(16), person_id), expires_at)
    _store(uow, [slip])
    return slip


def activate(*, id_number: str, code: str, username: str, password: str, device: Device) -> Opened:
    """Open the account (or set a new password) and sign in. `username` counts only for a new account.

    Who has no document on record types the username of their account in place of its number.

    Raises the same `Invalid` for an unknown number and a wrong code; a wrong code counts against the person's codes.
    """
    person_id, activation_id = _matching(id_number, code, device)
    if activation_id is None:
        raise _wrong_code()
    person, account = db.session.get_one(Person, person_id), queries.account_of(person_id)
    if account is not None and account.state is AccountState.DISABLED:
        raise Conflict(
            _("没有开通：这个账号已停用。"), todo=_("请联系本单位人事干部，恢复账号后再使用开通码。"), code="disabled"
        )
    name = account.username if account is not None else checked_username(username)
    former = passwords.former_hashes(account) if account is not None else ()
    passwords.check(password, passwords.personal_words(person, name), former)
    seen, new_hash = account.password_hash if account else "", passwords.hashed(password)
    with unit_of_work(Actor(person_id, person.name)) as uow:
        _spend(uow, person_id, activation_id)
        if account is None:
            account = add_account(uow, person_id, name, new_hash)
        else:
            passwords.replace(uow, account.id, seen=seen, new_hash=new_hash)
            end_all(uow, account.id)
        trail.record(uow, "account.activate", person_id, username=name)
        note(uow, account.id, "activated", device)
        has_factor = bool(uow.session.scalar(select(queries.HAS_SECOND_FACTOR).where(Account.id == account.id)))
        missing = missing_step(factor_due=has_factor, password_due=False)
        return open_session(uow, account, device, missing=missing)


def code_hash(code: str) -> str:
    """The keyed fingerprint of a code, as typed or as printed."""
    return kernel().cipher.blind_index(rules.plain_code(code), context="activation.code").hex()


def _matching(id_number: str, code: str, device: Device) -> tuple[uuid.UUID, uuid.UUID | None]:
    """The person and the open activation both texts belong to; a wrong pair is counted. Same work for nobody."""
    meant = _meant(id_number)
    found = db.session.execute(
        select(Person.id, Activation.id)
        .join(Activation, (Activation.person_id == Person.id) & _open())
        .where(
            meant,
            Person.state == PersonState.ACTIVE,
            Activation.code_hash == code_hash(code),
        )
    ).first()
    if found is not None:
        return found[0], found[1]
    with unit_of_work(SYSTEM) as uow:
        wrong = update(Activation).where(Activation.person_id.in_(select(Person.id).where(meant)), _open())
        uow.change(wrong.values(failed_count=Activation.failed_count + 1).execution_options(synchronize_session=False))
        note(uow, None, "wrong_activation", device)
    return NOBODY, None


def _meant(typed: str) -> ColumnElement[bool]:
    """Whose document number was typed or, of who has none on record, whose username."""
    named = select(Account.person_id).where(Account.username == rules.normalized(typed).strip().lower())
    return or_(
        Person.id_number_index == sealed.index(sealed.Fact.ID_NUMBER, compact(typed)),
        Person.id_number_index.is_(None) & Person.id.in_(named),
    )


def _wrong_code() -> LmsError:
    return Invalid(
        _("没有开通：身份证件号码与开通码对不上。"),
        why=_("开通码可能输错、已经用过、已过期，或输错次数太多已作废。"),
        todo=_("请对照纸条再输一次；仍不行时，请找本单位人事干部领取新的开通码。"),
        code="activation_failed",
        fields={"code": _("请核对号码与开通码")},
    )


def _open() -> Any:
    """Activations that can still be used."""
    tries = kernel().settings.value("access.activation_tries")
    return Activation.used_at.is_(None) & (Activation.expires_at > clock.now()) & (Activation.failed_count < tries)


def _spend(uow: UnitOfWork, person_id: uuid.UUID, activation_id: uuid.UUID) -> None:
    """Use the code up; the person's other codes are void. Raises `Conflict` when it was used in the same moment."""
    now = clock.now()
    this = update(Activation).where(Activation.id == activation_id, _open())
    if not uow.change(this.values(used_at=now).execution_options(synchronize_session=False)):
        raise Conflict(_("这个开通码刚刚用过。"), todo=_("请直接登录。"))
    _void(uow, [person_id])


def _void(uow: UnitOfWork, person_ids: Sequence[uuid.UUID]) -> None:
    now = clock.now()
    standing = update(Activation).where(Activation.person_id.in_(person_ids), Activation.expires_at > now)
    uow.change(standing.values(expires_at=now).execution_options(synchronize_session=False))


def _without_account(actor: Actor, org_id: uuid.UUID) -> Sequence[Row[Any]]:
    """(person_id, name, unit) of who works here and has no account, once each; officers only for who may grant."""
    today = clock.today()
    officer = exists(select(Grant.id).where(Grant.person_id == Person.id, policy.not_over(today)))
    query = (
        select(Person.id.label("person_id"), Person.name, OrgUnit.name.label("unit"))
        .join(Employment, Employment.person_id == Person.id)
        .join(OrgUnit, OrgUnit.id == Employment.org_id)
        .where(
            Employment.ended_on.is_(None),
            Employment.org_id.in_(within(org_id)),
            Person.state == PersonState.ACTIVE,
            ~exists(select(Account.id).where(Account.person_id == Person.id)),
            or_(~officer, Person.id.in_(policy.visible_persons(actor, "grant:edit"))),
        )
        .order_by(OrgUnit.code, Person.name, Person.id)
        .limit(MOST_AT_ONCE * 2)
    )
    once: dict[uuid.UUID, Any] = {row.person_id: row for row in db.session.execute(query)}
    return list(once.values())


def _standing(uow: UnitOfWork, person_ids: set[uuid.UUID]) -> Mapping[uuid.UUID, tuple[str, dt.datetime]]:
    """The open code of each person: its fingerprint and expiry."""
    rows = uow.session.execute(
        select(Activation.person_id, Activation.code_hash, Activation.expires_at)
        .where(Activation.person_id.in_(person_ids), _open())
        .order_by(Activation.created_at)
    )
    return {person_id: (stored, expires_at) for person_id, stored, expires_at in rows}


def _store(uow: UnitOfWork, slips: Sequence[Slip]) -> None:
    """Write the fingerprints of new codes; the persons' older codes are void from now on."""
    if not slips:
        return
    _void(uow, [slip.person_id for slip in slips])
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "person_id": slip.person_id,
            "code_hash": code_hash(slip.code),
            "expires_at": slip.expires_at,
            "failed_count": 0,
            "created_by": uow.actor.person_id,
            "created_at": now,
        }
        for slip in slips
    ]
    try:
        uow.session.execute(insert(Activation), rows)
    except IntegrityError:  # the form was sent once before, and a code it made has been used or has run out
        raise Conflict(_("这张表单已经用过。"), todo=_("请重新打开页面，再生成开通码。")) from None


def _derived(batch: str, person_id: uuid.UUID) -> str:
    """The code of a person in a batch: 50 bits of a keyed hash."""
    noise = kernel().cipher.blind_index(f"{batch}\x00{person_id.hex}", context="activation.batch")
    return rules.code_from_bytes(noise, _CODE_LENGTH)


def _expiry() -> dt.datetime:
    return clock.now() + dt.timedelta(days=kernel().settings.value("access.activation_days"))
