"""Closing a session and marking its papers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import undefer

from lms.access import policy
from lms.exams import analysis, rules
from lms.exams.dto import Answer, Entry, KeyRow, Scored, Stored
from lms.exams.models import (
    AnswerEntry,
    Exam,
    ExamSession,
    Outcome,
    PaperForm,
    Result,
    Seat,
    SeatState,
    SessionState,
    Sitting,
    SittingState,
)
from lms.exams.service.sessions import locked
from lms.exams.service.submitting import sweep
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import database_now, db
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.jobs import queue
from lms.kernel.models import Job
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.questions import kinds
from lms.questions import queries as questions
from lms.questions import service as bank
from lms.questions.dto import UseRecord
from lms.questions.models import Bank

GRADE_JOB = "exams.grade"
CHUNK = 200

Progress = Callable[[int, int], None]
Mark = Callable[[Sequence[KeyRow], Mapping[int, Answer]], Scored]


def close_session(actor: Actor, session_id: uuid.UUID) -> uuid.UUID:
    """End a session and queue its marking; returns the job's id.

    Allowed once the time of every seat is over, or earlier when every registered candidate has handed in.
    """
    sweep()
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        policy.require(actor, "exam:edit", exam.org_id)
        waiting = _not_handed_in(uow, session_id)
        if waiting and not is_over(session):
            raise Conflict(
                _("还有 %(count)d 位考生没有交卷，考试时间也没有结束。", count=waiting),
                todo=_("请等所有人交卷，或等到考试结束。"),
                code="not_over",
            )
        changed = uow.change(
            update(ExamSession)
            .where(ExamSession.id == session_id, ExamSession.state == SessionState.FROZEN)
            .values(state=SessionState.CLOSED)
        )
        if changed != 1:
            raise Conflict(_("只有已组卷、未结束的考试可以结束。"), code="not_frozen")
        uow.audit("exam_session.close", "exam_session", session_id, org_id=exam.org_id, absent_so_far=waiting)
        return queue.enqueue(uow, GRADE_JOB, {"session": session_id.hex}, key=f"{GRADE_JOB}:{session_id.hex}")


def job_of(session_id: uuid.UUID) -> uuid.UUID | None:
    """The marking job of a session, where it was ended."""
    return db.session.scalar(select(Job.id).where(Job.key == f"{GRADE_JOB}:{session_id.hex}"))


def is_over(session: ExamSession) -> bool:
    """Whether nobody can still be writing, by the database's clock."""
    extra = db.session.scalar(select(func.max(Seat.extra_minutes)).where(Seat.session_id == session.id)) or 0
    now = db.session.scalars(select(database_now())).one()
    return now > session.closes_at + dt.timedelta(minutes=extra) + rules.GRACE


def grade_session(session_id: uuid.UUID, progress: Progress = lambda _done, _total: None) -> int:
    """Mark every seat of a closed session that has no result yet; returns how many were marked now.

    Safe to run again after a crash: a seat is marked once, in chunks that commit by themselves. Raises `Conflict`,
    with nothing marked, while nobody answers for a type of question on the papers.
    """
    session = db.session.get(ExamSession, session_id)
    if session is None:
        raise NotFound(_("找不到这期考试。"))
    if session.state not in {SessionState.CLOSED, SessionState.PUBLISHED}:
        raise Conflict(_("考试还没有结束，不能评分。"))
    sweep()
    exam = db.session.get_one(Exam, session.exam_id)
    keys = {form.id: _key(form) for form in _forms(session_id)}
    types = {kind: kinds.require(kind) for kind in sorted({row.kind for key in keys.values() for row in key})}
    titles = questions.point_titles(db.session.get_one(Bank, exam.bank_id).syllabus_id)
    total = db.session.scalar(_seats(session_id).with_only_columns(func.count(Seat.id))) or 0
    marked = 0
    mark = partial(rules.score, titles=titles, types=types)
    while chunk := _mark_chunk(session_id, exam, keys, mark):
        marked += chunk
        progress(marked, total)
    _analyse(session_id, keys)
    return marked


def _mark_chunk(
    session_id: uuid.UUID,
    exam: Exam,
    keys: dict[uuid.UUID, list[KeyRow]],
    mark: Mark,
) -> int:
    """Mark the next seats without a result, in one transaction."""
    with unit_of_work(SYSTEM) as uow:
        locked(uow, session_id)
        marked_seats = select(Result.seat_id).where(Result.seat_id == Seat.id)
        query = _seats(session_id).where(~marked_seats.exists()).order_by(Seat.ticket).limit(CHUNK)
        seats = uow.session.scalars(query).all()
        sittings = _sittings(uow, seats)
        journals = _journals(uow, [sitting.id for sitting in sittings.values()])
        for seat in seats:
            sitting = sittings.get(seat.id)
            if sitting is None:
                uow.session.add(_absent(seat, exam))
            else:
                scored = _marked(sitting, mark, keys[sitting.form_id], journals.get(sitting.id, {}))
                uow.session.add(_result(sitting, exam, scored))
        return len(seats)


