"""Who is in a group, who waits, and for whom a group is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from lms.classes.models import Audience, ClassGroup, ClassMember, ClassQuota, MemberState
from lms.classes.rotation_models import RotationGroup, RotationPerson
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES, OrgClosure, OrgUnit
from lms.people.models import Employment, Person


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member as lists show them. `position` is the place in the queue, 0 with a seat."""

    member: ClassMember
    name: str
    unit: str
    position: int


def county_of(person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, uuid.UUID]:
    """The district each person works in now, by their latest employment. One SELECT."""
    query = (
        select(Employment.person_id, OrgUnit.id)
        .join(OrgClosure, OrgClosure.descendant_id == Employment.org_id)
        .join(OrgUnit, OrgUnit.id == OrgClosure.ancestor_id)
        .where(Employment.person_id.in_(person_ids), Employment.ended_on.is_(None), OrgUnit.kind.in_(COUNTIES))
        .order_by(Employment.started_on, Employment.id)
    )
    return dict(db.session.execute(query).all())


def is_for(group: ClassGroup, person_id: uuid.UUID) -> bool:
    """Whether a person may sign up for a group by themselves: by its audience, or invited by a wave it serves."""
    invited = (
        select(RotationPerson.wave_id)
        .join(RotationGroup, RotationGroup.wave_id == RotationPerson.wave_id)
        .where(RotationGroup.group_id == group.id, RotationPerson.person_id == person_id)
    )
    if db.session.scalar(invited.limit(1)) is not None:
        return True
    if group.audience is not Audience.UNIT:
        return group.audience is Audience.ALL
    here = select(Employment.id).where(
        Employment.person_id == person_id,
        Employment.ended_on.is_(None),
        Employment.org_id.in_(orgs.within(group.org_id)),
    )
    return db.session.scalar(here.limit(1)) is not None


def own(group_id: uuid.UUID, person_id: uuid.UUID) -> ClassMember | None:
    """A person's membership."""
    query = select(ClassMember).where(ClassMember.group_id == group_id, ClassMember.person_id == person_id)
    return db.session.scalars(query).first()


def position(member: ClassMember) -> int:
    """The place in the queue of the group, from 1."""
    ahead = select(func.count()).where(
        ClassMember.group_id == member.group_id,
        ClassMember.state == MemberState.WAITING,
        ClassMember.ticket < member.ticket,
    )
    return (db.session.scalar(ahead) or 0) + 1


def quotas(group_id: uuid.UUID) -> Mapping[uuid.UUID, int]:
    """Places by district."""
    rows = db.session.execute(select(ClassQuota.org_id, ClassQuota.places).where(ClassQuota.group_id == group_id))
    return {row.org_id: row.places for row in rows}


def taken_by_pool(group_id: uuid.UUID) -> Mapping[str, int]:
    """How many seats of each pool are taken."""
    query = select(ClassMember.pool, func.count()).where(
        ClassMember.group_id == group_id, ClassMember.state == MemberState.ENROLLED
    )
    return dict(db.session.execute(query.group_by(ClassMember.pool)).all())


def lines(group_id: uuid.UUID, text: str = "", state: MemberState | None = None) -> list[MemberLine]:
    """Members with name and unit: those with a seat by name, then the queue in its order. Three SELECTs."""
    order = case((ClassMember.state == MemberState.ENROLLED, 0), (ClassMember.state == MemberState.WAITING, 1), else_=2)
    query = select(ClassMember, Person.name).join(Person, Person.id == ClassMember.person_id)
    rows = db.session.execute(query.where(ClassMember.group_id == group_id).order_by(order, ClassMember.ticket)).all()
    found = units_of([member.person_id for member, _name in rows])
    queue = [member.id for member, _name in rows if member.state is MemberState.WAITING]
    return [
        MemberLine(
            member, name, found.get(member.person_id, ""), queue.index(member.id) + 1 if member.id in queue else 0
        )
        for member, name in rows
        if (not text or text in name) and (state is None or member.state is state)
    ]


def units_of(person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """The unit of each person in words, by their latest employment. Two SELECTs."""
    query = select(Employment.person_id, Employment.org_id).where(
        Employment.person_id.in_(person_ids), Employment.ended_on.is_(None)
    )
    jobs = dict(db.session.execute(query.order_by(Employment.started_on, Employment.id)).all())
    names = orgs.paths(set(jobs.values()))
    return {person_id: names[org_id] for person_id, org_id in jobs.items()}
