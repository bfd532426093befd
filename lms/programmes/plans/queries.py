"""Plans with everything that belongs to them, a person's own, and the officers' list."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, Select, exists, or_, select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.models import StoredFile
from lms.people.models import Person
from lms.programmes.appointment_models import Appointment, AppointmentEnd
from lms.programmes.models import ProgrammeVersion
from lms.programmes.plans import rules, texts
from lms.programmes.plans.models import (
    CultivationLook,
    CultivationMeasure,
    CultivationPlan,
    CultivationReport,
    CultivationRevision,
)
from lms.programmes.plans.rules import LookState, Measure, MeasureState, PlanState, Report, ReportState, Text
from lms.programmes.queries.appointments import held_on, narrowed


@dataclass(frozen=True, slots=True)
class Line:
    """A measure in force with how it goes and its reports, the latest first."""

    measure: Measure
    state: MeasureState
    reports: Sequence[CultivationReport]


@dataclass(frozen=True, slots=True)
class Look:
    """A look and where it stands."""

    row: CultivationLook
    state: LookState


@dataclass(frozen=True)
class Shown:
    """A plan with its confirmed texts (the latest first), the measures in force, looks, reports and their files."""

    plan: CultivationPlan
    programme: str
    names: Mapping[uuid.UUID, str]
    revisions: Sequence[tuple[CultivationRevision, Sequence[Measure]]]
    reports: Sequence[CultivationReport]
    looks: Sequence[Look]
    files: Mapping[uuid.UUID, StoredFile]

    @property
    def talent(self) -> str:
        return self.names[self.plan.person_id]

    @property
    def mentor(self) -> str:
        return self.names[self.plan.mentor_id]

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures in force."""
        return self.revisions[0][1] if self.revisions else ()

    @property
    def in_force(self) -> Collection[uuid.UUID]:
        """Which measures are in force."""
        return {one.line for one in self.measures}

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The measures in force with how they go."""
        known = [Report(one.line, one.state, one.completes) for one in self.reports]
        today, is_over = clock.today(), self.plan.state is PlanState.ENDED
        return [
            Line(
                one,
                rules.standing(one, known, today, is_over=is_over),
                [each for each in self.reports if each.line == one.line],
            )
            for one in self.measures
        ]

    @property
    def done(self) -> tuple[Measure, ...]:
        """The measures that are done: no change touches them."""
        return tuple(one.measure for one in self.lines if one.state is MeasureState.DONE)

    @property
    def reported(self) -> set[uuid.UUID]:
        """What has been reported on, but for what was returned."""
        return {one.line for one in self.reports if one.state is not ReportState.RETURNED}

    @property
    def late(self) -> int:
        """How many measures and looks are late."""
        measures = sum(one.state is MeasureState.LATE for one in self.lines)
        return measures + sum(one.state is LookState.LATE for one in self.looks)

    @property
    def next_look(self) -> Look | None:
        """The first look that is not over."""
        over = {LookState.SETTLED, LookState.VOID}
        return next((one for one in self.looks if one.state not in over), None)

    def look(self, number: int) -> Look | None:
        """The look with a number, from 1."""
        return next((one for one in self.looks if one.row.number == number), None)

    @property
    def text(self) -> Text:
        """The text to go on writing: the draft, else what is in force."""
        if self.plan.measures or not self.revisions:
            return texts.draft(self.plan)
        return Text(self.revisions[0][0].goals, tuple(self.measures))


def load_one(plan: CultivationPlan) -> Shown:
    """One plan with everything that belongs to it."""
    return load([plan])[plan.id]


def load(plans: Iterable[CultivationPlan]) -> Mapping[uuid.UUID, Shown]:
    """Plans with everything that belongs to them, in a constant number of statements."""
    known = {plan.id: plan for plan in plans}
    if not known:
        return {}
    revisions, looks, reports = _revisions(known), _looks(known), _reports(known)
    files = _files(one.file_id for rows in reports.values() for one in rows)
    terms = {plan.appointment_id for plan in known.values()}
    of_term = select(Appointment.id, Appointment.programme).where(Appointment.id.in_(terms))
    programmes = {row.id: row.programme for row in db.session.execute(of_term)}
    names = _names(known.values())
    return {
        key: Shown(
            plan, programmes[plan.appointment_id], names, revisions[key], reports[key], looks[key],
            {one.id: files[one.file_id] for one in reports[key] if one.file_id is not None},
        )
        for key, plan in known.items()
    }  # fmt: skip


def _revisions(
    known: Mapping[uuid.UUID, CultivationPlan],
) -> Mapping[uuid.UUID, Sequence[tuple[CultivationRevision, Sequence[Measure]]]]:
    query = select(CultivationRevision).where(CultivationRevision.plan_id.in_(known))
    rows = db.session.scalars(query.order_by(CultivationRevision.number.desc())).all()
    of_them = select(CultivationMeasure).where(CultivationMeasure.revision_id.in_([row.id for row in rows]))
    measures: dict[uuid.UUID, list[Measure]] = defaultdict(list)
    for one in db.session.scalars(of_them.order_by(CultivationMeasure.position)):
        measures[one.revision_id].append(Measure(one.line, one.kind, one.what, one.outcome, one.due_on))
    found: dict[uuid.UUID, list[tuple[CultivationRevision, Sequence[Measure]]]] = defaultdict(list)
    for row in rows:
        found[row.plan_id].append((row, measures[row.id]))
    return found


def _looks(known: Mapping[uuid.UUID, CultivationPlan]) -> Mapping[uuid.UUID, Sequence[Look]]:
    query = select(CultivationLook).where(CultivationLook.plan_id.in_(known)).order_by(CultivationLook.number)
    found: dict[uuid.UUID, list[Look]] = defaultdict(list)
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        state = rules.look_state(
            row.due_on, clock.today(), known[row.plan_id].ended_on,
            is_written=row.written_at is not None, is_settled=row.decided_at is not None,
        )  # fmt: skip
        found[row.plan_id].append(Look(row, state))
    return found


def _reports(known: Mapping[uuid.UUID, CultivationPlan]) -> Mapping[uuid.UUID, Sequence[CultivationReport]]:
    query = select(CultivationReport).where(CultivationReport.plan_id.in_(known))
    query = query.order_by(CultivationReport.sent_at.desc(), CultivationReport.id.desc())
    found: dict[uuid.UUID, list[CultivationReport]] = defaultdict(list)
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        found[row.plan_id].append(row)
    return found


def _files(ids: Iterable[uuid.UUID | None]) -> Mapping[uuid.UUID | None, StoredFile]:
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return {row.id: row for row in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(wanted)))}


def _names(plans: Iterable[CultivationPlan]) -> Mapping[uuid.UUID, str]:
    ids = {person for plan in plans for person in (plan.person_id, plan.mentor_id)}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def of_person(person_id: uuid.UUID) -> Sequence[CultivationPlan]:
    """The plans a person takes part in, as talent or mentor: those going on first, then the latest."""
    taking_part = or_(CultivationPlan.person_id == person_id, CultivationPlan.mentor_id == person_id)
    query = select(CultivationPlan).where(taking_part)
    ordered = query.order_by(CultivationPlan.ended_on.is_not(None), CultivationPlan.first_day.desc())
    return db.session.scalars(ordered.order_by(CultivationPlan.id)).all()


def of_term(appointment_id: uuid.UUID) -> CultivationPlan | None:
    """The plan of a term."""
    query = select(CultivationPlan).where(CultivationPlan.appointment_id == appointment_id)
    return db.session.scalars(query).first()


class Status(enum.StrEnum):
    """How the officers' list is narrowed. `decide`: something waits for an officer."""

    NONE = "none"
    WRITING = "writing"
    DECIDE = "decide"
    IN_FORCE = "in_force"
    LATE = "late"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """What the officers' list is narrowed to."""

    text: str = ""
    programme: str = ""
    org_id: uuid.UUID | None = None
    status: Status | None = None


