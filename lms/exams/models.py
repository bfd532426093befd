"""Tables of examinations: blueprint, sessions, frozen papers, seats, sittings, the answer journal, results."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Display(enum.StrEnum):
    ONE = "one"
    ALL = "all"


class KeyRelease(enum.StrEnum):
    """When candidates may see the key: never (the bank is used again), or once results are published."""

    NEVER = "never"
    WITH_RESULTS = "with_results"


class Exam(Base):
    """An examination as a standing arrangement. `blueprint` says what a paper is made of; scores are half-points."""

    __tablename__ = "exam"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[dict[str, str]]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    bank_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bank.id"))
    course_slug: Mapped[str] = mapped_column(String(80), default="")
    blueprint: Mapped[dict[str, Any]]
    minutes: Mapped[int]
    pass_half_points: Mapped[int]
    forms: Mapped[int] = mapped_column(default=1)
    display: Mapped[Display] = mapped_column(choice(Display))
    key_release: Mapped[KeyRelease] = mapped_column(choice(KeyRelease))
    certificate_kind: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[dt.datetime]


class SessionState(enum.StrEnum):
    DRAFT = "draft"
    FROZEN = "frozen"
    CLOSED = "closed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class SessionMode(enum.StrEnum):
    ONLINE = "online"
    PAPER = "paper"


class ExamSession(Base):
    """One date of an exam. Papers are frozen before it; candidates may start from `opens_at` until `closes_at`.

    `closes_at` also ends every sitting (plus the extra minutes of a seat): who comes late has less time. `draw` keeps
    the seed and the item versions the papers were drawn from, so that the drawing can be done again and compared; it
    is long, and read on demand.
    """

    __tablename__ = "exam_session"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        UniqueConstraint("exam_id", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    exam_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam.id"), index=True)
    number: Mapped[int]
    mode: Mapped[SessionMode] = mapped_column(choice(SessionMode), default=SessionMode.ONLINE)
    register_until: Mapped[dt.datetime]
    opens_at: Mapped[dt.datetime]
    closes_at: Mapped[dt.datetime]
    state: Mapped[SessionState] = mapped_column(choice(SessionState), index=True)
    draw: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    frozen_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None]
    published_by: Mapped[uuid.UUID | None]


class PaperForm(Base):
    """A frozen paper: what candidates see and, apart, the key. Immutable; `digest` covers both.

    Both are long, and read on demand.
    """

    __tablename__ = "paper_form"
    __table_args__ = (UniqueConstraint("session_id", "number"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"))
    number: Mapped[int]
    content: Mapped[list[dict[str, Any]]] = mapped_column(deferred=True, deferred_group="paper")
    key: Mapped[list[dict[str, Any]]] = mapped_column(deferred=True, deferred_group="paper")
    digest: Mapped[str] = mapped_column(String(64))
    items: Mapped[int] = mapped_column(SmallInteger)
    total_half_points: Mapped[int]
    created_at: Mapped[dt.datetime]


class SeatState(enum.StrEnum):
    REGISTERED = "registered"
    CANCELLED = "cancelled"


class Seat(Base):
    """A person registered for a session, with the paper form they will get."""

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("session_id", "person_id"), UniqueConstraint("session_id", "ticket"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    form_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("paper_form.id"))
    ticket: Mapped[str] = mapped_column(String(20))
    extra_minutes: Mapped[int] = mapped_column(default=0)
    state: Mapped[SeatState] = mapped_column(choice(SeatState))
    registered_at: Mapped[dt.datetime]


class SittingState(enum.StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"


class Sitting(Base):
    """A candidate's timed attempt. `device` counts take-overs: entries of an older device rank below a newer one's."""

    __tablename__ = "sitting"
    __table_args__ = (Index("ix_sitting_due", "state", "deadline_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    seat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat.id"), unique=True)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exam_session.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    form_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper_form.id"))
    items: Mapped[int] = mapped_column(SmallInteger)
    device: Mapped[int] = mapped_column(SmallInteger, default=1)
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    state: Mapped[SittingState] = mapped_column(choice(SittingState))
    submitted_at: Mapped[dt.datetime | None]
    submitted_by: Mapped[str] = mapped_column(String(16), default="")


class AnswerEntry(Base):
    """The journal of answers: one row per change, never updated. The last by (device, seq) counts for a position.

    `choice` is a bit set of option indexes (bit 0 = A); 0 means the answer was cleared. `marked` is the candidate's own
    flag. Sending the same entry again is no new row; an entry that arrives out of order ranks where it belongs.

    Take-over: going on with another device gives that device the next number, and from that moment entries of the
    older one are refused (it says so and becomes read-only). What was stored of the older device before stays and
    counts wherever the newer device said nothing. What the older device had not yet sent was never acknowledged; its
    page names those items so that they can be answered again.
    """

    __tablename__ = "answer_entry"
    __table_args__ = (APPEND_ONLY,)

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    device: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    choice: Mapped[int] = mapped_column(SmallInteger)
    marked: Mapped[bool]
    saved_at: Mapped[dt.datetime]


class Outcome(enum.StrEnum):
    """Absence and violations are states, never a score of 0."""

    SCORED = "scored"
    ABSENT = "absent"
    VOID = "void"


class Result(Base):
    """A seat's result. Immutable: a correction is a new row with the next number, superseding the one before.

    The marks item by item are read on demand: lists of thousands show the sum only.
    """

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("seat_id", "number"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    seat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat.id"))
    number: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    half_points: Mapped[int | None]
    total_half_points: Mapped[int]
    passed: Mapped[bool]
    by_point: Mapped[list[dict[str, Any]]] = mapped_column(deferred=True, deferred_group="marks")
    items: Mapped[list[dict[str, Any]]] = mapped_column(deferred=True, deferred_group="marks")
    reason: Mapped[str] = mapped_column(default="")
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
