"""Tables of cultivation plans: the plan as it is being written, its confirmed texts, reports, looks."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.programmes.plans.rules import MeasureKind, Outcome, PlanState, ReportState

_WAITS = text("state = 'sent'")


class PlanEnd(enum.StrEnum):
    """What a plan ended with: a look, or the term it belongs to."""

    LOOK = "look"
    TERM = "term"


class CultivationPlan(Base):
    """The plan of a term, and the text that is being written: what is confirmed stands in `cultivation_revision`.

    `measures` are `{"line", "kind", "what", "outcome", "due_on"}`. `revision` is the confirmed text in force, 0 while
    there is none. `edit` counts every change, so that who acts on an old page is refused. `returned` are the words
    with which the text was sent back; `asked`: an officer asked for the change, so it cannot be dropped.
    """

    __tablename__ = "cultivation_plan"
    __table_args__ = (
        CheckConstraint("mentor_id <> person_id", name="two_people"),
        CheckConstraint("last_day >= first_day", name="ends_after_start"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended"),
        Index("ix_cultivation_plan_person", "person_id"),
        Index("ix_cultivation_plan_mentor", "mentor_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    appointment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    mentor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    state: Mapped[PlanState] = mapped_column(choice(PlanState))
    revision: Mapped[int]
    edit: Mapped[int]
    goals: Mapped[str]
    measures: Mapped[list[dict[str, Any]]]
    reason: Mapped[str]
    returned: Mapped[str]
    asked: Mapped[bool]
    agreed_at: Mapped[dt.datetime | None]
    opened_by: Mapped[uuid.UUID | None]
    opened_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    ended_on: Mapped[dt.date | None]
    end_kind: Mapped[PlanEnd | None] = mapped_column(choice(PlanEnd))


class CultivationRevision(Base):
    """A text the talent wrote, the mentor agreed to and an officer confirmed: never changed. The last one counts."""

    __tablename__ = "cultivation_revision"
    __table_args__ = (UniqueConstraint("plan_id", "number"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cultivation_plan.id"))
    number: Mapped[int]
    goals: Mapped[str]
    reason: Mapped[str]
    mentor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[dt.datetime]
    confirmed_by: Mapped[uuid.UUID | None]
    confirmed_at: Mapped[dt.datetime]


class CultivationMeasure(Base):
    """A measure of a confirmed text; `line` says which measure it is through all texts of the plan."""

    __tablename__ = "cultivation_measure"
    __table_args__ = (UniqueConstraint("revision_id", "line"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    revision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cultivation_revision.id"))
    position: Mapped[int]
    line: Mapped[uuid.UUID]
    kind: Mapped[MeasureKind] = mapped_column(choice(MeasureKind))
    what: Mapped[str]
    outcome: Mapped[str]
    due_on: Mapped[dt.date]


class CultivationReport(Base):
    """What the talent has done for a measure; answered once. One at a time waits for the mentor."""

    __tablename__ = "cultivation_report"
    __table_args__ = (
        Index(
            "uq_cultivation_report_waiting", "plan_id", "line", unique=True,
            sqlite_where=_WAITS, postgresql_where=_WAITS,
        ),
        Index("ix_cultivation_report_plan", "plan_id", "line"),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cultivation_plan.id"))
    line: Mapped[uuid.UUID]
    done_on: Mapped[dt.date]
    text: Mapped[str]
    completes: Mapped[bool]
    file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    state: Mapped[ReportState] = mapped_column(choice(ReportState))
    answer: Mapped[str]
    sent_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]


class CultivationLook(Base):
    """A day on which the plan is looked at: the mentor writes once, then an officer records the outcome once."""

    __tablename__ = "cultivation_look"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("decided_at IS NULL OR written_at IS NOT NULL", name="written_first"),
        Index("ix_cultivation_look_due", "due_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cultivation_plan.id"))
    number: Mapped[int]
    due_on: Mapped[dt.date]
    text: Mapped[str]
    mentor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[dt.datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    words: Mapped[str]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
