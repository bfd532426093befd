"""Reading the inbox, and what goes out by other channels."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select

from lms.access.models import Account
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.messages.models import Dispatch, DispatchState, Message
from lms.messages.notifying import Notifier
from lms.webkit.registry import registry


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


class Due(NamedTuple):
    """A dispatch that is to be tried now, and what its letter is made of; `locale` is None for who has no account."""

    id: uuid.UUID
    attempts: int
    person_id: uuid.UUID
    kind: str
    params: Mapping[str, Any]
    link: str
    locale: str | None


def due(channel: str, now: dt.datetime, limit: int) -> Sequence[Due]:
    """What is due on a channel, the longest due first. Messages whose kind is gone wait until it is back."""
    query = (
        select(
            Dispatch.id,
            Dispatch.attempts,
            Message.person_id,
            Message.kind,
            Message.params,
            Message.link,
            Account.locale,
        )
        .join(Message, Message.id == Dispatch.message_id)
        .outerjoin(Account, Account.person_id == Message.person_id)
        .where(
            Dispatch.channel == channel,
            Dispatch.state == DispatchState.QUEUED,
            Dispatch.next_try_at <= now,
            Message.kind.in_(registry().messages),
        )
    )
    rows = db.session.execute(query.order_by(Dispatch.next_try_at, Dispatch.id).limit(limit))
    return [Due(*row) for row in rows]


def dispatch_counts() -> dict[str, dict[DispatchState, int]]:
    """How many letters of each channel are in each state."""
    counts = {channel: dict.fromkeys(DispatchState, 0) for channel in registry().known(Notifier)}
    query = select(Dispatch.channel, Dispatch.state, func.count()).group_by(Dispatch.channel, Dispatch.state)
    for channel, state, number in db.session.execute(query):
        counts.setdefault(channel, dict.fromkeys(DispatchState, 0))[state] = number
    return counts


def failed_dispatches(limit: int = 50) -> Sequence[Dispatch]:
    """What was given up, the newest first. Its address is personal: shown to nobody here."""
    query = select(Dispatch).where(Dispatch.state == DispatchState.FAILED)
    return db.session.scalars(query.order_by(Dispatch.created_at.desc(), Dispatch.id.desc()).limit(limit)).all()
