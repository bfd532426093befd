"""Tables of free preparation: who signed up, the subjects with their blueprints, practice papers and answers."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Source(enum.StrEnum):
    """How somebody heard of it."""

    COMMUNITY = "community"
    EMPLOYER = "employer"
    WECHAT = "wechat"
    FRIEND = "friend"
    OTHER = "other"


class SignUp(Base):
    """Somebody of no roster who signed up. The phone is theirs by their own word: it only helps officers to find them.

    `consent` names the text agreed to, `consent_digest` is its SHA-256. It stays with the record that was made for it,
    also when that went into another.
    """

    __tablename__ = "prep_sign_up"
    __table_args__ = (UniqueConstraint("phone_index", "name"), Index("ix_prep_sign_up_org", "org_id", "signed_up_on"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    phone_sealed: Mapped[bytes]
    phone_index: Mapped[bytes]
    source: Mapped[Source] = mapped_column(choice(Source))
    consent: Mapped[str] = mapped_column(String(20))
    consent_digest: Mapped[str] = mapped_column(String(64))
    signed_up_on: Mapped[dt.date]
    signed_up_at: Mapped[dt.datetime]


class PrepSubject(Base):
    """A subject to prepare for: its bank and the blueprint of its paper, as the national examination has it.

    `course_slug` is the course whose lessons teach its points.
    """

    __tablename__ = "prep_subject"
    __table_args__ = (CheckConstraint("minutes > 0 AND pass_half_points > 0", name="some_time_and_a_line"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[dict[str, str]]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    bank_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank.id"))
    blueprint: Mapped[dict[str, Any]]
    minutes: Mapped[int]
    pass_half_points: Mapped[int]
    course_slug: Mapped[str] = mapped_column(String(80), default="")
    is_open: Mapped[bool]
    created_at: Mapped[dt.datetime]


class PrepPaper(Base):
    """A practice paper of one person. `rows` are its positions: item version, kind, half-points, point, option order.

    `point` is set where it practises one syllabus point; `deadline_at` where it is taken against the clock.
    """

    __tablename__ = "prep_paper"
    __table_args__ = (Index("ix_prep_paper_person", "person_id", "subject_id", "started_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("prep_subject.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    point: Mapped[str] = mapped_column(String(20), default="")
    rows: Mapped[list[dict[str, Any]]]
    total_half_points: Mapped[int]
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class PrepAnswer(Base):
    """The answer to a position: the first one counts, so it is written once. `choice` is a bit set of shown options."""

    __tablename__ = "prep_answer"
    __table_args__ = (Index("ix_prep_answer_point", "subject_id", "point"), APPEND_ONLY)

    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("prep_paper.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("prep_subject.id"))
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("item_version.id"))
    point: Mapped[str] = mapped_column(String(20))
    choice: Mapped[int] = mapped_column(SmallInteger)
    half_points: Mapped[int]
    worth: Mapped[int]
    answered_at: Mapped[dt.datetime]
