"""Who was last trained when, how far a unit is covered, and how a wave goes. Graduation is what counts as trained."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from lms.access import policy as access
from lms.classes import policy
from lms.classes.course_models import Graduation, Outcome
from lms.classes.models import ClassGroup, ClassMember, MemberState
from lms.classes.queries import data
from lms.classes.rotation_models import RotationGroup, RotationPerson, RotationWave, WaveState
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.orgs.models import OrgClosure, OrgUnit
from lms.people.models import Employment, Person, PersonState


class Training(enum.StrEnum):
    """Where somebody stands to a category of training."""

    DONE = "done"
    DUE = "due"
    NEVER = "never"


class Progress(enum.StrEnum):
    """Where somebody stands in a wave."""

    TRAINED = "trained"
    SEATED = "seated"
    WAITING = "waiting"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class UnitTraining:
    """How many people of a unit were trained in time."""

    unit_id: uuid.UUID
    name: str
    people: int
    trained: int

    @property
    def percent(self) -> int:
        return self.trained * 100 // self.people if self.people else 0


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What the list of people is narrowed to."""

    category: str
    text: str = ""
    post: str = ""
    org_id: uuid.UUID | None = None
    training: Training | None = None


def cutoff(category: str) -> dt.date:
    """The first day on which training still counts as in time today. Raises `Invalid` without a rule."""
    months = data.rule_on(category, clock.today()).repeat_months
    return clock.months_later(clock.today(), -months) if months else dt.date(1900, 1, 1)


def last_trained(category: str) -> Subquery:
    """The latest graduation of each person in a category, as a table to join: `person_id`, `day`."""
    query = (
        select(Graduation.person_id, func.max(Graduation.decided_on).label("day"))
        .join(ClassGroup, ClassGroup.id == Graduation.group_id)
        .where(ClassGroup.category == category, Graduation.outcome == Outcome.GRADUATED)
    )
    return query.group_by(Graduation.person_id).subquery()


def coverage(actor: Actor, category: str) -> list[UnitTraining]:
    """How far training reaches in the units directly below the one the actor looks after, by code. Two SELECTs."""
    tops = orgs.tops(access.visible_orgs(actor, policy.VIEW))
    if len(tops) != 1:
        return []
    last = last_trained(category)
    in_time = case((last.c.day >= cutoff(category), Employment.person_id))
    query = (
        select(OrgUnit.id, OrgUnit.name, func.count(Employment.person_id.distinct()), func.count(in_time.distinct()))
        .join(OrgClosure, OrgClosure.ancestor_id == OrgUnit.id)
        .join(Employment, Employment.org_id == OrgClosure.descendant_id)
        .outerjoin(last, last.c.person_id == Employment.person_id)
        .where(OrgUnit.parent_id == tops[0].id, Employment.ended_on.is_(None))
        .group_by(OrgUnit.id)
        .order_by(OrgUnit.code)
    )
    return [UnitTraining(*row) for row in db.session.execute(query)]


def people(actor: Actor, wanted: PeopleFilter) -> Select[Any]:
    """Persons of the actor's units with the day they were last trained, those who wait longest first."""
    last = last_trained(wanted.category)
    employed = select(Employment.person_id).where(
        Employment.ended_on.is_(None), Employment.org_id.in_(access.visible_orgs(actor, policy.VIEW))
    )
    if wanted.org_id is not None:
        employed = employed.where(Employment.org_id.in_(orgs.within(wanted.org_id)))
    if wanted.post:
        employed = employed.where(Employment.post == wanted.post)
    query: Select[Any] = select(Person.id, Person.name, last.c.day).outerjoin(last, last.c.person_id == Person.id)
    query = query.where(Person.state == PersonState.ACTIVE, Person.id.in_(employed))
    if wanted.text:
        query = query.where(Person.name.contains(wanted.text, autoescape=True))
    since = cutoff(wanted.category)
    conditions: Mapping[Training, ColumnElement[bool]] = {
        Training.DONE: last.c.day >= since,
        Training.DUE: last.c.day < since,
        Training.NEVER: last.c.day.is_(None),
    }
    if wanted.training is not None:
        query = query.where(conditions[wanted.training])
    return query.order_by(last.c.day.is_not(None), last.c.day, Person.id)


def waves(actor: Actor) -> Select[RotationWave]:
    """The waves of the units in sight, the latest first."""
    query = select(RotationWave).where(RotationWave.org_id.in_(access.visible_orgs(actor, policy.VIEW)))
    return query.order_by(RotationWave.created_at.desc(), RotationWave.id.desc())


