"""Posting mail: every half minute whatever is due, over one connection."""

from __future__ import annotations

import datetime as dt
import smtplib
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.messages.dto import Letter
from lms.messages.models import Mail, MailState
from lms.messages.postbox import Postbox, open_postbox, written

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long to wait after each failed try."""
MOST_TRIES = len(PAUSES) + 1
ROUND = 500
log = structlog.get_logger(__name__)


def post_due(_context: JobContext, _payload: Mapping[str, Any]) -> dict[str, int]:
    """Post what is due.

    A mail is claimed by its number of tries before it is sent, so two workers never send one twice; a worker that dies
    in between leaves it to the next try (at least once).
    """
    now = clock.now()
    due = select(Mail.id, Mail.attempts).where(Mail.state == MailState.QUEUED, Mail.next_try_at <= now)
    waiting = db.session.execute(due.order_by(Mail.next_try_at, Mail.id).limit(ROUND)).all()
    results: Counter[str] = Counter(sent=0, failed=0)
    if not waiting:
        return dict(results)
    try:
        with open_postbox(kernel().config) as box:
            for mail_id, tries in waiting:
                letter = _claim(mail_id, tries)
                if letter is not None:
                    results[_try(box, letter, last=tries + 1 >= MOST_TRIES)] += 1
    except (OSError, smtplib.SMTPException) as error:
        _postpone(now, f"{type(error).__name__}: {error}")
    return dict(results)


def _postpone(now: dt.datetime, error: str) -> None:
    """The mail server is out of reach: everything due waits a little, and no mail loses a try for it."""
    log.warning("mail server out of reach", error=error)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            update(Mail)
            .where(Mail.state == MailState.QUEUED, Mail.next_try_at <= now)
            .values(next_try_at=now + PAUSES[0], error=error)
        )


def _claim(mail_id: uuid.UUID, tries: int) -> Letter | None:
    """Take a mail for one try; the next is due only after a pause. None when another worker took it."""
    pause = PAUSES[min(tries, len(PAUSES) - 1)]
    with unit_of_work(SYSTEM) as uow:
        taken = uow.session.execute(
            update(Mail)
            .where(Mail.id == mail_id, Mail.attempts == tries, Mail.state == MailState.QUEUED)
            .values(attempts=tries + 1, next_try_at=clock.now() + pause)
            .returning(Mail.id, Mail.recipient, Mail.subject, Mail.body)
        ).first()
        return Letter(*taken) if taken else None


def _try(box: Postbox, letter: Letter, *, last: bool) -> str:
    """Post one letter and note how it went: `sent` or `failed`."""
    try:
        box.post(written(letter, kernel().config.mail_from))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        _note(letter.id, error=f"{type(error).__name__}: {error}", last=last)
        return "failed"
    _note(letter.id)
    return "sent"


def _note(mail_id: uuid.UUID, *, error: str = "", last: bool = False) -> None:
    """Record how a try ended."""
    values: dict[str, Any] = {"error": error}
    if not error:
        values |= {"state": MailState.SENT, "sent_at": clock.now()}
    elif last:
        values["state"] = MailState.FAILED
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Mail).where(Mail.id == mail_id, Mail.state == MailState.QUEUED).values(**values))


POST = JobSpec("messages.post", post_due, _l("寄出邮件"), every_seconds=30)
