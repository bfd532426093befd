"""What the forecast rests on: a person's answers, statistics of official sittings, the typical paper, the lessons."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from lms.exams import drawing
from lms.exams.drawing import ShortageError
from lms.exams.dto import Blueprint
from lms.exams.rules import code_order
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.runtime import kernel
from lms.learning.models import Course, Enrolment, EnrolmentState, Lesson
from lms.prep import readiness
from lms.prep.dto import LessonLink, Ready, WeakPoint
from lms.prep.models import PrepAnswer, PrepPaper, PrepSubject
from lms.prep.readiness import Belief, Seen, Wanted
from lms.questions import queries as questions
from lms.questions.dto import DrawItem
from lms.questions.models import Bank, Item, ItemUse, ItemVersion

HALF_LIFE = "prep.half_life_days"
DAY = 86_400


def ready(person_id: uuid.UUID, subject: PrepSubject) -> Ready:
    """How ready a person is for a subject. A constant number of SELECTs, whatever was practised."""
    pool = questions.draw_pool(subject.bank_id)
    bank = db.session.get_one(Bank, subject.bank_id)
    found = readiness.forecast(
        wanted(Blueprint.from_json(subject.blueprint), pool),
        answers(person_id, subject.id),
        priors(subject.bank_id),
        subject.pass_half_points,
        float(kernel().settings.value(HALF_LIFE)),
    )
    return Ready(subject, found, questions.point_titles(bank.syllabus_id), lessons(person_id, subject.course_slug))


def wanted(blueprint: Blueprint, pool: Sequence[DrawItem]) -> list[Wanted]:
    """What a typical paper asks at each point: one drawn as real ones are. Empty for too small a bank."""
    try:
        drawn = drawing.draw(blueprint, pool, "forecast")
    except ShortageError:
        return []
    items: dict[str, Counter[int]] = defaultdict(Counter)
    for part, item in drawn:
        items[item.points[0] if item.points else ""][blueprint.parts[part].half_points] += 1
    return [Wanted(point, items[point]) for point in sorted(items, key=code_order)]


def answers(person_id: uuid.UUID, subject_id: uuid.UUID) -> list[Seen]:
    """A person's answers of a subject, oldest first; of an item the newest stands. One SELECT."""
    now = clock.now()
    rows = db.session.execute(
        select(
            PrepAnswer.version_id, PrepAnswer.point, PrepAnswer.half_points, PrepAnswer.worth, PrepAnswer.answered_at
        )
        .join(PrepPaper, PrepPaper.id == PrepAnswer.paper_id)
        .where(PrepPaper.person_id == person_id, PrepAnswer.subject_id == subject_id)
        .order_by(PrepAnswer.answered_at, PrepAnswer.paper_id, PrepAnswer.position)
    )
    newest: dict[uuid.UUID, Seen] = {}
    for version_id, point, got, worth, at in rows:
        days = (now - at).total_seconds() / DAY
        newest[version_id] = Seen(point, got / worth, days, repeat=version_id in newest)
    return list(newest.values())


def priors(bank_id: uuid.UUID) -> Mapping[str, Belief]:
    """What is believed of each point before any answer, from how candidates fared in official sittings. One SELECT."""
    rows = db.session.execute(
        select(ItemVersion.points, ItemUse.candidates, ItemUse.half_points, ItemUse.worth)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .join(ItemUse, ItemUse.item_version_id == ItemVersion.id)
        .where(Item.bank_id == bank_id)
    )
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for points, candidates, half_points, worth in rows:
        one = sums[points[0] if points else ""]
        one[0] += candidates
        one[1] += half_points
        one[2] += candidates * worth
    return {point: readiness.prior(candidates, got / most) for point, (candidates, got, most) in sums.items() if most}


def lessons(person_id: uuid.UUID, course_slug: str) -> Mapping[str, LessonLink]:
    """The first lesson of the course that teaches each point, in the release the person takes. Two SELECTs."""
    course = db.session.scalars(select(Course).where(Course.slug == course_slug)).first() if course_slug else None
    if course is None:
        return {}
    mine = select(Enrolment).where(
        Enrolment.person_id == person_id,
        Enrolment.course_id == course.id,
        Enrolment.state != EnrolmentState.WITHDRAWN,
    )
    enrolment = db.session.scalars(mine.order_by(Enrolment.round.desc()).limit(1)).first()
    release_id = enrolment.release_id if enrolment else course.current_release_id
    rows = db.session.execute(
        select(Lesson.slug, Lesson.title, Lesson.points)
        .where(Lesson.release_id == release_id)
        .order_by(Lesson.position)
    )
    found: dict[str, LessonLink] = {}
    for slug, title, points in rows:
        for point in points:
            found.setdefault(point, LessonLink(course_slug, slug, title, enrolment.id if enrolment else None))
    return found


def weakest(subject: PrepSubject) -> list[WeakPoint]:
    """How all learners fare at each point, the weakest first. Three SELECTs."""
    rows: Any = db.session.execute(
        select(
            PrepAnswer.point,
            func.count(PrepPaper.person_id.distinct()),
            func.count(),
            func.sum(PrepAnswer.half_points),
            func.sum(PrepAnswer.worth),
        )
        .join(PrepPaper, PrepPaper.id == PrepAnswer.paper_id)
        .where(PrepAnswer.subject_id == subject.id)
        .group_by(PrepAnswer.point)
    )
    titles = questions.point_titles(db.session.get_one(Bank, subject.bank_id).syllabus_id)
    found = [
        WeakPoint(point, titles.get(point, {}), learners, number, round(100 * int(got) / int(most)))
        for point, learners, number, got, most in rows
    ]
    return sorted(found, key=lambda one: (one.percent, code_order(one.point)))
