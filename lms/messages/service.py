"""Sending and reading messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.access.models import Account
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import NotFound
from lms.kernel.i18n import SOURCE_LOCALE, in_locale
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new_rows
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages.dto import Notice, Worded
from lms.messages.models import Mail, MailState, Message
from lms.messages.wording import stored, worded_as
from lms.people.models import Person
from lms.webkit.registry import registry

BATCH = 500


def send(
    uow: UnitOfWork, *, person_id: uuid.UUID, kind: str, params: Mapping[str, Any], key: str, link: str = ""
) -> None:
    """Put a message into a person's inbox, and a mail on its way when the person has an address.

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
    readers = _readers(session, [notice.person_id for notice in notices])
    rows: list[dict[str, Any]] = []
    letters: dict[uuid.UUID, tuple[str, str, str]] = {}
    for notice in notices:
        email, locale = readers[notice.person_id]
        values, message_id = stored(notice.params), new_id()
        with in_locale(locale):
            words = worded_as(registry().messages[kind], values)
            if email:
                letters[message_id] = (email, words.title, _letter(words, notice.link))
        rows.append(
            {
                "id": message_id,
                "person_id": notice.person_id,
                "kind": kind,
                "params": values,
                "link": notice.link,
                "key": notice.key,
                "created_at": clock.now(),
            }
        )
    new = insert_new_rows(session, Message, rows, Message.id)
    for message_id in new & letters.keys():
        _queue_mail(session, message_id, *letters[message_id])
    return len(new)


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


def retry_failed_mail() -> int:
    """Queue all mail that was given up, with a full number of tries. Returns how many."""
    with unit_of_work(SYSTEM) as uow:
        count = uow.change(
            update(Mail)
            .where(Mail.state == MailState.FAILED)
            .values(state=MailState.QUEUED, attempts=0, error="", next_try_at=clock.now())
        )
        if count:
            uow.audit("mail.retry", "mail", "failed", count=count)
        return count


def _readers(session: Session, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """The address and language of each person."""
    query = select(Person.id, Person.email, Account.locale).outerjoin(Account, Account.person_id == Person.id)
    rows = session.execute(query.where(Person.id.in_(person_ids)))
    return {person_id: (email, locale or SOURCE_LOCALE) for person_id, email, locale in rows}


def _letter(words: Worded, link: str) -> str:
    """The mail's text: the message, where to go on, and who writes."""
    base = kernel().config.base_url.rstrip("/")
    parts = [words.body, f"{base}{link or '/messages'}", _("这封邮件由蓉社学堂自动发出，请勿直接回复。")]
    return "\n\n".join(parts) + "\n"


def _queue_mail(session: Session, message_id: uuid.UUID, recipient: str, subject: str, body: str) -> None:
    moment = clock.now()
    session.add(
        Mail(
            message_id=message_id,
            recipient=recipient,
            subject=" ".join(subject.split()),  # a header has one line
            body=body,
            state=MailState.QUEUED,
            next_try_at=moment,
            created_at=moment,
        )
    )
