"""Tables of appointments: immutable facts with a term, how they ended, and yearly assessments."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Basis(enum.StrEnum):
    """What an appointment rests on: a selection, a term before it, or an older document that was recorded."""

    SELECTION = "selection"
    RENEWAL = "renewal"
    RECORD = "record"


class Appointment(Base):
    """A person holds what a programme gives, from a day to a last day (None: no end). `org_id` is the unit of then."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        Index("ix_appointment_person", "person_id", "programme"),
        Index("ix_appointment_programme", "programme", "ends_on"),
        Index("ix_appointment_org", "org_id"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    programme: Mapped[str] = mapped_column(ForeignKey("programme.code"))
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_version.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date | None]
    basis: Mapped[Basis] = mapped_column(choice(Basis))
    application_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("programme_application.id"), unique=True)
    renews_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("appointment.id"), unique=True)
    note: Mapped[str]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[dt.datetime]


class EndKind(enum.StrEnum):
    EXPIRED = "expired"
    STEPPED_DOWN = "stepped_down"
    REMOVED = "removed"
    PROMOTED = "promoted"
    CORRECTED = "corrected"


class AppointmentEnd(Base):
    """How an appointment ended, which it can only once; `last_day` is the last day it was held."""

    __tablename__ = "appointment_end"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    appointment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)
    last_day: Mapped[dt.date]
    kind: Mapped[EndKind] = mapped_column(choice(EndKind))
    reason: Mapped[str]
    ended_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[dt.datetime]


class AppointmentAssessment(Base):
    """The assessment of a year, in points of 100. A correction is a further row; the last one counts."""

    __tablename__ = "appointment_assessment"
    __table_args__ = (
        UniqueConstraint("appointment_id", "year", "revision"),
        CheckConstraint("score BETWEEN 0 AND 100", name="of_a_hundred"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    appointment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appointment.id"))
    year: Mapped[int]
    revision: Mapped[int]
    score: Mapped[int]
    note: Mapped[str]
    assessed_by: Mapped[uuid.UUID | None]
    assessed_at: Mapped[dt.datetime]
