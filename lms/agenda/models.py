"""Addresses of calendar feeds."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base
from lms.kernel.ids import new_id

_STANDS = text("revoked_at IS NULL")


class CalendarFeed(Base):
    """A secret address that gives a person's calendar to whoever knows it, until it is revoked. One at a time.

    The secret is looked up by its hash and kept sealed, so that its owner can see it again.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index("uq_calendar_feed_person", "person_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_sealed: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
