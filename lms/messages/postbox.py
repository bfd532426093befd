"""The channel e-mail: an SMTP server, or files in the data folder where none is configured."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from lms.config import Config
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_locale
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.runtime import kernel
from lms.messages.dto import Letter
from lms.messages.notifying import Notifier, Post
from lms.people.models import Person

TIMEOUT_SECONDS = 20


class Postbox(Protocol):
    """Takes a letter or raises."""

    def post(self, letter: EmailMessage) -> None: ...


class Folder:
    """Writes each letter as an `.eml` file, named by its id: the same letter twice is one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def post(self, letter: EmailMessage) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        name = str(letter["Message-ID"]).strip("<>").partition("@")[0]
        (self.path / f"{name}.eml").write_bytes(letter.as_bytes())


class Server:
    """An open connection to an SMTP server."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self.connection = connection

    def post(self, letter: EmailMessage) -> None:
        self.connection.send_message(letter)


@contextmanager
def open_postbox(config: Config) -> Iterator[Postbox]:
    """The configured way out, for one round of posting. Raises `OSError` or `SMTPException` when it is out of reach."""
    if not config.smtp_url:
        yield Folder(config.data_dir / "mail")
        return
    address = urlsplit(config.smtp_url)
    host, secure = address.hostname or "localhost", address.scheme == "smtps"
    connection = (
        smtplib.SMTP_SSL(host, address.port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        if secure
        else smtplib.SMTP(host, address.port or 25, timeout=TIMEOUT_SECONDS)
    )
    with connection:
        connection.ehlo_or_helo_if_needed()
        if not secure and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        if address.username:
            connection.login(unquote(address.username), unquote(address.password or ""))
        yield Server(connection)


def written(letter: Letter, sender: str) -> EmailMessage:
    """The letter as sent. Its Message-ID is made of the row's id, so a letter sent twice is seen to be one."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.recipient, letter.subject
    message["Date"] = format_datetime(clock.now())
    host = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter.id.hex}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(letter))
    return message


def _text(letter: Letter) -> str:
    """The message, where to go on, and who writes."""
    with in_locale(letter.locale):
        parts = [letter.body, letter.link, _("这封邮件由蓉社学堂自动发出，请勿直接回复。")]
    return "\n\n".join(parts) + "\n"


def addresses(person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """The e-mail addresses of those who have one."""
    query = select(Person.id, Person.email).where(Person.id.in_(person_ids), Person.email != "")
    return {row.id: row.email for row in db.session.execute(query)}


@contextmanager
def opened() -> Iterator[Post]:
    """One round of posting, over one connection."""
    config = kernel().config
    with open_postbox(config) as box:
        yield lambda letter: box.post(written(letter, config.mail_from))


EMAIL = Notifier("email", _l("电子邮件"), addresses, opened)
