"""Where each member of a class stands: attendance, work, warnings, graduation; and who graduated."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, extract, select

from lms.classes import policy
from lms.classes.attendance_models import AttendanceResult
from lms.classes.course_models import Assignment, ClassWarning, Graduation, Outcome
from lms.classes.models import ClassGroup, ClassMeeting, ClassRule, GroupState, MeetingState, MemberState
from lms.classes.queries import attendance, members, timetable, work
from lms.classes.queries.members import MemberLine
from lms.classes.queries.work import Work
from lms.classes.rules.grading import Cause, Facts, GradeState, Limits, Verdict, verdict
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.people.models import Employment, Person, PersonState


@dataclass(frozen=True, slots=True)
class Standing:
    """A member with the facts, what follows from them, and how it ended where that is decided."""

    line: MemberLine
    facts: Facts
    verdict: Verdict
    graduation: Graduation | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for all members of a group."""

    meetings: Sequence[ClassMeeting]
    results: Mapping[tuple[uuid.UUID, uuid.UUID], AttendanceResult]
    assignments: Sequence[Assignment]
    works: Mapping[tuple[uuid.UUID, uuid.UUID], Work]
    warned: Mapping[tuple[uuid.UUID, Cause], int]
    pass_points: int
    over: bool

    def facts(self, person_id: uuid.UUID) -> Facts:
        """The facts of one member. A meeting that was held before they joined has no result of theirs."""
        mine = [(one, self.results.get((one.id, person_id))) for one in self.meetings]
        found = [(one, result) for one, result in mine if result]
        still_open = [one for one in self.meetings if one.state is not MeetingState.HELD]
        now = clock.now()
        own = {one.id: self.works.get((one.id, person_id)) for one in self.assignments}
        grades = [one.grade for one in own.values() if one is not None]
        return Facts(
            planned=sum(one.minutes for one in (*still_open, *(one for one, _result in found))),
            held=sum(one.minutes for one, _result in found),
            attended=sum(result.minutes for _one, result in found),
            excused=sum(one.minutes for one, result in found if result.excused),
            missing=sum(1 for one in self.assignments if own[one.id] is None and (self.over or one.due_at <= now)),
            unmarked=sum(1 for grade in grades if grade.state is not GradeState.FINAL),
            failed=sum(1 for grade in grades if grade.state is GradeState.FINAL and not grade.passes(self.pass_points)),
            open_meetings=len(still_open),
            warned={cause: days for (person, cause), days in self.warned.items() if person == person_id},
        )


def standings(group: ClassGroup, rule: ClassRule) -> list[Standing]:
    """Everybody with a seat, and who was eliminated, by name. Eleven SELECTs, whatever their number."""
    known, limits = _known(group, rule), limits_of(rule)
    ended = graduations(group.id)
    found = []
    for line in members.lines(group.id):
        person_id = line.member.person_id
        if line.member.state is not MemberState.ENROLLED and person_id not in ended:
            continue
        facts = known.facts(person_id)
        found.append(Standing(line, facts, verdict(facts, limits), ended.get(person_id)))
    return sorted(found, key=lambda one: (one.line.name, one.line.member.id))


def standing(group: ClassGroup, rule: ClassRule, person_id: uuid.UUID) -> tuple[Facts, Verdict]:
    """One member's facts and what follows."""
    facts = _known(group, rule).facts(person_id)
    return facts, verdict(facts, limits_of(rule))


def limits_of(rule: ClassRule) -> Limits:
    """A rule as the pure functions read it."""
    return Limits(rule.warn_percent, rule.absent_percent, rule.missing_assignments, rule.warn_days, rule.pass_points)


def graduations(group_id: uuid.UUID) -> Mapping[uuid.UUID, Graduation]:
    """How a class ended, by person. One SELECT."""
    query = select(Graduation).where(Graduation.group_id == group_id)
    return {row.person_id: row for row in db.session.scalars(query)}


def alumni(
    actor: Actor, *, text: str = "", category: str = "", year: int | None = None, org_id: uuid.UUID | None = None
) -> Select[Graduation, ClassGroup, str]:
    """Who graduated from the groups an officer sees, the latest first: (graduation, group, name)."""
    query = (
        select(Graduation, ClassGroup, Person.name)
        .join(ClassGroup, ClassGroup.id == Graduation.group_id)
        .join(Person, Person.id == Graduation.person_id)
        .where(Graduation.outcome == Outcome.GRADUATED, Person.state == PersonState.ACTIVE, policy.visible(actor))
    )
    wanted: list[ColumnElement[bool]] = []
    if text:
        wanted.append(Person.name.contains(text, autoescape=True))
    if category:
        wanted.append(ClassGroup.category == category)
    if year is not None:
        wanted.append(extract("year", Graduation.decided_on) == year)
    if org_id is not None:
        here = select(Employment.person_id).where(
            Employment.ended_on.is_(None), Employment.org_id.in_(orgs.within(org_id))
        )
        wanted.append(Graduation.person_id.in_(here))
    return query.where(*wanted).order_by(Graduation.decided_on.desc(), Graduation.id.desc())


def _known(group: ClassGroup, rule: ClassRule) -> _Known:
    meetings = [one for one in timetable.of_group(group.id) if one.state is not MeetingState.CANCELLED]
    assignments = work.of_group(group.id)
    today = clock.today()
    warnings = db.session.scalars(select(ClassWarning).where(ClassWarning.group_id == group.id))
    return _Known(
        meetings=meetings,
        results=attendance.results([one.id for one in meetings]),
        assignments=assignments,
        works=work.works(assignments, rule.capstone_gap),
        warned={(one.person_id, one.cause): (today - clock.local_date(one.sent_at)).days for one in warnings},
        pass_points=rule.pass_points,
        over=group.state is GroupState.CLOSED,
    )
