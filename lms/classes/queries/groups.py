"""Class groups: the officers' list, and what a learner may join or is in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, or_, select

from lms.classes import policy
from lms.classes.dto import Counts, GroupFilter
from lms.classes.models import (
    Audience,
    ClassGroup,
    ClassMeeting,
    ClassMember,
    GroupState,
    MeetingState,
    MemberState,
)
from lms.classes.rotation_models import RotationGroup, RotationPerson
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.orgs.models import OrgClosure
from lms.people.models import Employment

STANDING = (MemberState.ENROLLED, MemberState.WAITING)


def seen(actor: Actor, wanted: GroupFilter) -> Select[ClassGroup]:
    """The groups an officer or trainer sees, the latest first."""
    query = select(ClassGroup).where(policy.visible(actor))
    if wanted.text:
        query = query.where(ClassGroup.title["zh_CN"].as_string().contains(wanted.text, autoescape=True))
    if wanted.category:
        query = query.where(ClassGroup.category == wanted.category)
    if wanted.state is not None:
        query = query.where(ClassGroup.state == wanted.state)
    if wanted.org_id is not None:
        query = query.where(ClassGroup.org_id.in_(orgs.within(wanted.org_id)))
    return query.order_by(ClassGroup.starts_on.desc(), ClassGroup.id.desc())


def counts(group_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Counts]:
    """How full groups are. One SELECT."""
    query = (
        select(ClassMember.group_id, ClassMember.state, func.count())
        .where(ClassMember.group_id.in_(group_ids), ClassMember.state.in_(STANDING))
        .group_by(ClassMember.group_id, ClassMember.state)
    )
    found: dict[uuid.UUID, dict[MemberState, int]] = {}
    for group_id, state, number in db.session.execute(query):
        found.setdefault(group_id, {})[state] = number
    return {
        group_id: Counts(
            found.get(group_id, {}).get(MemberState.ENROLLED, 0), found.get(group_id, {}).get(MemberState.WAITING, 0)
        )
        for group_id in group_ids
    }


def offered(person_id: uuid.UUID) -> Sequence[ClassGroup]:
    """Groups a person may sign up for, now or soon, the one that closes first on top."""
    units = select(OrgClosure.ancestor_id).join(Employment, Employment.org_id == OrgClosure.descendant_id)
    mine = units.where(Employment.person_id == person_id, Employment.ended_on.is_(None))
    waves = select(RotationPerson.wave_id).where(RotationPerson.person_id == person_id)
    invited = select(RotationGroup.group_id).where(RotationGroup.wave_id.in_(waves))
    joined = select(ClassMember.group_id).where(ClassMember.person_id == person_id, ClassMember.state.in_(STANDING))
    query = select(ClassGroup).where(
        ClassGroup.state.in_([GroupState.OPEN, GroupState.RUNNING]),
        ClassGroup.enrol_until > clock.now(),
        or_(
            ClassGroup.audience == Audience.ALL,
            (ClassGroup.audience == Audience.UNIT) & ClassGroup.org_id.in_(mine),
            ClassGroup.id.in_(invited),
        ),
        ClassGroup.id.not_in(joined),
    )
    return db.session.scalars(query.order_by(ClassGroup.enrol_until, ClassGroup.id).limit(100)).all()


def own(person_id: uuid.UUID) -> Sequence[tuple[ClassGroup, ClassMember]]:
    """The groups a person is or was in, the latest first."""
    query = select(ClassGroup, ClassMember).join(ClassMember, ClassMember.group_id == ClassGroup.id)
    query = query.where(ClassMember.person_id == person_id, ClassMember.state != MemberState.LEFT)
    return [(group, member) for group, member in db.session.execute(query.order_by(ClassGroup.starts_on.desc()))]


def next_meetings(group_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, ClassMeeting]:
    """The meeting under way or ahead of each group. One SELECT."""
    query = select(ClassMeeting).where(
        ClassMeeting.group_id.in_(group_ids),
        ClassMeeting.state == MeetingState.PLANNED,
        ClassMeeting.ends_at > clock.now(),
    )
    rows = db.session.scalars(query.order_by(ClassMeeting.starts_at.desc(), ClassMeeting.id))
    return {row.group_id: row for row in rows}


def titles(group_ids: set[uuid.UUID]) -> Mapping[uuid.UUID, dict[str, str]]:
    """Titles of groups by id. One SELECT."""
    rows = db.session.execute(select(ClassGroup.id, ClassGroup.title).where(ClassGroup.id.in_(group_ids)))
    return {row.id: row.title for row in rows}


def running() -> Sequence[uuid.UUID]:
    """Ids of the classes under way."""
    query = select(ClassGroup.id).where(ClassGroup.state == GroupState.RUNNING)
    return db.session.scalars(query.order_by(ClassGroup.id)).all()
