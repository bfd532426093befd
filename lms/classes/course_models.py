"""Tables of work handed in, marks, warnings and graduation. What was handed in, marked or decided never changes."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.classes.rules.grading import Cause
from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class Assignment(Base):
    """A piece of work for the members of a group. Two people mark a `capstone`; a withdrawn one asks nothing."""

    __tablename__ = "class_assignment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    brief: Mapped[str]
    due_at: Mapped[dt.datetime]
    capstone: Mapped[bool]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]


class Submission(Base):
    """What a member handed in; the highest round counts. `late` as the server's clock saw it."""

    __tablename__ = "class_submission"
    __table_args__ = (UniqueConstraint("assignment_id", "person_id", "round"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_assignment.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    round: Mapped[int]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str]
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    late: Mapped[bool]
    sent_at: Mapped[dt.datetime]


class Mark(Base):
    """Points of one marker for one submission. `slot` is 1, 2 or 3, one of each marker; a later revision corrects."""

    __tablename__ = "class_mark"
    __table_args__ = (
        UniqueConstraint("submission_id", "slot", "revision"),
        CheckConstraint("points >= 0 AND points <= 100", name="of_a_hundred"),
        CheckConstraint("slot >= 1 AND slot <= 3", name="three_at_most"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_submission.id"))
    slot: Mapped[int]
    revision: Mapped[int]
    marker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    points: Mapped[int]
    comment: Mapped[str]
    marked_at: Mapped[dt.datetime]


class ClassWarning(Base):
    """A member was warned of a cause, once in a class."""

    __tablename__ = "class_warning"
    __table_args__ = (UniqueConstraint("group_id", "person_id", "cause"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    cause: Mapped[Cause] = mapped_column(choice(Cause))
    sent_at: Mapped[dt.datetime]


class Outcome(enum.StrEnum):
    GRADUATED = "graduated"
    NOT_GRADUATED = "not_graduated"
    ELIMINATED = "eliminated"


class Graduation(Base):
    """How a class ended for a person, as it was computed and confirmed."""

    __tablename__ = "class_graduation"
    __table_args__ = (UniqueConstraint("group_id", "person_id"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    minutes: Mapped[int]
    planned: Mapped[int]
    facts: Mapped[dict[str, Any]]
    decided_on: Mapped[dt.date]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime]
