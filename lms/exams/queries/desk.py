"""What officers see of examinations."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select

from lms.access import policy
from lms.exams.models import (
    AnswerEntry,
    Exam,
    ExamSession,
    PaperForm,
    Result,
    Seat,
    SeatState,
    SessionState,
    Sitting,
    SittingState,
)
from lms.exams.queries.results import newest_results
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person
from lms.questions.models import Bank


@dataclass(frozen=True, slots=True)
class ExamRow:
    """An exam in the officers' list."""

    exam: Exam
    org_name: str
    bank_slug: str
    sessions: int
    next_opens_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Live numbers of a session. `saved` counts sittings with at least one answer kept."""

    seats: int
    started: int
    saved: int
    submitted: int
    results: int

    @property
    def writing(self) -> int:
        return self.started - self.submitted


def exams(actor: Actor, permission: str = "exam:view") -> list[ExamRow]:
    """Every exam in sight, in one SELECT."""
    upcoming = and_(ExamSession.closes_at > clock.now(), ExamSession.state != SessionState.CANCELLED)
    query = (
        select(
            Exam,
            OrgUnit.name,
            Bank.slug,
            func.count(ExamSession.id),
            func.min(ExamSession.opens_at).filter(upcoming),
        )
        .join(OrgUnit, OrgUnit.id == Exam.org_id)
        .join(Bank, Bank.id == Exam.bank_id)
        .outerjoin(ExamSession, ExamSession.exam_id == Exam.id)
        .where(Exam.org_id.in_(policy.visible_orgs(actor, permission)))
        .group_by(Exam.id, OrgUnit.id, Bank.id)
        .order_by(Exam.created_at.desc(), Exam.id)
    )
    return [ExamRow(*row) for row in db.session.execute(query)]


def exam(actor: Actor, slug: str, permission: str = "exam:view") -> Exam:
    """An exam by its slug. Raises `NotFound` where it is out of sight."""
    found = db.session.scalars(select(Exam).where(Exam.slug == slug)).first()
    if found is None:
        raise NotFound(_("找不到这个考试。"))
    policy.require(actor, permission, found.org_id)
    return found


def sessions(exam_id: uuid.UUID) -> Sequence[ExamSession]:
    """The dates of an exam, the latest first."""
    query = select(ExamSession).where(ExamSession.exam_id == exam_id).order_by(ExamSession.number.desc())
    return db.session.scalars(query).all()


def session(actor: Actor, session_id: uuid.UUID, permission: str = "exam:view") -> tuple[ExamSession, Exam]:
    """A session and its exam. Raises `NotFound` where it is out of sight."""
    found = db.session.get(ExamSession, session_id)
    if found is None:
        raise NotFound(_("找不到这期考试。"))
    owner = db.session.get_one(Exam, found.exam_id)
    policy.require(actor, permission, owner.org_id)
    return found, owner


def forms(session_id: uuid.UUID) -> Sequence[PaperForm]:
    """The paper forms of a session, in order."""
    query = select(PaperForm).where(PaperForm.session_id == session_id).order_by(PaperForm.number)
    return db.session.scalars(query).all()


def counts(session_id: uuid.UUID) -> Counts:
    """Live numbers of a session, in one SELECT."""
    kept = select(AnswerEntry.seq).where(AnswerEntry.sitting_id == Sitting.id)
    query = (
        select(
            func.count(Seat.id.distinct()),
            func.count(Sitting.id.distinct()),
            func.count(Sitting.id.distinct()).filter(kept.exists()),
            func.count(Sitting.id.distinct()).filter(Sitting.state == SittingState.SUBMITTED),
            func.count(Result.seat_id.distinct()),
        )
        .select_from(Seat)
        .outerjoin(Sitting, Sitting.seat_id == Seat.id)
        .outerjoin(Result, Result.seat_id == Seat.id)
        .where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED)
    )
    return Counts(*db.session.execute(query).one())


def seats(session_id: uuid.UUID, text: str = "") -> Select[Seat, str, Sitting | None, Result | None, int | None]:
    """The registered seats with name, sitting, newest result and form number, by ticket."""
    query = (
        select(Seat, Person.name, Sitting, Result, PaperForm.number)
        .join(Person, Person.id == Seat.person_id)
        .outerjoin(Sitting, Sitting.seat_id == Seat.id)
        .outerjoin(
            Result,
            and_(Result.seat_id == Seat.id, Result.id.in_(newest_results().with_only_columns(Result.id))),
        )
        .outerjoin(PaperForm, PaperForm.id == Seat.form_id)
        .where(Seat.session_id == session_id, Seat.state == SeatState.REGISTERED)
        .order_by(Seat.ticket, Seat.id)
    )
    if text:
        query = query.where(or_(Person.name.contains(text, autoescape=True), Seat.ticket == text))
    return query


def units_of(person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The name of the unit that employs each person now, for lists and exports."""
    query = (
        select(Employment.person_id, OrgUnit.name)
        .join(OrgUnit, OrgUnit.id == Employment.org_id)
        .where(Employment.person_id.in_(person_ids), Employment.ended_on.is_(None))
        .order_by(Employment.started_on)
    )
    return {person_id: name for person_id, name in db.session.execute(query)}  # noqa: C416 - a Row is no pair to mypy


def forms_in_use(session_id: uuid.UUID) -> list[tuple[PaperForm, int]]:
    """Each paper form with its number of seats."""
    query = (
        select(PaperForm, func.count(Seat.id))
        .outerjoin(Seat, and_(Seat.form_id == PaperForm.id, Seat.state == SeatState.REGISTERED))
        .where(PaperForm.session_id == session_id)
        .group_by(PaperForm.id)
        .order_by(PaperForm.number)
    )
    return [(form_row, count) for form_row, count in db.session.execute(query)]


def bank_of(owner: Exam) -> Bank:
    """The bank an exam draws from."""
    return db.session.get_one(Bank, owner.bank_id)


def may(actor: Actor, permission: str, owner: Exam) -> bool:
    """Whether the actor holds a permission on the exam's unit."""
    return policy.can(actor, permission, owner.org_id)


def own_units(actor: Actor, permission: str) -> Sequence[OrgUnit]:
    """The highest units on which the actor holds a permission: what a form offers as an owner."""
    visible = policy.visible_orgs(actor, permission)
    query = select(OrgUnit).where(
        OrgUnit.id.in_(visible), or_(OrgUnit.parent_id.is_(None), OrgUnit.parent_id.not_in(visible))
    )
    return db.session.scalars(query.order_by(OrgUnit.code)).all()
