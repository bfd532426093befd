"""Who is there: everybody with a seat, what is known of them, and what looks odd."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from lms.classes.attendance_models import AttendanceRecord, AttendanceResult, CodeTry
from lms.classes.models import ClassMeeting, ClassMember, ClassRule, MemberState
from lms.classes.queries import members
from lms.classes.rules import attendance as rules
from lms.classes.rules.attendance import Flag, Means, Presence, Statement
from lms.kernel.db import db
from lms.people.models import Person


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """One member of a meeting's list with the records behind what it says."""

    person_id: uuid.UUID
    name: str
    unit: str
    presence: Presence
    flags: Sequence[Flag]
    records: Sequence[AttendanceRecord]


def records(meeting_id: uuid.UUID) -> Sequence[AttendanceRecord]:
    """Every record of a meeting in the order they were written."""
    query = select(AttendanceRecord).where(AttendanceRecord.meeting_id == meeting_id)
    return db.session.scalars(query.order_by(AttendanceRecord.recorded_at, AttendanceRecord.id)).all()


def statements(rows: Sequence[AttendanceRecord]) -> list[Statement]:
    """Records as the rules read them."""
    return [Statement(row.person_id, row.says, row.at, row.means, row.device) for row in rows]


def presences(meeting: ClassMeeting, rule: ClassRule) -> Mapping[uuid.UUID, Presence]:
    """What is known of everybody who has a record at a meeting. One SELECT."""
    by_person: dict[uuid.UUID, list[Statement]] = defaultdict(list)
    for one in statements(records(meeting.id)):
        by_person[one.person_id].append(one)
    times = meeting.starts_at, meeting.ends_at, rule.late_minutes
    return {person: rules.presence(own, *times) for person, own in by_person.items()}


def lines(meeting: ClassMeeting, rule: ClassRule, most_tries: int) -> list[AttendanceLine]:
    """The members of a meeting by name. Six SELECTs, whatever their number."""
    query = select(Person.id, Person.name).join(ClassMember, ClassMember.person_id == Person.id)
    seated = (ClassMember.group_id == meeting.group_id) & (ClassMember.state == MemberState.ENROLLED)
    people = db.session.execute(query.where(seated).order_by(Person.name, Person.id)).all()
    found = records(meeting.id)
    by_person: dict[uuid.UUID, list[AttendanceRecord]] = defaultdict(list)
    for row in found:
        by_person[row.person_id].append(row)
    odd = rules.flags(
        statements(found), _tries(meeting.id), meeting.ends_at, most_tries=most_tries, elsewhere=_elsewhere(meeting)
    )
    units = members.units_of([row.id for row in people])
    times = meeting.starts_at, meeting.ends_at, rule.late_minutes
    return [
        AttendanceLine(
            person_id=row.id,
            name=row.name,
            unit=units.get(row.id, ""),
            presence=rules.presence(statements(by_person[row.id]), *times),
            flags=odd.get(row.id, ()),
            records=by_person[row.id],
        )
        for row in people
    ]


def own(meeting_id: uuid.UUID, person_id: uuid.UUID) -> AttendanceRecord | None:
    """A person's own check-in to a meeting."""
    query = select(AttendanceRecord).where(
        AttendanceRecord.meeting_id == meeting_id,
        AttendanceRecord.person_id == person_id,
        AttendanceRecord.means != Means.TRAINER,
    )
    return db.session.scalars(query).first()


def results(meeting_ids: Sequence[uuid.UUID]) -> Mapping[tuple[uuid.UUID, uuid.UUID], AttendanceResult]:
    """What holds for each meeting and person. One SELECT."""
    query = select(AttendanceResult).where(AttendanceResult.meeting_id.in_(meeting_ids))
    rows = db.session.scalars(query.order_by(AttendanceResult.revision))
    return {(row.meeting_id, row.person_id): row for row in rows}


def tries_since(person_id: uuid.UUID, since: dt.datetime) -> int:
    """How many wrong codes a person sent lately, whatever the meeting."""
    query = select(func.count()).select_from(CodeTry).where(CodeTry.person_id == person_id, CodeTry.at > since)
    return db.session.scalar(query) or 0


def _tries(meeting_id: uuid.UUID) -> Mapping[uuid.UUID, int]:
    query = select(CodeTry.person_id, func.count()).where(CodeTry.meeting_id == meeting_id)
    return dict(db.session.execute(query.group_by(CodeTry.person_id)).all())


def _elsewhere(meeting: ClassMeeting) -> set[uuid.UUID]:
    """Who checked in by themselves to another meeting that overlaps this one."""
    here = aliased(AttendanceRecord)
    query = (
        select(AttendanceRecord.person_id)
        .join(ClassMeeting, ClassMeeting.id == AttendanceRecord.meeting_id)
        .join(here, (here.person_id == AttendanceRecord.person_id) & (here.meeting_id == meeting.id))
        .where(
            AttendanceRecord.means != Means.TRAINER,
            ClassMeeting.id != meeting.id,
            ClassMeeting.starts_at < meeting.ends_at,
            ClassMeeting.ends_at > meeting.starts_at,
        )
    )
    return set(db.session.scalars(query))
