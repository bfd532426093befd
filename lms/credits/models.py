"""The continuing-education ledger."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Category(enum.StrEnum):
    """专业科目 and 公需科目."""

    PROFESSIONAL = "professional"
    PUBLIC = "public"


class CreditEntry(Base):
    """One entry of the ledger, in minutes. Never changed: a correction is an entry with the same minutes negated.

    `evidence_id` is the claim of outside learning that it, or the entry it corrects, counts.
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        Index("ix_credit_entry_person", "person_id", "occurred_on"),
        CheckConstraint("minutes <> 0", name="not_nothing"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    minutes: Mapped[int]
    category: Mapped[Category] = mapped_column(choice(Category))
    source: Mapped[str] = mapped_column(String(24))
    source_id: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]]
    key: Mapped[str] = mapped_column(String(160), unique=True)
    occurred_on: Mapped[dt.date]
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_entry.id"), unique=True)
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence_claim.id"), index=True)
    why: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
