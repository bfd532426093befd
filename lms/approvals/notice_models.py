"""Tables of public notices (公示) and objections."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class NoticeState(enum.StrEnum):
    """`voided`: taken back before its end, its cases wait for another notice."""

    OPEN = "open"
    ENDED = "ended"
    VOIDED = "voided"


class PublicNotice(Base):
    """Cases of one kind shown to everybody from a day to a last day, both included. `unit` is who publishes it."""

    __tablename__ = "public_notice"
    __table_args__ = (Index("ix_public_notice_closing", "state", "closes_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    unit: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    days: Mapped[int]
    opens_on: Mapped[dt.date]
    closes_on: Mapped[dt.date]
    state: Mapped[NoticeState] = mapped_column(choice(NoticeState))
    objections: Mapped[int] = mapped_column(default=0)
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")


class NoticeEntry(Base):
    """A line of a notice: name masked, and only the facts that may be public."""

    __tablename__ = "notice_entry"
    __table_args__ = (
        UniqueConstraint("notice_id", "case_id"),
        UniqueConstraint("notice_id", "position"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("public_notice.id"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("approval_case.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str]
    facts: Mapped[list[dict[str, Any]]]


class ObjectionState(enum.StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Objection(Base):
    """What somebody says against an entry, or (without one) against the notice as a whole. Name and contact sealed."""

    __tablename__ = "objection"
    __table_args__ = (
        Index("ix_objection_case", "case_id", "state"),
        Index("ix_objection_notice", "notice_id", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    receipt: Mapped[str] = mapped_column(String(24), unique=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("public_notice.id"))
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"))
    name_sealed: Mapped[bytes]
    contact_sealed: Mapped[bytes]
    body: Mapped[str]
    state: Mapped[ObjectionState] = mapped_column(choice(ObjectionState))
    raised_at: Mapped[dt.datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(default="")
