"""A person's practice: subjects, papers, one question as a page shows it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, func, select

from lms.access import policy as access
from lms.exams.rules import chosen
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.prep import policy
from lms.prep.dto import PaperView, Shown
from lms.prep.models import PrepAnswer, PrepPaper, PrepSubject
from lms.questions import kinds
from lms.questions import queries as questions
from lms.questions.render import html


def open_subjects() -> Sequence[PrepSubject]:
    """The subjects anybody may practise, the first made first."""
    query = select(PrepSubject).where(PrepSubject.is_open).order_by(PrepSubject.created_at, PrepSubject.id)
    return db.session.scalars(query).all()


def open_subject(slug: str) -> PrepSubject:
    """One of them. Raises `NotFound`."""
    found = db.session.scalars(select(PrepSubject).where(PrepSubject.slug == slug, PrepSubject.is_open)).first()
    if found is None:
        raise NotFound(_("找不到这个科目。"), why=_("它可能还没有开放。"), todo=_("请从考前练习进入。"))
    return found


def subjects_seen(actor: Actor) -> Sequence[PrepSubject]:
    """The subjects an officer sees."""
    query = select(PrepSubject).where(PrepSubject.org_id.in_(access.visible_orgs(actor, policy.VIEW)))
    return db.session.scalars(query.order_by(PrepSubject.created_at, PrepSubject.id)).all()


def papers(person_id: uuid.UUID, subject_id: uuid.UUID) -> Select[PrepPaper]:
    """A person's papers of a subject, the latest first."""
    query = select(PrepPaper).where(PrepPaper.person_id == person_id, PrepPaper.subject_id == subject_id)
    return query.order_by(PrepPaper.started_at.desc(), PrepPaper.id.desc())


def views(found: Sequence[PrepPaper], subject: PrepSubject) -> list[PaperView]:
    """Papers of a subject with what was earned in each. One SELECT."""
    answers: dict[uuid.UUID, dict[int, int]] = {paper.id: {} for paper in found}
    query = select(PrepAnswer.paper_id, PrepAnswer.position, PrepAnswer.half_points)
    for paper_id, position, got in db.session.execute(query.where(PrepAnswer.paper_id.in_(answers))):
        answers[paper_id][position] = got
    return [PaperView(paper, subject, answers[paper.id]) for paper in found]


def view(paper: PrepPaper) -> PaperView:
    """One paper."""
    return views([paper], db.session.get_one(PrepSubject, paper.subject_id))[0]


def shown(paper: PrepPaper, position: int) -> Shown:
    """A question of a paper, with the key and the explanation only once it is answered. Raises `NotFound`."""
    if not 0 <= position < len(paper.rows):
        raise NotFound(_("没有这道题。"))
    return shown_all(paper, [position])[0]


def shown_all(paper: PrepPaper, positions: Sequence[int]) -> list[Shown]:
    """Several questions of a paper. Two SELECTs."""
    versions = {place: uuid.UUID(hex=paper.rows[place]["version"]) for place in positions}
    items = questions.frozen_items(versions.values())
    query = select(PrepAnswer).where(PrepAnswer.paper_id == paper.id, PrepAnswer.position.in_(positions))
    answers = {row.position: row for row in db.session.scalars(query)}
    types = kinds.known()
    found = []
    for place in positions:
        row, item, given = paper.rows[place], items[versions[place]], answers.get(place)
        order = row["order"]
        key = frozenset(shown for shown, index in enumerate(order) if index in item.key)
        kind = types.get(item.kind)
        found.append(
            Shown(
                position=place,
                kind=item.kind,
                several=kind.several if kind else len(item.key) > 1,
                stem=html(item.stem),
                options=[html(item.options[index], inline=True) for index in order],
                key=key if given else frozenset(),
                explanation=html(item.explanation) if given else "",
                point=row["point"],
                worth=row["half_points"],
                answered=given is not None,
                chosen=chosen(given.choice) if given else frozenset(),
                half_points=given.half_points if given else 0,
            )
        )
    return found


def practised(person_id: uuid.UUID) -> int:
    """How many questions a person has answered."""
    query = select(func.count()).select_from(PrepAnswer).join(PrepPaper, PrepPaper.id == PrepAnswer.paper_id)
    return db.session.scalar(query.where(PrepPaper.person_id == person_id)) or 0
