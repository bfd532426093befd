"""Sending and reading messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
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
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages.dto import Worded
from lms.messages.models import Mail, MailState, Message
from lms.messages.wording import stored, worded_as
from lms.people.models import Person
from lms.webkit.registry import registry


def send(
    uow: UnitOfWork, *, person_id: uuid.UUID, kind: str, params: Mapping[str, Any], key: str, link: str = ""
) -> None:
    """Put a message into a person's inbox, and a mail on its way when the person has an address.

    Params are texts, numbers, days, moments and localized texts. `link` is a path of this site. A `key` that was used
    before sends nothing: asking twice is one message. Raises `KeyError` for an unknown kind or a missing param.
    """
    values = stored(params)
    email, locale = _reader(uow.session, person_id)
    with in_locale(locale):
        words = worded_as(registry().messages[kind], values)
        letter = _letter(words, link)
    message_id = new_id()
    new = insert_new(
        uow.session,
        Message,
        id=message_id,
        person_id=person_id,
        kind=kind,
        params=values,
        link=link,
        key=key,
        created_at=clock.now(),
    )
    if new and email:
        _queue_mail(uow.session, message_id, email, words.title, letter)


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


def _reader(session: Session, person_id: uuid.UUID) -> tuple[str, str]:
    """The person's address and language."""
    query = select(Person.email, Account.locale).outerjoin(Account, Account.person_id == Person.id)
    email, locale = session.execute(query.where(Person.id == person_id)).one()
    return email, locale or SOURCE_LOCALE


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
