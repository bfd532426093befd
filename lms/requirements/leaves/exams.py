"""An examination passed, with at least a score."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from lms.exams.models import Exam, ExamSession, Outcome, Result, Seat, SessionState
from lms.exams.queries.results import newest_results
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.requirements.kinds import Finding, Progress, RequirementType
from lms.requirements.leaves.schema import asking, name, whole


def _check(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> dict[uuid.UUID, Finding]:
    """Who has passed, by results published until the day; the score in per cent of the paper's. Two SELECTs."""
    slug, least = params["slug"], params.get("least", 0)
    title = pick(db.session.scalar(select(Exam.title).where(Exam.slug == slug)) or slug)
    rows = db.session.execute(
        newest_results()
        .join(Seat, Seat.id == Result.seat_id)
        .join(ExamSession, ExamSession.id == Seat.session_id)
        .join(Exam, Exam.id == ExamSession.exam_id)
        .where(
            Exam.slug == slug,
            Seat.person_id.in_(person_ids),
            ExamSession.state == SessionState.PUBLISHED,
            ExamSession.published_at < clock.start_of_day(on + dt.timedelta(days=1)),
            Result.outcome == Outcome.SCORED,
        )
        .with_only_columns(Seat.person_id, Result.half_points, Result.total_half_points, Result.passed)
    )
    best: dict[uuid.UUID, tuple[bool, int]] = {}
    for person, half_points, total, passed in rows:
        score = (half_points or 0) * 100 // total if total else 0
        best[person] = max((passed and score >= least, score), best.get(person, (False, 0)))
    return {person: _finding(title, least, best.get(person)) for person in person_ids}


def _finding(title: str, least: int, best: tuple[bool, int] | None) -> Finding:
    if best is None:
        text = _l("还没有“%(title)s”的成绩。", title=title)
        return Finding(met=False, text=text, href="/exams")
    met, score = best
    if met:
        return Finding(met=True, text=_l("“%(title)s”得分率 %(score)d%%，合格。", title=title, score=score))
    text = _l("“%(title)s”最好得分率 %(score)d%%，没有达到要求。", title=title, score=score)
    progress = Progress(have=score, need=least, unit=_l("分（百分制）")) if least > score else None
    return Finding(met=False, text=text, progress=progress, href="/exams")


def _exams() -> list[tuple[str, Any]]:
    return [
        (slug, pick(title)) for slug, title in db.session.execute(select(Exam.slug, Exam.title).order_by(Exam.slug))
    ]


EXAM = RequirementType(
    "exam",
    _l("考试合格"),
    asking({"least": whole(1, 100)}, slug=name()),
    _check,
    labels={"slug": _l("考试"), "least": _l("得分率至少")},
    units={"least": _l("分（百分制）")},
    choices={"slug": _exams},
    days=60,
    effort=20,
)
