"""Signing in with an identity elsewhere, and linking one to an account."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, delete, select, update

from lms.access import providers, queries
from lms.access.dto import Device, Opened, missing_step
from lms.access.models import Account, AccountState, LoginLink
from lms.access.service.attempts import NOBODY, confirm, is_locked, note
from lms.access.service.second_factor import has_factor
from lms.access.service.sessions import end_token, open_session
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.people import trail
from lms.people.models import Person, PersonState


def subject_index(provider: str, subject: str) -> bytes:
    """What is kept of an identity: a keyed fingerprint, which finds it again and tells nothing."""
    return kernel().cipher.blind_index(subject, context=f"login_link.{provider}")


def sign_in(provider: str, subject: bytes, device: Device, *, former_token: str = "") -> Opened | None:
    """Sign in by a linked identity, which counts as the password does: a second factor that is due stays due.

    None where the identity is linked to no account. Raises `Forbidden` for an account that is disabled or locked, in
    clear words: whoever comes here has proved to be its owner.
    """
    with unit_of_work(SYSTEM) as uow:
        link = uow.session.scalars(select(LoginLink).where(_same(provider, subject))).first()
        if link is None:
            return None
        account = uow.session.get_one(Account, link.account_id)
        outcome = _outcome(account)
        note(uow, account.id, outcome, device)
        opened = None
        if outcome == "external":
            uow.change(update(LoginLink).where(LoginLink.id == link.id).values(last_used_at=clock.now()))
            if former_token:
                end_token(uow, former_token)
            due = missing_step(factor_due=has_factor(uow, account.id), password_due=account.must_change_password)
            opened = open_session(uow, account, device, missing=due)
    if opened is None:
        raise _refused(outcome)
    return opened


def link(actor: Actor, password: str, device: Device, *, provider: str, subject: bytes, name: str) -> None:
    """Let an identity elsewhere open the actor's account, after the present password. Raises `Conflict` when taken."""
    account = confirm(actor, password, device)
    with unit_of_work(actor) as uow:
        facts = {"account_id": account.id, "provider": provider, "subject_index": subject, "name": name}
        if not insert_new(uow.session, LoginLink, **facts, created_at=clock.now()):
            raise _taken(account.id, provider, subject)
        trail.record(uow, "account.link", account.person_id, provider=provider)


def unlink(actor: Actor, link_id: uuid.UUID, password: str, device: Device) -> None:
    """Take one of the actor's own links away. Raises `NotFound` for anybody else's."""
    account = confirm(actor, password, device)
    with unit_of_work(actor) as uow:
        own = (LoginLink.id == link_id) & (LoginLink.account_id == account.id)
        provider = uow.session.scalar(select(LoginLink.provider).where(own))
        if provider is None or not uow.change(delete(LoginLink).where(own)):
            raise NotFound(_("找不到这项关联。"))
        trail.record(uow, "account.unlink", account.person_id, provider=provider)


def provider_of(actor: Actor, link_id: uuid.UUID) -> str:
    """The key of the provider of one of the actor's own links. Raises `NotFound` for anybody else's."""
    for one in queries.login_links(actor.account_id or NOBODY):
        if one.id == link_id:
            return one.provider
    raise NotFound(_("找不到这项关联。"))


def _same(provider: str, subject: bytes) -> ColumnElement[bool]:
    return (LoginLink.provider == provider) & (LoginLink.subject_index == subject)


def _outcome(account: Account) -> str:
    person = db.session.get_one(Person, account.person_id)
    if account.state is not AccountState.ACTIVE or person.state is not PersonState.ACTIVE:
        return "disabled"
    return "locked" if is_locked(account.locked_until) else "external"


def _refused(outcome: str) -> LmsError:
    if outcome == "disabled":
        todo = _("请联系本单位人事干部恢复账号。")
        return Forbidden(_("没有登录：您在本站的账号已停用。"), todo=todo, code="disabled")
    return Forbidden(
        _("没有登录：您在本站的账号正被锁定。"),
        why=_("有人连续输错密码或验证码，账号会锁定一段时间。"),
        todo=_("请过一会儿再试，或请本单位人事干部解除锁定。"),
        code="locked",
    )


def _taken(account_id: uuid.UUID, provider: str, subject: bytes) -> LmsError:
    """Why a link could not be made: the identity has an account, or the account an identity there."""
    title = providers.title(provider)
    owner = db.session.scalar(select(LoginLink.account_id).where(_same(provider, subject)))
    if owner == account_id:
        return Conflict(_("这个“%(title)s”账号早已和您的账号关联，可以直接用它登录。", title=title))
    if owner is not None:
        return Conflict(
            _("没有关联：这个“%(title)s”账号已和另一个人的账号关联。", title=title),
            todo=_("请确认在对方那里登录的是您自己的账号。"),
        )
    return Conflict(
        _("没有关联：您已关联了另一个“%(title)s”账号。", title=title), todo=_("请先取消原来的关联，再关联新的。")
    )
