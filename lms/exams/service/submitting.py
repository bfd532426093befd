"""Handing in: by the candidate, or by the sweeper when time is over."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select, update

from lms.exams.dto import Answer, Entry, Stored
from lms.exams.events import SittingSubmitted
from lms.exams.models import AnswerEntry, Sitting, SittingState
from lms.exams.receipts import final_receipt
from lms.exams.rules import GRACE, fold
from lms.kernel.actor import SYSTEM
from lms.kernel.db import database_now, db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work

BY_CANDIDATE = "candidate"
BY_DEADLINE = "deadline"
BATCH = 100


@dataclass(frozen=True, slots=True)
class Submitted:
    """A sitting handed in: when, by whom, how many items have an answer, and the final receipt."""

    submitted_at: dt.datetime
    by: str
    answered: int
    items: int
    receipt: str


def submit(sitting_id: uuid.UUID) -> Submitted:
    """Hand in a sitting, once: a second call finds the first one's outcome. Raises `NotFound`.

    The row lock waits for saves that are being committed (`lms.exams.saving`), so that whatever was acknowledged
    counts. After the deadline and its grace the sitting counts as ended by the deadline.
    """
    with unit_of_work(SYSTEM) as uow:
        query = select(Sitting).where(Sitting.id == sitting_id).with_for_update()
        sitting = uow.session.scalars(query.execution_options(populate_existing=True)).first()
        if sitting is None:
            raise NotFound(_("找不到这场考试。"))
        now = uow.session.scalars(select(database_now())).one()
        by = BY_CANDIDATE if now <= sitting.deadline_at + GRACE else BY_DEADLINE
        changed = uow.change(
            update(Sitting)
            .where(Sitting.id == sitting_id, Sitting.state == SittingState.OPEN)
            .values(state=SittingState.SUBMITTED, submitted_at=now, submitted_by=by)
        )
        if changed:
            uow.emit(
                SittingSubmitted(
                    sitting_id=sitting.id,
                    seat_id=sitting.seat_id,
                    person_id=sitting.person_id,
                    session_id=sitting.session_id,
                )
            )
            uow.session.refresh(sitting)
        return outcome(sitting)


def outcome(sitting: Sitting) -> Submitted:
    """What became of a submitted sitting; its final receipt covers every answer that counts."""
    if sitting.submitted_at is None:
        raise ValueError("the sitting is still open")
    answers = answers_of(sitting.id)
    return Submitted(
        sitting.submitted_at,
        sitting.submitted_by,
        sum(1 for answer in answers.values() if answer.choice),
        sitting.items,
        final_receipt(kernel().config.secret_key, sitting.id, sitting.submitted_at, answers),
    )


def answers_of(sitting_id: uuid.UUID) -> dict[int, Answer]:
    """What counts in a sitting, by position."""
    rows = db.session.execute(
        select(
            AnswerEntry.device,
            AnswerEntry.seq,
            AnswerEntry.position,
            AnswerEntry.choice,
            AnswerEntry.marked,
            AnswerEntry.saved_at,
        ).where(AnswerEntry.sitting_id == sitting_id)
    )
    return fold(
        Stored(device, Entry(seq, position, choice, marked), saved_at)
        for device, seq, position, choice, marked, saved_at in rows
    )


def sweep(limit: int = 10_000) -> int:
    """Hand in every sitting whose deadline and grace are over by the database's clock. Returns how many."""
    ended = 0
    while ended < limit:
        due = _due()
        for sitting_id in due:
            submit(sitting_id)
        ended += len(due)
        if len(due) < BATCH:
            break
    return ended


def _due() -> list[uuid.UUID]:
    now = db.session.scalars(select(database_now())).one()
    query = (
        select(Sitting.id)
        .where(Sitting.state == SittingState.OPEN, Sitting.deadline_at < now - GRACE)
        .order_by(Sitting.deadline_at, Sitting.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(query))
