"""What passes between the parts of this room."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Worded:
    """A message as it is read."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail claimed for one try."""

    id: uuid.UUID
    recipient: str
    subject: str
    body: str
