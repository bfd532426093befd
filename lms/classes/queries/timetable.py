"""Meetings: a group's timetable, and what stands in the way of one more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from lms.classes.dto import NewMeeting
from lms.classes.models import (
    ClassGroup,
    ClassMeeting,
    ClassMember,
    MeetingState,
    MeetingTrainer,
    MemberState,
    TrainingRoom,
)
from lms.kernel import clock, workdays
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import WorkingDay
from lms.people.models import Person

NAMED = 10
"""How many members are named that are elsewhere; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Something that stands in the way. `hard` ones cannot be overridden: a room and a person are in one place."""

    kind: str
    hard: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


def meeting(meeting_id: uuid.UUID) -> ClassMeeting:
    """A meeting as it is now. Raises `NotFound`."""
    found = db.session.get(ClassMeeting, meeting_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这次课。"))
    return found


def of_group(group_id: uuid.UUID) -> Sequence[ClassMeeting]:
    """The meetings of a group in the order of time, cancelled ones too."""
    query = select(ClassMeeting).where(ClassMeeting.group_id == group_id)
    return db.session.scalars(query.order_by(ClassMeeting.starts_at, ClassMeeting.id)).all()


def trainers(meeting_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[str]]:
    """Names of who teaches each meeting. One SELECT."""
    query = (
        select(MeetingTrainer.meeting_id, Person.name)
        .join(Person, Person.id == MeetingTrainer.person_id)
        .where(MeetingTrainer.meeting_id.in_(meeting_ids))
        .order_by(Person.name, Person.id)
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for meeting_id, name in db.session.execute(query):
        found[meeting_id].append(name)
    return found


def _at_that_time(new: NewMeeting, but: uuid.UUID | None) -> list[ColumnElement[bool]]:
    conditions = [
        ClassMeeting.state != MeetingState.CANCELLED,
        ClassMeeting.starts_at < new.ends_at,
        ClassMeeting.ends_at > new.starts_at,
    ]
    return conditions if but is None else [*conditions, ClassMeeting.id != but]


def clashes(group: ClassGroup, new: NewMeeting, but: uuid.UUID | None = None) -> list[Clash]:
    """What a planned meeting clashes with; `but` is the meeting that is being moved. Six SELECTs at most."""
    busy = _at_that_time(new, but)
    found = [*_room_clashes(group, new, busy), *_trainer_clashes(new, busy), *_member_clashes(group, busy)]
    return [*found, *_day_clashes(group, new)]


def _room_clashes(group: ClassGroup, new: NewMeeting, busy: list[ColumnElement[bool]]) -> list[Clash]:
    if new.room_id is None:
        return []
    room = db.session.get_one(TrainingRoom, new.room_id)
    query = select(ClassMeeting, ClassGroup.title).join(ClassGroup, ClassGroup.id == ClassMeeting.group_id)
    taken = db.session.execute(query.where(ClassMeeting.room_id == new.room_id, *busy)).all()
    found = [Clash("room", hard=True, facts=_facts(other, title) | {"room": room.name}) for other, title in taken]
    seats = db.session.scalar(
        select(func.count()).where(ClassMember.group_id == group.id, ClassMember.state == MemberState.ENROLLED)
    )
    if room.places < max(seats or 0, group.places):
        wanted = max(seats or 0, group.places)
        found.append(Clash("small", hard=False, facts={"room": room.name, "places": room.places, "wanted": wanted}))
    return found


def _trainer_clashes(new: NewMeeting, busy: list[ColumnElement[bool]]) -> list[Clash]:
    if not new.trainers:
        return []
    query = (
        select(ClassMeeting, ClassGroup.title, Person.name)
        .join(MeetingTrainer, MeetingTrainer.meeting_id == ClassMeeting.id)
        .join(Person, Person.id == MeetingTrainer.person_id)
        .join(ClassGroup, ClassGroup.id == ClassMeeting.group_id)
        .where(MeetingTrainer.person_id.in_(new.trainers), *busy)
    )
    rows = db.session.execute(query).all()
    return [Clash("trainer", hard=True, facts=_facts(other, title) | {"name": name}) for other, title, name in rows]


def _member_clashes(group: ClassGroup, busy: list[ColumnElement[bool]]) -> list[Clash]:
    """Members who at that time sit in another class, or teach one."""
    there = aliased(ClassMember)
    query = (
        select(ClassMeeting, ClassGroup.title, Person.name)
        .join(ClassGroup, ClassGroup.id == ClassMeeting.group_id)
        .join(there, (there.group_id == ClassMeeting.group_id) & (there.state == MemberState.ENROLLED))
        .join(ClassMember, (ClassMember.person_id == there.person_id) & (ClassMember.state == MemberState.ENROLLED))
        .join(Person, Person.id == there.person_id)
        .where(ClassMember.group_id == group.id, ClassMeeting.group_id != group.id, *busy)
        .order_by(Person.name, Person.id)
    )
    by_meeting: dict[uuid.UUID, tuple[ClassMeeting, dict[str, str], list[str]]] = {}
    for other, title, name in db.session.execute(query):
        by_meeting.setdefault(other.id, (other, title, []))[2].append(name)
    own = select(ClassMeeting).where(ClassMeeting.group_id == group.id, *busy)
    same = [Clash("own", hard=True, facts=_facts(other, group.title)) for other in db.session.scalars(own)]
    return same + [
        Clash("members", hard=False, facts=_facts(other, title) | {"names": names[:NAMED], "count": len(names)})
        for other, title, names in by_meeting.values()
    ]


def _day_clashes(group: ClassGroup, new: NewMeeting) -> list[Clash]:
    day = clock.local_date(new.starts_at)
    found = []
    if not group.starts_on <= day <= group.ends_on:
        found.append(Clash("outside", hard=False, facts={"first": group.starts_on, "last": group.ends_on, "day": day}))
    if not workdays.is_working(day):
        note = db.session.scalar(select(WorkingDay.note).where(WorkingDay.day == day))
        found.append(Clash("holiday", hard=False, facts={"day": day, "note": note or workdays.festival(day)}))
    if new.starts_at < clock.now():
        found.append(Clash("past", hard=False, facts={"day": day}))
    return found


def _facts(other: ClassMeeting, title: dict[str, str]) -> dict[str, Any]:
    return {"title": title, "topic": other.title, "starts": other.starts_at, "ends": other.ends_at}


def spans_of(person_id: uuid.UUID, first: dt.datetime, last: dt.datetime) -> Sequence[Any]:
    """Meetings a person attends or teaches in a span, with the group's title: (meeting, title, teaches)."""
    sits = select(ClassMember.group_id).where(
        ClassMember.person_id == person_id, ClassMember.state == MemberState.ENROLLED
    )
    teaches = select(MeetingTrainer.meeting_id).where(MeetingTrainer.person_id == person_id)
    taught = ClassMeeting.id.in_(teaches)
    query = select(ClassMeeting, ClassGroup.title, taught.label("teaches"))
    query = query.join(ClassGroup, ClassGroup.id == ClassMeeting.group_id)
    query = query.where(
        ClassMeeting.group_id.in_(sits) | taught, ClassMeeting.starts_at < last, ClassMeeting.ends_at > first
    )
    return db.session.execute(query.order_by(ClassMeeting.starts_at, ClassMeeting.id)).all()


def in_the_way(group_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Any]:
    """Meetings of a group that overlap others a person attends or teaches, with the other group's title."""
    other = aliased(ClassMeeting)
    sits = select(ClassMember.group_id).where(
        ClassMember.person_id == person_id, ClassMember.state == MemberState.ENROLLED
    )
    teaches = select(MeetingTrainer.meeting_id).where(MeetingTrainer.person_id == person_id)
    query = (
        select(ClassMeeting, ClassGroup.title)
        .join(other, (other.starts_at < ClassMeeting.ends_at) & (other.ends_at > ClassMeeting.starts_at))
        .join(ClassGroup, ClassGroup.id == other.group_id)
        .where(
            ClassMeeting.group_id == group_id,
            ClassMeeting.state == MeetingState.PLANNED,
            other.group_id != group_id,
            other.state == MeetingState.PLANNED,
            other.group_id.in_(sits) | other.id.in_(teaches),
        )
    )
    return db.session.execute(query.order_by(ClassMeeting.starts_at, ClassMeeting.id)).all()