def wave(actor: Actor, wave_id: uuid.UUID, permission: str = policy.VIEW) -> RotationWave:
    """A wave of the actor's units. Raises `NotFound`, `Forbidden`."""
    found = db.session.get(RotationWave, wave_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这批轮训。"))
    access.require(actor, permission, found.org_id)
    return found


def candidates(found: RotationWave) -> Select[uuid.UUID]:
    """Whom a wave would invite now: of its unit and posts, not trained since its day, not invited by it yet.

    A make-up wave takes those of the wave before it who were not trained in it.
    """
    invited = select(RotationPerson.person_id).where(RotationPerson.wave_id == found.id)
    query = select(Person.id).where(Person.state == PersonState.ACTIVE, Person.id.not_in(invited)).order_by(Person.id)
    if found.source_id is not None:
        before = db.session.get_one(RotationWave, found.source_id)
        left = select(RotationPerson.person_id).where(RotationPerson.wave_id == before.id)
        return query.where(Person.id.in_(left), Person.id.not_in(_trained_in(before)))
    employed = select(Employment.person_id).where(
        Employment.ended_on.is_(None), Employment.org_id.in_(orgs.within(found.org_id))
    )
    if found.posts:
        employed = employed.where(Employment.post.in_(found.posts))
    last = last_trained(found.category)
    query = query.outerjoin(last, last.c.person_id == Person.id)
    late = or_(last.c.day.is_(None), last.c.day < found.trained_before)
    return query.where(Person.id.in_(employed), late)


def how_many(query: Select[uuid.UUID]) -> int:
    """The number of rows."""
    return data.scalar(select(func.count()).select_from(query.order_by(None).subquery()))


def _trained_in(found: RotationWave) -> Select[uuid.UUID]:
    """Who graduated in the wave's category since the wave was made."""
    query = select(Graduation.person_id).join(ClassGroup, ClassGroup.id == Graduation.group_id)
    return query.where(_counts_for(found))


def _counts_for(wave: RotationWave | type[RotationWave]) -> ColumnElement[bool]:
    """Whether a graduation, joined with its class, is one that a wave asked for."""
    return and_(
        ClassGroup.category == wave.category,
        Graduation.outcome == Outcome.GRADUATED,
        Graduation.decided_at >= wave.created_at,
    )


def progress(found: RotationWave, wanted: Progress | None = None) -> Select[Any]:
    """Everybody a wave invited with where they stand, as rows: id, name, progress; or only those who stand there."""
    seats = (
        select(ClassMember.person_id, func.min(ClassMember.state).label("state"))
        .join(RotationGroup, RotationGroup.group_id == ClassMember.group_id)
        .where(RotationGroup.wave_id == found.id, ClassMember.state.in_([MemberState.ENROLLED, MemberState.WAITING]))
        .group_by(ClassMember.person_id)
        .subquery()
    )
    standing = case(
        (Person.id.in_(_trained_in(found)), Progress.TRAINED.value),
        (seats.c.state == MemberState.ENROLLED, Progress.SEATED.value),
        (seats.c.state == MemberState.WAITING, Progress.WAITING.value),
        else_=Progress.OPEN.value,
    ).label("progress")
    query: Select[Any] = select(Person.id, Person.name, standing)
    query = query.join(RotationPerson, and_(RotationPerson.person_id == Person.id, RotationPerson.wave_id == found.id))
    query = query.outerjoin(seats, seats.c.person_id == Person.id)
    if wanted is not None:
        query = query.where(standing == wanted.value)
    return query.order_by(Person.name, Person.id)


def tally(found: RotationWave) -> Mapping[Progress, int]:
    """How many stand where. One SELECT."""
    rows = progress(found).order_by(None).subquery()
    query = select(rows.c.progress, func.count()).group_by(rows.c.progress)
    counted: dict[str, int] = dict(db.session.execute(query).all())
    return {one: counted.get(one.value, 0) for one in Progress}


def summaries(wave_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[int, int]]:
    """How many people each wave invited, and how many of them were trained since. Two SELECTs."""
    people = RotationPerson.person_id
    invited = select(RotationPerson.wave_id, func.count()).where(RotationPerson.wave_id.in_(wave_ids))
    trained = (
        select(RotationPerson.wave_id, func.count(people.distinct()))
        .join(RotationWave, RotationWave.id == RotationPerson.wave_id)
        .join(Graduation, Graduation.person_id == people)
        .join(ClassGroup, ClassGroup.id == Graduation.group_id)
        .where(RotationPerson.wave_id.in_(wave_ids), _counts_for(RotationWave))
    )
    asked, done = (
        dict(db.session.execute(query.group_by(RotationPerson.wave_id)).all()) for query in (invited, trained)
    )
    return {one: (asked.get(one, 0), done.get(one, 0)) for one in wave_ids}


def groups_of(wave_ids: Sequence[uuid.UUID]) -> Sequence[tuple[uuid.UUID, ClassGroup]]:
    """The classes that serve waves, with the wave of each, by their first day. One SELECT."""
    query = select(RotationGroup.wave_id, ClassGroup).join(ClassGroup, ClassGroup.id == RotationGroup.group_id)
    query = query.where(RotationGroup.wave_id.in_(wave_ids)).order_by(ClassGroup.starts_on, ClassGroup.id)
    return [(wave_id, group) for wave_id, group in db.session.execute(query)]


def free_groups(actor: Actor, found: RotationWave) -> Sequence[ClassGroup]:
    """Classes of the wave's category that serve no wave yet and the actor organises."""
    taken = select(RotationGroup.group_id)
    query = select(ClassGroup).where(
        ClassGroup.category == found.category,
        ClassGroup.org_id.in_(access.visible_orgs(actor, policy.EDIT)),
        ClassGroup.id.not_in(taken),
        ClassGroup.ends_on >= clock.today(),
        ClassGroup.closed_at.is_(None),
    )
    return db.session.scalars(query.order_by(ClassGroup.starts_on, ClassGroup.id).limit(100)).all()


def invitations(person_id: uuid.UUID) -> Sequence[RotationWave]:
    """Open waves that invited a person who was not trained in them yet, the first due on top."""
    query = select(RotationWave).join(RotationPerson, RotationPerson.wave_id == RotationWave.id)
    query = query.where(RotationPerson.person_id == person_id, RotationWave.state == WaveState.OPEN)
    trained = (
        select(Graduation.id)
        .join(ClassGroup, ClassGroup.id == Graduation.group_id)
        .where(Graduation.person_id == person_id, _counts_for(RotationWave))
    )
    return db.session.scalars(query.where(~trained.exists()).order_by(RotationWave.due_on, RotationWave.id)).all()
