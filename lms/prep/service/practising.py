"""Practice papers: drawn by the blueprint for one person, answered item by item with the explanation at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from lms.exams import drawing
from lms.exams.drawing import ShortageError
from lms.exams.dto import Blueprint, Part
from lms.exams.rules import GRACE
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.prep import policy
from lms.prep.models import PrepAnswer, PrepPaper, PrepSubject
from lms.prep.service.subjects import require_public_bank
from lms.questions import kinds
from lms.questions import queries as questions
from lms.questions.dto import DrawItem
from lms.questions.rules import POINT

AT_A_POINT = 10
"""Items of a paper that practises one point, at the most."""


def start(actor: Actor, slug: str, *, key: str, timed: bool = False, point: str = "") -> uuid.UUID:
    """Draw a paper for the actor; its id. The same key again is one paper. Items met less often come first.

    `point` makes it a short one about a syllabus point; `timed` gives it the real paper's minutes. Raises `Conflict`
    where the bank cannot fill it.
    """
    if actor.person_id is None:
        raise Forbidden(_("请先登录，再开始练习。"))
    with unit_of_work(actor) as uow:
        earlier = uow.session.execute(select(PrepPaper.id, PrepPaper.person_id).where(PrepPaper.key == key)).first()
        if earlier is not None and earlier.person_id == actor.person_id:
            return uuid.UUID(str(earlier.id))
        subject = uow.session.scalars(select(PrepSubject).where(PrepSubject.slug == slug, PrepSubject.is_open)).first()
        if subject is None:
            raise NotFound(_("找不到这个科目。"), why=_("它可能还没有开放。"))
        require_public_bank(subject.bank_id)
        paper_id, now = new_id(), clock.now()
        pool = questions.draw_pool(subject.bank_id)
        blueprint = Blueprint.from_json(subject.blueprint)
        if point:
            blueprint = short(blueprint, pool, point)
        rows = _drawn(uow, actor.person_id, blueprint, pool, paper_id.hex)
        ends = now + dt.timedelta(minutes=subject.minutes) if timed and not point else None
        is_new = insert_new(
            uow.session,
            PrepPaper,
            id=paper_id,
            key=key,
            subject_id=subject.id,
            person_id=actor.person_id,
            point=point,
            rows=rows,
            total_half_points=sum(row["half_points"] for row in rows),
            started_at=now,
            deadline_at=ends,
        )
        if is_new:
            return paper_id
        return uow.session.scalars(
            select(PrepPaper.id).where(PrepPaper.key == key, PrepPaper.person_id == actor.person_id)
        ).one()


def answer(actor: Actor, paper_id: uuid.UUID, position: int, chosen: frozenset[int]) -> int:
    """Answer a position with shown option numbers; its half-points. The first answer counts, a second one says so.

    Raises `Invalid` without a choice, `Conflict` once the paper is over.
    """
    if not chosen:
        raise Invalid(_("还没有选择答案。"), fields={"choice": _("请先选择，再看解析")})
    with unit_of_work(actor) as uow:
        paper = policy.own_paper(actor, paper_id)
        if not 0 <= position < len(paper.rows):
            raise NotFound(_("没有这道题。"))
        kept = uow.session.get(PrepAnswer, (paper.id, position))
        if kept is not None:
            return kept.half_points
        _require_open(paper)
        row = paper.rows[position]
        version_id = uuid.UUID(hex=row["version"])
        item = questions.frozen_items([version_id])[version_id]
        kind = kinds.require(item.kind)
        shown = range(len(row["order"]))
        if not chosen <= set(shown) or (len(chosen) > 1 and not kind.several):
            raise Invalid(_("这个答案不对应题目的选项。"), fields={"choice": _("请重新选择")})
        key = frozenset(place for place in shown if row["order"][place] in item.key)
        got = kind.earned(key, chosen)
        insert_new(
            uow.session,
            PrepAnswer,
            paper_id=paper.id,
            position=position,
            subject_id=paper.subject_id,
            version_id=version_id,
            point=row["point"],
            choice=sum(1 << place for place in chosen),
            half_points=got,
            worth=row["half_points"],
            answered_at=clock.now(),
        )
        _finish_when_done(uow, paper)
        return uow.session.get_one(PrepAnswer, (paper.id, position), populate_existing=True).half_points


def finish(actor: Actor, paper_id: uuid.UUID) -> None:
    """End a paper before its last item. Ending it twice is ending it once."""
    with unit_of_work(actor) as uow:
        paper = policy.own_paper(actor, paper_id)
        _end(uow, paper)


def is_over(paper: PrepPaper) -> bool:
    """Whether a paper takes no more answers."""
    return paper.finished_at is not None or (paper.deadline_at is not None and clock.now() > paper.deadline_at + GRACE)


def short(blueprint: Blueprint, pool: Sequence[DrawItem], point: str) -> Blueprint:
    """A paper about one point: ten items at the most, by kind as the whole paper has them, as far as there are any."""
    if not POINT.fullmatch(point):
        raise NotFound(_("没有这个考点。"))
    worth = {part.kind: part.half_points for part in blueprint.parts}
    whole = Counter(dict.fromkeys(worth, 0))
    for part in blueprint.parts:
        whole[part.kind] += part.count
    there = Counter(item.kind for item in pool if drawing.covers(Part("", 0, 0, (point,)), item.points))
    parts, left = [], AT_A_POINT
    for kind, count in whole.most_common():
        share = max(1, round(AT_A_POINT * count / sum(whole.values())))
        number = min(share, there[kind], left)
        if number:
            parts.append(Part(kind, number, worth[kind], (point,)))
            left -= number
    if not parts:
        raise Conflict(_("这个考点还没有练习题。"), todo=_("请先看课程，或练习别的考点。"), code="no_items")
    return Blueprint(tuple(parts), blueprint.shuffle_options)


def _drawn(
    uow: UnitOfWork, person_id: uuid.UUID, blueprint: Blueprint, pool: Sequence[DrawItem], seed: str
) -> list[dict[str, Any]]:
    """The positions of a paper. What the person met before comes last: `draw` takes the least used first."""
    met = uow.session.scalars(
        select(PrepAnswer.version_id)
        .join(PrepPaper, PrepPaper.id == PrepAnswer.paper_id)
        .where(PrepPaper.person_id == person_id)
    )
    try:
        drawn = drawing.draw(blueprint, pool, seed, Counter(met))
    except ShortageError:
        raise Conflict(
            _("题库的题现在不够组成一份练习。"), todo=_("可以先按考点练习，或稍后再试。"), code="bank_too_small"
        ) from None
    items = questions.frozen_items(item.version_id for _part, item in drawn)
    return [
        {
            "version": item.version_id.hex,
            "half_points": blueprint.parts[part].half_points,
            "point": item.points[0] if item.points else "",
            "order": list(drawing.option_order(seed, items[item.version_id], shuffle=blueprint.shuffle_options)),
        }
        for part, item in drawn
    ]


def _require_open(paper: PrepPaper) -> None:
    if is_over(paper):
        raise Conflict(_("这份练习已经结束。"), todo=_("可以看结果，或再练一份。"), code="paper_over")


def _finish_when_done(uow: UnitOfWork, paper: PrepPaper) -> None:
    uow.session.flush()
    answered = uow.session.scalars(select(PrepAnswer.position).where(PrepAnswer.paper_id == paper.id)).all()
    if len(answered) == len(paper.rows):
        _end(uow, paper)


def _end(uow: UnitOfWork, paper: PrepPaper) -> None:
    ending = update(PrepPaper).where(PrepPaper.id == paper.id, PrepPaper.finished_at.is_(None))
    uow.change(ending.values(finished_at=clock.now()))
