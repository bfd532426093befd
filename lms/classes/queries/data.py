"""Categories, rules and rooms."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select

from lms.access import policy as access
from lms.access.models import Grant
from lms.access.roles import roles_holding
from lms.classes import policy
from lms.classes.models import ClassCategory, ClassRule, TrainingRoom
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.learning.models import Course, CourseRelease
from lms.people.models import Person, PersonState


def scalar(query: Select[int]) -> int:
    """A number that is 0 where there is none."""
    return db.session.scalar(query) or 0


def categories(*, only_open: bool = False) -> Sequence[ClassCategory]:
    """The categories in their order."""
    query = select(ClassCategory).order_by(ClassCategory.position, ClassCategory.code)
    return db.session.scalars(query.where(ClassCategory.is_open) if only_open else query).all()


def category(code: str) -> ClassCategory:
    """A category. Raises `NotFound`."""
    found = db.session.get(ClassCategory, code)
    if found is None:
        raise NotFound(_("没有这类班级。"))
    return found


def rules_of(code: str) -> Sequence[ClassRule]:
    """Every rule of a category, the one that rules later first."""
    query = select(ClassRule).where(ClassRule.category == code)
    return db.session.scalars(query.order_by(ClassRule.valid_from.desc(), ClassRule.revision.desc())).all()


def rules_on(day: dt.date) -> Mapping[str, ClassRule]:
    """The rule of each category that is in force on a day. One SELECT."""
    query = select(ClassRule).where(ClassRule.valid_from <= day).order_by(ClassRule.valid_from, ClassRule.revision)
    return {rule.category: rule for rule in db.session.scalars(query)}


def rule_on(code: str, day: dt.date) -> ClassRule:
    """The rule for classes of a category that begin on a day. Raises `Invalid` for a day before the first rule."""
    found = rules_on(day).get(code)
    if found is None:
        raise Invalid(_("那一天还没有这类班级的规则。"), fields={"starts_on": _("请选规则生效以后的日期")})
    return found


def all_rooms(actor: Actor) -> Sequence[TrainingRoom]:
    """The rooms of the units whose classes the actor sees, by name, those in use first."""
    query = select(TrainingRoom).where(TrainingRoom.org_id.in_(access.visible_orgs(actor, policy.VIEW)))
    return db.session.scalars(query.order_by(TrainingRoom.active.desc(), TrainingRoom.name, TrainingRoom.id)).all()


def rooms(actor: Actor, kept: uuid.UUID | None = None) -> Sequence[TrainingRoom]:
    """The rooms a meeting may be put in, by name; the one it is in is `kept` whatever became of it."""
    seen = TrainingRoom.org_id.in_(access.visible_orgs(actor, policy.VIEW))
    query = select(TrainingRoom).where(or_(TrainingRoom.active & seen, TrainingRoom.id == kept))
    return db.session.scalars(query.order_by(TrainingRoom.name, TrainingRoom.id)).all()


def rooms_by_id(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, TrainingRoom]:
    """Rooms by their ids. One SELECT."""
    return {room.id: room for room in db.session.scalars(select(TrainingRoom).where(TrainingRoom.id.in_(ids)))}


def own_room(actor: Actor, room_id: uuid.UUID) -> TrainingRoom:
    """A room of a unit on which the actor organises classes. Raises `NotFound`, `Forbidden`."""
    found = db.session.get(TrainingRoom, room_id)
    if found is None:
        raise NotFound(_("找不到这间教室。"))
    access.require(actor, policy.EDIT, found.org_id)
    return found


def trainers(kept: Collection[uuid.UUID] = ()) -> Sequence[Any]:
    """Who may teach: everybody with a role that teaches, by name; first who is `kept`, with or without one."""
    today, there = clock.today(), Person.id.in_(kept)
    holders = select(Grant.person_id).where(Grant.role.in_(roles_holding(policy.TEACH)), access.in_force(today))
    able = Person.id.in_(holders) & (Person.state == PersonState.ACTIVE)
    query = select(Person.id, Person.name).where(or_(able, there))
    return db.session.execute(query.order_by(there.desc(), Person.name, Person.id).limit(300)).all()


def courses(actor: Actor, kept: uuid.UUID | None = None) -> Sequence[Any]:
    """Courses a class may go with, of the units the actor sees: id, slug, title; first the one `kept`."""
    there = Course.id == kept
    query = (
        select(Course.id, Course.slug, CourseRelease.title)
        .outerjoin(CourseRelease, CourseRelease.id == Course.current_release_id)
        .where(or_(Course.org_id.in_(access.visible_orgs(actor, "course:view")) & CourseRelease.id.is_not(None), there))
    )
    return db.session.execute(query.order_by(there.desc(), Course.slug).limit(300)).all()


def names(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Names of persons by id. One SELECT."""
    return {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}
