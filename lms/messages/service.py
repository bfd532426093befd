"""Sending and reading messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new_rows
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages.dto import Notice
from lms.messages.models import Dispatch, DispatchState, Message
from lms.messages.notifying import Notifier
from lms.messages.wording import stored, worded_as
from lms.people.events import PersonsMerged
from lms.webkit.registry import registry

BATCH = 500


def send(
    uow: UnitOfWork, *, person_id: uuid.UUID, kind: str, params: Mapping[str, Any], key: str, link: str = ""
) -> None:
    """Put a message into a person's inbox, and on its way by every other channel that reaches the person.

    Params are texts, numbers, days, moments and localized texts. `link` is a path of this site. A `key` that was used
    before sends nothing: asking twice is one message. Raises `KeyError` for an unknown kind or a missing param.
    """
    send_all(uow, kind, [Notice(person_id, params, key, link)])


def send_all(uow: UnitOfWork, kind: str, notices: Sequence[Notice]) -> int:
    """The same to many people, in a few statements whatever their number. Returns how many messages are new."""
    sent = 0
    for start in range(0, len(notices), BATCH):
        sent += _send_batch(uow.session, kind, notices[start : start + BATCH])
    return sent


def _send_batch(session: Session, kind: str, notices: Sequence[Notice]) -> int:
    texts, now = registry().messages[kind], clock.now()
    rows: list[dict[str, Any]] = []
    for notice in notices:
        params = stored(notice.params)
        worded_as(texts, params)  # what cannot be worded must not be sent
        rows.append(
            {
                "id": new_id(),
                "person_id": notice.person_id,
                "kind": kind,
                "params": params,
                "link": notice.link,
                "key": notice.key,
                "created_at": now,
            }
        )
    new = insert_new_rows(session, Message, rows, Message.id)
    _queue(session, sorted(new))
    return len(new)


def _queue(session: Session, message_ids: Sequence[uuid.UUID]) -> None:
    """Put messages on their way by every channel that is on; whom it reaches is found out when they are posted."""
    now = clock.now()
    rows = [
        {"message_id": message_id, "channel": channel, "next_try_at": now, "created_at": now}
        for channel in registry().offered(Notifier)
        for message_id in message_ids
    ]
    if rows:
        session.execute(insert(Dispatch), rows)


def mark_read(actor: Actor, message_id: uuid.UUID) -> str:
    """Note that the actor has opened their message; its link. Raises `NotFound` for anybody else's."""
    with unit_of_work(actor) as uow:
        own = (Message.id == message_id) & (Message.person_id == actor.person_id)
        link = uow.session.scalar(select(Message.link).where(own))
        if link is None:
            raise NotFound(_("找不到这条消息。"))
        uow.session.execute(update(Message).where(own, Message.read_at.is_(None)).values(read_at=clock.now()))
        return link


def mark_all_read(actor: Actor, until: dt.datetime) -> int:
    """Note that all the actor's messages up to a moment are read; what arrived later stays new. Returns how many."""
    with unit_of_work(actor) as uow:
        return uow.change(
            update(Message)
            .where(Message.person_id == actor.person_id, Message.read_at.is_(None), Message.created_at <= until)
            .values(read_at=clock.now())
        )


def retry_failed(channel: str = "") -> int:
    """Queue what was given up, on one channel or all, with a full number of tries. Returns how many letters."""
    failed = update(Dispatch).where(Dispatch.state == DispatchState.FAILED)
    if channel:
        failed = failed.where(Dispatch.channel == channel)
    with unit_of_work(SYSTEM) as uow:
        again = failed.values(state=DispatchState.QUEUED, attempts=0, error="", next_try_at=clock.now())
        count = uow.change(again)
        if count:
            uow.audit("mail.retry", "dispatch", channel or "all", count=count)
        return count


def on_merged(event: PersonsMerged) -> None:
    """Messages of a merged person are read in the inbox of the record that is kept."""
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Message).where(Message.person_id == event.gone_id).values(person_id=event.kept_id))