def _marked(sitting: Sitting, mark: Mark, key: Sequence[KeyRow], answers: dict[int, Answer]) -> Scored:
    if sitting.state is not SittingState.SUBMITTED:
        raise Conflict(_("还有试卷没有交。"))
    return mark(key, answers)


def _result(sitting: Sitting, exam: Exam, scored: Scored) -> Result:
    return Result(
        id=new_id(),
        seat_id=sitting.seat_id,
        number=1,
        outcome=Outcome.SCORED,
        half_points=scored.half_points,
        total_half_points=scored.total_half_points,
        passed=scored.half_points >= exam.pass_half_points,
        by_point=scored.by_point,
        items=scored.items,
        created_at=clock.now(),
    )


def _absent(seat: Seat, exam: Exam) -> Result:
    """Absence is an outcome, never a score of 0."""
    total = sum(int(part["count"]) * int(part["half_points"]) for part in exam.blueprint["parts"])
    return Result(
        id=new_id(),
        seat_id=seat.id,
        number=1,
        outcome=Outcome.ABSENT,
        half_points=None,
        total_half_points=total,
        passed=False,
        by_point=[],
        items=[],
        created_at=clock.now(),
    )


def _analyse(session_id: uuid.UUID, keys: dict[uuid.UUID, list[KeyRow]]) -> None:
    """Write how each item fared, from the newest results."""
    rows = db.session.execute(
        select(Result.half_points, Result.items, Sitting.form_id)
        .join(Sitting, Sitting.seat_id == Result.seat_id)
        .where(Sitting.session_id == session_id, Result.outcome == Outcome.SCORED, Result.number == 1)
    )
    papers = [
        analysis.Paper(
            score,
            [(key, item["choice"], item["half_points"]) for key, item in zip(keys[form_id], items, strict=True)],
        )
        for score, items, form_id in rows
    ]
    figures = analysis.analyse(papers)
    with unit_of_work(SYSTEM) as uow:
        locked(uow, session_id)  # two markers replace the figures one after the other
        bank.record_uses(
            uow,
            session_id.hex,
            [
                UseRecord(
                    version_id=uuid.UUID(figure.version),
                    worth=figure.worth,
                    candidates=figure.candidates,
                    answered=figure.answered,
                    half_points=figure.half_points,
                    choices=figure.choices,
                    discrimination=figure.discrimination,
                )
                for figure in figures
            ],
        )


def _not_handed_in(uow: UnitOfWork, session_id: uuid.UUID) -> int:
    handed_in = select(Sitting.id).where(Sitting.seat_id == Seat.id, Sitting.state == SittingState.SUBMITTED)
    query = _seats(session_id).where(~handed_in.exists()).with_only_columns(func.count(Seat.id))
    return uow.session.scalar(query) or 0


def _seats(session_id: uuid.UUID) -> Select[Seat]:
    return select(Seat).where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED)


def _forms(session_id: uuid.UUID) -> Sequence[PaperForm]:
    query = select(PaperForm).where(PaperForm.session_id == session_id)
    return db.session.scalars(query.options(undefer(PaperForm.key))).all()


def _key(form: PaperForm) -> list[KeyRow]:
    return [KeyRow.from_json(row) for row in form.key]


def _sittings(uow: UnitOfWork, seats: Sequence[Seat]) -> dict[uuid.UUID, Sitting]:
    query = select(Sitting).where(Sitting.seat_id.in_([seat.id for seat in seats]))
    return {row.seat_id: row for row in uow.session.scalars(query.execution_options(populate_existing=True))}


def _journals(uow: UnitOfWork, sitting_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[int, Answer]]:
    """What counts in each of these sittings, in one SELECT."""
    rows = uow.session.execute(
        select(
            AnswerEntry.sitting_id,
            AnswerEntry.device,
            AnswerEntry.seq,
            AnswerEntry.position,
            AnswerEntry.choice,
            AnswerEntry.marked,
            AnswerEntry.saved_at,
        ).where(AnswerEntry.sitting_id.in_(sitting_ids))
    )
    journals: dict[uuid.UUID, list[Stored]] = {}
    for sitting_id, device, seq, position, choice, marked, saved_at in rows:
        stored = Stored(device, Entry(seq, position, choice, marked), saved_at)
        journals.setdefault(sitting_id, []).append(stored)
    return {sitting_id: rules.fold(journal) for sitting_id, journal in journals.items()}
