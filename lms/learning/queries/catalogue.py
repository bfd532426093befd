"""The catalogue: published courses, searched in outline and lesson texts, with the reader's own progress."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from lms.kernel import search
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.learning import markdown
from lms.learning.dto import CourseCard, LessonHit
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState, Lesson, LessonProgress
from lms.webkit.paging import Page, paginate

HITS = 3
"""Lessons shown under a course that was found by its text."""


def catalogue(actor: Actor, *, words: str = "", tier: str = "", category: str = "") -> Page[CourseCard]:
    """A page of published courses; whoever is not signed in sees those open to the public.

    Six queries at most, however many courses.
    """
    page = paginate(_published(actor, words, tier, category), scalars=False)
    found = [(slug, release) for slug, release in page.rows]
    ids = [release.id for _slug, release in found]
    sizes, hits = _sizes(ids), _hits(ids, words)
    own = _own(actor, [release.course_id for _slug, release in found])
    cards = []
    for slug, release in found:
        lessons, minutes = sizes.get(release.id, (0, 0))
        state, percent = own.get(release.course_id, (None, None))
        cards.append(
            CourseCard(
                slug=slug,
                title=release.title,
                summary=release.summary,
                category=release.category,
                tier=release.tier,
                credit_minutes=release.credit_minutes,
                minutes=minutes,
                lessons=lessons,
                open_to_public=release.open_to_public,
                state=state,
                percent=percent,
                found=tuple(hits[release.id]),
            )
        )
    return Page(cards, page.total, page.number, page.size)


def _published(actor: Actor, words: str, tier: str, category: str) -> Select[*tuple[Any, ...]]:
    query = select(Course.slug, CourseRelease).join(CourseRelease, CourseRelease.id == Course.current_release_id)
    if actor.is_anonymous:
        query = query.where(CourseRelease.open_to_public)
    if tier:
        query = query.where(CourseRelease.tier == tier)
    if category:
        query = query.where(CourseRelease.category == category)
    if not words.strip():
        return query.order_by(Course.slug)
    outline = CourseRelease.id.in_(search.matching("course", words))
    text = CourseRelease.id.in_(select(Lesson.release_id).where(Lesson.id.in_(search.matching("lesson", words))))
    return query.where(or_(outline, text)).order_by(case((outline, 0), else_=1), Course.slug)


def _sizes(release_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """Lessons and planned minutes of each release."""
    query = select(Lesson.release_id, func.count(), func.sum(Lesson.minutes)).where(Lesson.release_id.in_(release_ids))
    rows = db.session.execute(query.group_by(Lesson.release_id))
    return {release_id: (count, int(minutes)) for release_id, count, minutes in rows}


def _hits(release_ids: Collection[uuid.UUID], words: str) -> dict[uuid.UUID, list[LessonHit]]:
    """The first lessons of each release whose text holds the words."""
    hits: dict[uuid.UUID, list[LessonHit]] = defaultdict(list)
    if not words.strip():
        return hits
    query = select(Lesson.release_id, Lesson.title, Lesson.html).where(
        Lesson.release_id.in_(release_ids), Lesson.id.in_(search.matching("lesson", words))
    )
    for release_id, title, html in db.session.execute(query.order_by(Lesson.position)):
        if len(hits[release_id]) < HITS:
            fragments = search.highlight(markdown.plain_text(html), words)
            hits[release_id].append(LessonHit(title, tuple(fragments)))
    return hits


def _own(actor: Actor, course_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[EnrolmentState, int]]:
    """The reader's newest enrolment in each course: its state and per cent of lessons complete."""
    if actor.person_id is None:
        return {}
    done = _count(LessonProgress.lesson_id).where(LessonProgress.enrolment_id == Enrolment.id)
    done = done.join(Lesson, Lesson.id == LessonProgress.lesson_id).where(
        Lesson.release_id == Enrolment.release_id, LessonProgress.completed_at.is_not(None)
    )
    of = _count(Lesson.id).where(Lesson.release_id == Enrolment.release_id)
    rows = db.session.execute(
        select(Enrolment.course_id, Enrolment.state, done.scalar_subquery(), of.scalar_subquery())
        .where(Enrolment.person_id == actor.person_id, Enrolment.course_id.in_(course_ids))
        .order_by(Enrolment.round)
    )
    return {course_id: (state, done * 100 // of if of else 0) for course_id, state, done, of in rows}


def _count(column: InstrumentedAttribute[uuid.UUID]) -> Select[int]:
    return select(func.count(column))
