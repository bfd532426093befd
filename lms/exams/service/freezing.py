"""Freezing: drawing the paper forms of a session before its day, once and for all."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from lms.access import policy
from lms.exams import drawing
from lms.exams.dto import Blueprint
from lms.exams.models import ExamSession, PaperForm, Seat, SeatState, SessionState
from lms.exams.service.exams import require_enough
from lms.exams.service.sessions import locked
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id, new_token
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.questions import kinds
from lms.questions import queries as questions
from lms.questions.dto import DrawItem


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper as drawn: content, key and the digest over both."""

    number: int
    content: list[dict[str, object]]
    key: list[dict[str, object]]
    digest: str
    half_points: int


def freeze(actor: Actor, session_id: uuid.UUID, *, seed: str = "") -> int:
    """Draw and store the paper forms and give every seat one. Returns the number of forms.

    The seed and the pool are kept: `redraw` makes the same papers again. Raises `Invalid` when the bank has become too
    small and `Conflict` when the session is not a draft any more; then nothing was stored.
    """
    with unit_of_work(actor) as uow:
        session, exam = locked(uow, session_id)
        policy.require(actor, "exam:edit", exam.org_id)
        blueprint = Blueprint.from_json(exam.blueprint)
        require_enough(blueprint, exam.bank_id)
        if session.closes_at <= clock.now():
            raise Conflict(_("考试时间已过，不能再组卷。"), todo=_("请先改时间。"))
        pool = questions.draw_pool(exam.bank_id)
        types = kinds.offered()
        draw: dict[str, Any] = {
            "seed": seed or new_token(),
            "several": {part.kind: types[part.kind].several for part in blueprint.parts},
            "forms": exam.forms,
            "blueprint": exam.blueprint,
            "pool": [item.version_id.hex for item in pool],
        }
        changed = uow.change(
            update(ExamSession)
            .where(ExamSession.id == session_id, ExamSession.state == SessionState.DRAFT)
            .values(state=SessionState.FROZEN, frozen_at=clock.now(), draw=draw)
        )
        if changed != 1:
            raise Conflict(_("这一期已经组过卷，试卷不能更换。"), code="frozen")
        papers = print_papers(blueprint, pool, draw["seed"], exam.forms, draw["several"])
        forms = [_stored(uow, session_id, paper) for paper in papers]
        _assign(uow, session_id, forms)
        digests = [paper.digest for paper in papers]
        uow.audit("exam_session.freeze", "exam_session", session_id, org_id=exam.org_id, digests=digests)
        return len(forms)


def print_papers(
    blueprint: Blueprint, pool: Sequence[DrawItem], seed: str, forms: int, several: Mapping[str, bool]
) -> list[Printed]:
    """Draw `forms` papers; items that an earlier one had come last in the next. `several` as in `print_paper`."""
    used: Counter[uuid.UUID] = Counter()
    papers: list[Printed] = []
    texts = questions.frozen_items([item.version_id for item in pool])
    for number in range(1, forms + 1):
        drawn = drawing.draw(blueprint, pool, f"{seed}|{number}", used)
        used.update(item.version_id for _part, item in drawn)
        content, key = drawing.print_paper(
            blueprint, [(part, texts[item.version_id]) for part, item in drawn], f"{seed}|{number}", several
        )
        papers.append(Printed(number, content, key, drawing.digest(content, key), blueprint.half_points))
    return papers


def redraw(session: ExamSession) -> list[Printed]:
    """Draw a frozen session's papers again from what was recorded: the digests must be those stored."""
    draw = session.draw
    pool = questions.pool_of([uuid.UUID(known) for known in draw["pool"]])
    blueprint = Blueprint.from_json(draw["blueprint"])
    return print_papers(blueprint, pool, draw["seed"], draw["forms"], draw.get("several", {}))


def note_look(actor: Actor, form_id: uuid.UUID, org_id: uuid.UUID) -> None:
    """Record that somebody looked at a paper with its key."""
    with unit_of_work(actor) as uow:
        uow.audit("paper_form.look", "paper_form", form_id, org_id=org_id)


def _stored(uow: UnitOfWork, session_id: uuid.UUID, paper: Printed) -> uuid.UUID:
    form = PaperForm(
        id=new_id(),
        session_id=session_id,
        number=paper.number,
        content=paper.content,
        key=paper.key,
        digest=paper.digest,
        items=len(paper.content),
        total_half_points=paper.half_points,
        created_at=clock.now(),
    )
    uow.session.add(form)
    uow.session.flush()
    return form.id


def _assign(uow: UnitOfWork, session_id: uuid.UUID, forms: Sequence[uuid.UUID]) -> None:
    """Give the seats forms in turn, by ticket: neighbours differ, and each form is used as often as the others."""
    seats = uow.session.scalars(
        select(Seat).where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED).order_by(Seat.ticket)
    )
    for position, seat in enumerate(seats):
        seat.form_id = forms[position % len(forms)]


def forms_for_seats(uow: UnitOfWork, session: ExamSession) -> Iterator[uuid.UUID | None]:
    """For each further seat the form that has the fewest; None before freezing. The caller holds the session's lock."""
    query = (
        select(PaperForm.id, func.count(Seat.id))
        .outerjoin(Seat, (Seat.form_id == PaperForm.id) & (Seat.state == SeatState.REGISTERED))
        .where(PaperForm.session_id == session.id)
        .group_by(PaperForm.id, PaperForm.number)
        .order_by(PaperForm.number)
    )
    given = {form_id: seats for form_id, seats in uow.session.execute(query)}  # noqa: C416 - a Row is no pair to mypy
    return _fewest_first(given) if given else itertools.repeat(None)


def _fewest_first(given: dict[uuid.UUID, int]) -> Iterator[uuid.UUID]:
    while True:
        fewest = min(given, key=lambda form_id: given[form_id])  # of equals the first: dicts keep their order
        given[fewest] += 1
        yield fewest
