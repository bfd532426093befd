"""Tables of question banks, item versions and syllabuses."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Syllabus(Base):
    """One version of an examination syllabus (考试大纲); 2018 and 2025 live side by side."""

    __tablename__ = "syllabus"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    version: Mapped[str] = mapped_column(String(20))
    title: Mapped[dict[str, str]]
    illustrative: Mapped[bool]


class SyllabusPoint(Base):
    """A point of a syllabus; `code` is dotted ("2.3")."""

    __tablename__ = "syllabus_point"
    __table_args__ = (UniqueConstraint("syllabus_id", "code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    syllabus_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("syllabus.id"))
    code: Mapped[str] = mapped_column(String(20))
    title: Mapped[dict[str, str]]
    position: Mapped[int]


class Bank(Base):
    """A question bank, owned by a unit. Practice and examinations draw from it by blueprint."""

    __tablename__ = "bank"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[dict[str, str]]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    syllabus_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("syllabus.id"))
    course_slug: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[dt.datetime]


class ItemState(enum.StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"


class Item(Base):
    """A question through all its versions; `ref` is the author's own id; the newest version counts."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("bank_id", "ref"), Index("ix_item_draw", "bank_id", "state", "kind"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bank_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank.id"))
    ref: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[ItemState] = mapped_column(choice(ItemState))
    current_version_id: Mapped[uuid.UUID | None]


class ItemVersion(Base):
    """The text and key of an item as of one edit. `options` are texts in order; `key` holds indexes into it."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int]
    stem: Mapped[str]
    options: Mapped[list[str]]
    key: Mapped[list[int]]
    explanation: Mapped[str]
    difficulty: Mapped[int]
    points: Mapped[list[str]]
    tags: Mapped[dict[str, str]]
    digest: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]


class ItemUse(Base):
    """How an item version fared in one session: the raw figures of item analysis.

    `worth` is what a fully right answer earned then and `half_points` the sum over all candidates; `choices` counts
    candidates per option index (as in the bank) and "none"; `discrimination` is D in thousandths, None where the
    candidates are too few.
    """

    __tablename__ = "item_use"
    __table_args__ = (UniqueConstraint("item_version_id", "session_key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_version.id"))
    session_key: Mapped[str] = mapped_column(String(60))
    worth: Mapped[int]
    candidates: Mapped[int]
    answered: Mapped[int]
    half_points: Mapped[int]
    choices: Mapped[dict[str, Any]]
    discrimination: Mapped[int | None]
