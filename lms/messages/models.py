"""Tables of the inbox and of what goes out by other channels."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, choice
from lms.kernel.ids import new_id


class Message(Base):
    """A message to one person. `kind` names the template, `params` fills it in the reader's language."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_inbox", "person_id", "read_at", "created_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]]
    link: Mapped[str] = mapped_column(String(300), default="")
    key: Mapped[str] = mapped_column(String(160), unique=True)
    created_at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]


class DispatchState(enum.StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Dispatch(Base):
    """A message on its way out by one channel, tried again from `next_try_at` on.

    It is worded, and the person's address looked up, for each try anew: `recipient` is where the last one went.
    """

    __tablename__ = "dispatch"
    __table_args__ = (
        UniqueConstraint("message_id", "channel"),
        Index("ix_dispatch_due", "channel", "state", "next_try_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("message.id"))
    channel: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[DispatchState] = mapped_column(choice(DispatchState), default=DispatchState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    next_try_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
