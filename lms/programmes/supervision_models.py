"""Tables of supervision: who is supervised by whom, and the log of their sessions."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id

_GOING_ON = text("ended_on IS NULL")


class SupervisionPair(Base):
    """An officer has put a person under somebody's supervision, from a day on."""

    __tablename__ = "supervision_pair"
    __table_args__ = (
        Index(
            "uq_supervision_pair_open", "supervisor_id", "person_id", unique=True,
            sqlite_where=_GOING_ON, postgresql_where=_GOING_ON,
        ),
        CheckConstraint("supervisor_id <> person_id", name="two_people"),
        Index("ix_supervision_pair_person", "person_id"),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    supervisor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[dt.datetime]


class LogState(enum.StrEnum):
    """`draft` is the supervisor's to write; `signed` by the supervisor it waits for the other; `complete` by both."""

    DRAFT = "draft"
    SIGNED = "signed"
    COMPLETE = "complete"
    DROPPED = "dropped"


class SupervisionLog(Base):
    """A session of supervision as it is being written. What both have signed stands in `supervision_entry`."""

    __tablename__ = "supervision_log"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="some_time"),
        Index("ix_supervision_log_pair", "pair_id", "held_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    pair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("supervision_pair.id"))
    held_on: Mapped[dt.date]
    minutes: Mapped[int]
    plan: Mapped[str]
    content: Mapped[str]
    reflection: Mapped[str]
    edit: Mapped[int]
    state: Mapped[LogState] = mapped_column(choice(LogState))
    returned: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[dt.datetime]


class SupervisionEntry(Base):
    """A session both have signed: never changed, what hours are counted from. `digest` covers its texts."""

    __tablename__ = "supervision_entry"
    __table_args__ = (
        UniqueConstraint("log_id"),
        Index("ix_supervision_entry_supervisor", "supervisor_id", "held_on"),
        Index("ix_supervision_entry_person", "person_id", "held_on"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    log_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("supervision_log.id"))
    supervisor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    held_on: Mapped[dt.date]
    minutes: Mapped[int]
    plan: Mapped[str]
    content: Mapped[str]
    reflection: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[dt.datetime]
    agreed_at: Mapped[dt.datetime]
