"""Giving out the address of a feed, and taking it back."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from sqlalchemy import select, update

from lms.agenda.models import CalendarFeed
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work

_CONTEXT = "calendar.feed"
_BYTES = 24


def give_address(actor: Actor) -> None:
    """Give the actor a new secret address; the one before, if any, stops working. Two clicks leave one address."""
    person_id = _own(actor)
    token = secrets.token_urlsafe(_BYTES)
    with unit_of_work(actor) as uow:
        _revoke(uow, person_id)
        made = insert_new(
            uow.session,
            CalendarFeed,
            id=new_id(),
            person_id=person_id,
            token_hash=_hash(token),
            token_sealed=kernel().cipher.encrypt(token, context=_CONTEXT),
            created_at=clock.now(),
        )
        if made:
            uow.audit("calendar.feed", "person", person_id)


def take_address_back(actor: Actor) -> None:
    """Let the actor's address stop working."""
    person_id = _own(actor)
    with unit_of_work(actor) as uow:
        if _revoke(uow, person_id):
            uow.audit("calendar.feed.revoke", "person", person_id)


def token_of(person_id: uuid.UUID) -> str | None:
    """The secret of a person's address, None where there is none."""
    query = select(CalendarFeed.token_sealed).where(
        CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None)
    )
    sealed = db.session.scalar(query)
    return None if sealed is None else kernel().cipher.decrypt(sealed, context=_CONTEXT)


def owner_of(token: str) -> uuid.UUID:
    """Whose calendar an address gives. Raises `NotFound` for one that never was or was taken back: they look alike."""
    query = select(CalendarFeed.person_id).where(
        CalendarFeed.token_hash == _hash(token), CalendarFeed.revoked_at.is_(None)
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("没有这份日历。"), why=_("地址不对，或已经停用。"), todo=_("请登录后重新取得日历地址。"))
    return found


def _revoke(uow: UnitOfWork, person_id: uuid.UUID) -> int:
    standing = (CalendarFeed.person_id == person_id) & CalendarFeed.revoked_at.is_(None)
    return uow.change(update(CalendarFeed).where(standing).values(revoked_at=clock.now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _own(actor: Actor) -> uuid.UUID:
    if actor.person_id is None:
        raise Forbidden(_("只有本人有日历。"))
    return actor.person_id
