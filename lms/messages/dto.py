"""What passes between the parts of this room."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """One message of a kind to one person; see `service.send`."""

    person_id: uuid.UUID
    params: Mapping[str, Any]
    key: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Worded:
    """A message as it is read."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a notifier posts it, in the reader's language.

    `subject` is one line, `body` plain text, `link` the address to go on to. The same `id` is the same letter.
    """

    id: uuid.UUID
    recipient: str
    subject: str
    body: str
    link: str
    locale: str
