"""Reading the inbox."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, bindparam, func, select

from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.messages.models import Mail, MailState, Message


def inbox(actor: Actor, *, unread_only: bool = False) -> Select[Message]:
    """The actor's own messages, newest first."""
    query = select(Message).where(Message.person_id == actor.person_id)
    if unread_only:
        query = query.where(Message.read_at.is_(None))
    return query.order_by(Message.created_at.desc(), Message.id.desc())


_UNREAD = select(func.count()).where(  # asked for every page, so put together once
    Message.person_id == bindparam("person"), Message.read_at.is_(None)
)


def unread_count(person_id: uuid.UUID) -> int:
    """How many messages the person has not opened."""
    return db.session.scalar(_UNREAD, {"person": person_id}) or 0


def mail_counts() -> dict[MailState, int]:
    """How many mails are in each state."""
    found = db.session.execute(select(Mail.state, func.count()).group_by(Mail.state))
    return dict.fromkeys(MailState, 0) | {row[0]: row[1] for row in found}


def failed_mail(limit: int = 50) -> Sequence[Mail]:
    """Mail that was given up, the newest first. Its address is personal: shown to nobody here."""
    query = select(Mail).where(Mail.state == MailState.FAILED)
    return db.session.scalars(query.order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit)).all()
