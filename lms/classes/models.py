"""Tables of class groups: categories with their dated rules, rooms, groups, seats, meetings."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.kernel.rulings import Ruling


class ClassCategory(Base):
    """A kind of class: rotation training, the senior class, a practice seminar, free prep. Data, not code."""

    __tablename__ = "class_category"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[dict[str, str]]
    position: Mapped[int]
    is_open: Mapped[bool]


class CreditMode(enum.StrEnum):
    """When attendance counts as continuing education: with each meeting, with graduation, or never."""

    MEETING = "meeting"
    GRADUATION = "graduation"
    NONE = "none"


class ClassRule(Ruling, Base):
    """How classes of a category that begin from a day on are run; only added to, a class keeps the one it began under.

    Percentages are of the planned minutes of a class; points of 100. `repeat_months`: how often everybody should
    attend such a class, 0 for no such rule. `illustrative`: the city has not decided it (示例).
    """

    __tablename__ = "class_rule"
    __table_args__ = (
        UniqueConstraint("category", "valid_from", "revision"),
        CheckConstraint("warn_percent <= absent_percent", name="warned_first"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    category: Mapped[str] = mapped_column(ForeignKey("class_category.code"))
    credit_mode: Mapped[CreditMode] = mapped_column(choice(CreditMode))
    credit_category: Mapped[str] = mapped_column(String(24))
    late_minutes: Mapped[int]
    warn_percent: Mapped[int]
    absent_percent: Mapped[int]
    missing_assignments: Mapped[int]
    warn_days: Mapped[int]
    pass_points: Mapped[int]
    capstone_gap: Mapped[int]
    repeat_months: Mapped[int]


class TrainingRoom(Base):
    """A room that meetings are held in, and how many people it takes."""

    __tablename__ = "training_room"
    __table_args__ = (UniqueConstraint("org_id", "name"), CheckConstraint("places > 0", name="some_places"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(120), default="")
    places: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)


class GroupState(enum.StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    RUNNING = "running"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Audience(enum.StrEnum):
    """Who may sign up by themselves: nobody, the people of the organiser's units, everybody."""

    LISTED = "listed"
    UNIT = "unit"
    ALL = "all"


class ClassGroup(Base):
    """A class group (班级). Sign-up is open from `enrol_from` until `enrol_until`, a moment that is itself too late."""

    __tablename__ = "class_group"
    __table_args__ = (
        CheckConstraint("places > 0", name="some_places"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("enrol_until > enrol_from", name="some_window"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    category: Mapped[str] = mapped_column(ForeignKey("class_category.code"), index=True)
    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_rule.id"))
    course_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("course.id"))
    title: Mapped[dict[str, str]]
    about: Mapped[str]
    places: Mapped[int]
    audience: Mapped[Audience] = mapped_column(choice(Audience))
    waitlist: Mapped[bool]
    enrol_from: Mapped[dt.datetime]
    enrol_until: Mapped[dt.datetime]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    state: Mapped[GroupState] = mapped_column(choice(GroupState))
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class ClassQuota(Base):
    """Places of a group kept for the people of one district; what no district has is open to everybody."""

    __tablename__ = "class_quota"
    __table_args__ = (CheckConstraint("places > 0", name="some_places"),)

    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), primary_key=True)
    places: Mapped[int]


class MemberState(enum.StrEnum):
    ENROLLED = "enrolled"
    WAITING = "waiting"
    LEFT = "left"
    REMOVED = "removed"


class MemberSource(enum.StrEnum):
    """How somebody came into a group."""

    SELF = "self"
    LIST = "list"
    PROGRAMME = "programme"


class ClassMember(Base):
    """A person in a group, once. A seat is one number of one pool: two people can never have the same one.

    `pool` is the district whose place it is (hex), or empty; `ticket` is the place in the queue, `home` the district
    the person works in.
    """

    __tablename__ = "class_member"
    __table_args__ = (
        UniqueConstraint("group_id", "person_id"),
        UniqueConstraint("group_id", "pool", "seat"),
        UniqueConstraint("group_id", "ticket"),
        CheckConstraint("(seat IS NOT NULL) = (state = 'enrolled')", name="seated_when_enrolled"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[MemberState] = mapped_column(choice(MemberState))
    source: Mapped[MemberSource] = mapped_column(choice(MemberSource))
    home: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("org_unit.id"))
    pool: Mapped[str] = mapped_column(String(32), default="")
    seat: Mapped[int | None]
    ticket: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    joined_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]


class MeetingState(enum.StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"


class ClassMeeting(Base):
    """One meeting of a group. `revision` counts its changes: who saw an older one does not overwrite it."""

    __tablename__ = "class_meeting"
    __table_args__ = (
        Index("ix_class_meeting_group", "group_id", "starts_at"),
        Index("ix_class_meeting_room", "room_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"))
    title: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    room_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("training_room.id"))
    place: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[MeetingState] = mapped_column(choice(MeetingState))
    revision: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[dt.datetime]

    @property
    def minutes(self) -> int:
        """How long it is planned to last, in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class MeetingTrainer(Base):
    """Who teaches a meeting."""

    __tablename__ = "meeting_trainer"

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_meeting.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """Columns as an audit entry keeps them."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}
