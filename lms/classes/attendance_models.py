"""Tables of attendance. Evidence is only added to: what is wrong is put right by a later record."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.classes.rules.attendance import Means, Says
from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class AttendanceRecord(Base):
    """One statement on a person's presence at a meeting. `at` is the moment it speaks of.

    `device` is the fingerprint of the browser that checked in; `key` makes a check-in one, however often it is sent.
    """

    __tablename__ = "attendance_record"
    __table_args__ = (Index("ix_attendance_record_meeting", "meeting_id", "recorded_at"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_meeting.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    says: Mapped[Says] = mapped_column(choice(Says))
    means: Mapped[Means] = mapped_column(choice(Means))
    at: Mapped[dt.datetime]
    reason: Mapped[str]
    device: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(140), unique=True)
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[dt.datetime]


class CodeTry(Base):
    """A wrong or outdated code that somebody sent."""

    __tablename__ = "attendance_try"
    __table_args__ = (Index("ix_attendance_try_person", "person_id", "at"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_meeting.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    device: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime]


class AttendanceResult(Base):
    """Minutes that count for a person once a meeting is closed; the highest revision is what holds."""

    __tablename__ = "attendance_result"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id", "revision"),
        CheckConstraint("minutes >= 0", name="no_debt"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_meeting.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    revision: Mapped[int]
    minutes: Mapped[int]
    excused: Mapped[bool]
    recorded_at: Mapped[dt.datetime]
