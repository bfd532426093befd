"""Results: which count, who passed, how items fared."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from lms.exams.models import (
    Exam,
    ExamSession,
    Result,
    Seat,
    SeatState,
    SessionState,
)
from lms.kernel.db import db
from lms.questions.models import Bank, Item, ItemUse, ItemVersion

_later = aliased(Result)
_superseded = select(_later.id).where(_later.seat_id == Result.seat_id, _later.number > Result.number)
_newest = select(Result).where(~_superseded.exists())


def newest_results() -> Select[Result]:
    """Results that nothing supersedes: the highest number of each seat."""
    return _newest


def published_passes(exam_slug: str) -> Select[uuid.UUID, uuid.UUID, dt.datetime | None]:
    """(person_id, result_id, published_at) of every published pass of an exam, newest result per seat only."""
    return (
        newest_results()
        .join(Seat, Seat.id == Result.seat_id)
        .join(ExamSession, ExamSession.id == Seat.session_id)
        .join(Exam, Exam.id == ExamSession.exam_id)
        .where(Exam.slug == exam_slug, ExamSession.state == SessionState.PUBLISHED, Result.passed)
        .with_only_columns(Seat.person_id, Result.id, ExamSession.published_at)
    )


def scores(session_id: uuid.UUID) -> list[tuple[Result, str]]:
    """Newest results of a session's registered seats."""
    query = (
        newest_results()
        .join(Seat, Seat.id == Result.seat_id)
        .where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED)
        .add_columns(Seat.ticket)
        .order_by(Seat.ticket)
    )
    return [(result, ticket) for result, ticket in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of a session with its figures; facility and discrimination in thousandths."""

    ref: str
    bank_slug: str
    stem: str
    kind: str
    options: int
    key: tuple[int, ...]
    candidates: int
    facility: int
    discrimination: int | None
    choices: dict[str, int]

    @property
    def doubtful(self) -> bool:
        """Worth a second look: nearly nobody was right, or the best did no better than the weakest."""
        return self.facility < 250 or (self.discrimination is not None and self.discrimination < 100)


def item_figures(session_id: uuid.UUID) -> list[ItemRow]:
    """How each item of a session fared, the hardest first."""
    query = (
        select(ItemUse, ItemVersion, Item, Bank.slug)
        .join(ItemVersion, ItemVersion.id == ItemUse.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Bank, Bank.id == Item.bank_id)
        .where(ItemUse.session_key == session_id.hex)
    )
    rows = [
        ItemRow(
            ref=item.ref,
            bank_slug=slug,
            stem=version.stem,
            kind=item.kind,
            options=len(version.options),
            key=tuple(version.key),
            candidates=use.candidates,
            facility=round(1000 * use.half_points / (use.candidates * use.worth)) if use.candidates else 0,
            discrimination=use.discrimination,
            choices=use.choices,
        )
        for use, version, item, slug in db.session.execute(query)
    ]
    return sorted(rows, key=lambda row: (row.facility, row.ref))