def listed(actor: Actor, wanted: PlanFilter, today: dt.date) -> Select[Appointment, str, CultivationPlan]:
    """The terms an officer sees that have a plan, or should have one, with the people's names and the plans."""
    query = select(Appointment, Person.name, CultivationPlan).join(Person, Person.id == Appointment.person_id)
    query = query.join(ProgrammeVersion, ProgrammeVersion.id == Appointment.version_id)
    query = query.outerjoin(AppointmentEnd, AppointmentEnd.appointment_id == Appointment.id)
    query = query.outerjoin(CultivationPlan, CultivationPlan.appointment_id == Appointment.id)
    wants_one = ProgrammeVersion.plan_months.is_not(None) & held_on(today)
    query = query.where(or_(CultivationPlan.id.is_not(None), wants_one))
    query = query.where(*narrowed(actor, wanted.text, wanted.programme, wanted.org_id))
    if wanted.status is not None:
        query = query.where(_in_status(wanted.status, today))
    return query.order_by(Appointment.ends_on.is_(None), Appointment.ends_on, Appointment.id)


def _in_status(status: Status, today: dt.date) -> ColumnElement[bool]:
    if status is Status.NONE:
        return CultivationPlan.id.is_(None)
    if status is Status.WRITING:
        return CultivationPlan.state.in_((PlanState.DRAFT, PlanState.PROPOSED))
    if status is Status.DECIDE:
        written = _a_look(CultivationLook.written_at.is_not(None), CultivationLook.decided_at.is_(None))
        return (CultivationPlan.state == PlanState.AGREED) | written
    if status is Status.LATE:
        return late(today)
    return CultivationPlan.state == PlanState(status.value)


def late(today: dt.date) -> ColumnElement[bool]:
    """Plans with a late measure or look: what `Shown.late` counts, for lists."""
    not_over = or_(CultivationPlan.ended_on.is_(None), CultivationPlan.ended_on >= CultivationLook.due_on)
    look = _a_look(CultivationLook.due_on < today, CultivationLook.written_at.is_(None), not_over)
    return look | (CultivationPlan.ended_on.is_(None) & due_before(today))


def due_before(day: dt.date) -> ColumnElement[bool]:
    """Plans with a measure in force that is due before a day, and neither done nor waiting for the mentor."""
    answered = exists().where(
        CultivationReport.plan_id == CultivationPlan.id,
        CultivationReport.line == CultivationMeasure.line,
        or_(
            CultivationReport.state == ReportState.SENT,
            (CultivationReport.state == ReportState.CONFIRMED) & CultivationReport.completes,
        ),
    )
    return exists().where(
        CultivationRevision.plan_id == CultivationPlan.id,
        CultivationRevision.number == CultivationPlan.revision,
        CultivationMeasure.revision_id == CultivationRevision.id,
        CultivationMeasure.due_on < day,
        ~answered,
    )


def _a_look(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CultivationLook.plan_id == CultivationPlan.id, *which)
