"""Tables of rotation training: waves, whom they invite, and the classes that serve them."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, choice
from lms.kernel.ids import new_id


class WaveState(enum.StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class RotationWave(Base):
    """Who of a unit's people should attend a class of a category until a day: those last trained before another day.

    No `posts` means every post. A make-up wave has the wave it follows as its `source_id` and takes its people from it.
    """

    __tablename__ = "rotation_wave"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    category: Mapped[str] = mapped_column(ForeignKey("class_category.code"))
    title: Mapped[str] = mapped_column(String(80))
    posts: Mapped[list[str]]
    trained_before: Mapped[dt.date]
    due_on: Mapped[dt.date]
    source_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rotation_wave.id"), unique=True)
    state: Mapped[WaveState] = mapped_column(choice(WaveState))
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("job.id"))
    rounds: Mapped[int]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]


class RotationPerson(Base):
    """Somebody a wave invited."""

    __tablename__ = "rotation_person"

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rotation_wave.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    invited_at: Mapped[dt.datetime]


class RotationGroup(Base):
    """A class in which a wave's people have their seats."""

    __tablename__ = "rotation_group"

    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"), primary_key=True)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rotation_wave.id"), index=True)
