"""Wishes with their votes, ratings by class and category, weak points of examinations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from lms.access import policy as access
from lms.classes import policy as classes
from lms.classes.models import ClassGroup, ClassMember, GroupState, MemberState
from lms.demand.models import ClassSurvey, Wish, WishState, WishVote
from lms.demand.rules import ItemFigure, PointFigure, mean_tenths, weakest
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.people.models import Person
from lms.questions.models import Bank, Item, ItemUse, ItemVersion, SyllabusPoint

SHOWN_POINTS = 15


@dataclass(frozen=True, slots=True)
class WishLine:
    """A wish with its votes, and whether the person asking voted for it."""

    wish: Wish
    votes: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Rating:
    """What was said of a class: means in tenths, None while too few have answered."""

    group: ClassGroup
    answers: int
    content: int | None
    teaching: int | None
    use: int | None


@dataclass(frozen=True, slots=True)
class WeakPoint:
    """A syllabus point with its title and figures."""

    title: dict[str, str]
    figure: PointFigure


def wishes(person_id: uuid.UUID | None = None, *states: WishState, text: str = "") -> list[WishLine]:
    """Wishes by their votes, the most wanted first. Two SELECTs."""
    count = func.count(WishVote.person_id)
    query = select(Wish, count).outerjoin(WishVote, WishVote.wish_id == Wish.id).group_by(Wish.id)
    if states:
        query = query.where(Wish.state.in_(states))
    if text:
        query = query.where(Wish.title.contains(text, autoescape=True))
    rows = db.session.execute(query.order_by(count.desc(), Wish.created_at, Wish.id).limit(300)).all()
    mine = set(db.session.scalars(select(WishVote.wish_id).where(WishVote.person_id == person_id)))
    return [WishLine(wish, votes, wish.id in mine) for wish, votes in rows]


def to_rate(person_id: uuid.UUID) -> Sequence[ClassGroup]:
    """Closed classes a person was in and has said nothing of, the latest first."""
    mine = or_(Person.id == person_id, Person.merged_into == person_id)  # what was said stays with the record of then
    said = select(ClassSurvey.group_id).join(Person, Person.id == ClassSurvey.person_id).where(mine)
    query = select(ClassGroup).join(ClassMember, ClassMember.group_id == ClassGroup.id)
    query = query.where(
        ClassMember.person_id == person_id,
        ClassMember.state == MemberState.ENROLLED,
        ClassGroup.state == GroupState.CLOSED,
        ClassGroup.id.not_in(said),
    )
    return db.session.scalars(query.order_by(ClassGroup.ends_on.desc(), ClassGroup.id).limit(20)).all()


def ratings(actor: Actor) -> list[Rating]:
    """What was said of the classes in sight, those found least useful first. One SELECT."""
    sums = (func.sum(ClassSurvey.content), func.sum(ClassSurvey.teaching), func.sum(ClassSurvey.use))
    query: Select[ClassGroup, int, int, int, int] = (
        select(ClassGroup, func.count(ClassSurvey.id), *sums)
        .join(ClassSurvey, ClassSurvey.group_id == ClassGroup.id)
        .where(classes.visible(actor))
        .group_by(ClassGroup.id)
        .order_by(ClassGroup.ends_on.desc(), ClassGroup.id)
        .limit(200)
    )
    found = [
        Rating(group, count, *(mean_tenths(int(total), count) for total in (content, teaching, use)))
        for group, count, content, teaching, use in db.session.execute(query)
    ]
    return sorted(found, key=lambda one: (one.use is None, one.use or 0))


def remarks(actor: Actor) -> Sequence[str]:
    """What people wrote after the classes in sight that enough have rated, without who wrote it, the latest first."""
    enough = [one.group.id for one in ratings(actor) if one.use is not None]
    query = select(ClassSurvey.text).where(ClassSurvey.group_id.in_(enough), ClassSurvey.text != "")
    return db.session.scalars(query.order_by(ClassSurvey.sent_at.desc(), ClassSurvey.id).limit(50)).all()


def weak_points(actor: Actor) -> list[WeakPoint]:
    """The points of the syllabus on which examinations of the units in sight lost most marks. Two SELECTs."""
    query = (
        select(Bank.syllabus_id, ItemVersion.points, ItemUse.candidates, ItemUse.worth, ItemUse.half_points)
        .join(ItemVersion, ItemVersion.id == ItemUse.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Bank, Bank.id == Item.bank_id)
        .where(Bank.org_id.in_(access.visible_orgs(actor, "exam:view")))
    )
    figures = [
        ItemFigure([f"{syllabus}:{code}" for code in points], candidates, worth, half_points)
        for syllabus, points, candidates, worth, half_points in db.session.execute(query)
    ]
    found = weakest(figures)[:SHOWN_POINTS]
    titles = _titles({one.point.partition(":")[0] for one in found})
    return [WeakPoint(titles.get(one.point, {"zh_CN": one.point.partition(":")[2]}), one) for one in found]


def _titles(syllabus_ids: set[str]) -> Mapping[str, dict[str, str]]:
    ids = [uuid.UUID(one) for one in syllabus_ids if one != "None"]
    rows = db.session.scalars(select(SyllabusPoint).where(SyllabusPoint.syllabus_id.in_(ids)))
    return {f"{row.syllabus_id}:{row.code}": row.title for row in rows}
