"""Tables of approval chains, cases and what is decided about them. Notices are in `notice_models`."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, Sequence64, choice
from lms.kernel.ids import new_id


class Level(enum.StrEnum):
    """Where along the management tree a step is decided, seen from the applicant's unit."""

    EMPLOYER = "employer"
    STREET = "street"
    COUNTY = "county"
    CITY = "city"


class ApprovalChain(Base):
    """How cases of a kind are decided from a day on. A change is a new row; running cases keep what they began with."""

    __tablename__ = "approval_chain"
    __table_args__ = (UniqueConstraint("kind", "valid_from", "revision"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[dt.date]
    revision: Mapped[int]
    plan: Mapped[dict[str, Any]]
    note: Mapped[str]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]


class ApprovalSeries(Base):
    """The last number given out: of cases and of notices, by year."""

    __tablename__ = "approval_series"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int]


class CaseState(enum.StrEnum):
    OPEN = "open"
    RETURNED = "returned"
    AWAITING_NOTICE = "awaiting_notice"
    IN_NOTICE = "in_notice"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


RUNNING = (CaseState.OPEN, CaseState.RETURNED, CaseState.AWAITING_NOTICE, CaseState.IN_NOTICE)
"""States of a case that has not ended."""


class ApprovalCase(Base):
    """One application on its way. Chain, applicant and facts are frozen as of the day it was opened.

    `at_role`, `at_org_id` and `at_level` repeat the step the case stands at, for the officers' list. `round` counts how
    often the applicant has handed the case in. `lapsed`: withdrawn because a return was not answered in time.
    """

    __tablename__ = "approval_case"
    __table_args__ = (
        CheckConstraint("state <> 'open' OR (at_role IS NOT NULL AND at_org_id IS NOT NULL)", name="open_stands_at"),
        CheckConstraint("(closed_at IS NULL) = (state NOT IN ('approved', 'rejected', 'withdrawn'))", name="ends_once"),
        Index("ix_approval_case_at", "state", "at_role", "at_org_id"),
        Index("ix_approval_case_unit", "org_id", "state"),
        Index("ix_approval_case_subject", "subject_id"),
        Index("ix_approval_case_due", "state", "due_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(String(160), unique=True)
    plan: Mapped[dict[str, Any]]
    steps: Mapped[list[dict[str, Any]]]
    left_out: Mapped[list[dict[str, Any]]]
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    applicant_name: Mapped[str] = mapped_column(String(60))
    applicant_unit: Mapped[str]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    opened_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    title: Mapped[dict[str, str]]
    facts: Mapped[list[dict[str, Any]]]
    amount_fen: Mapped[int | None] = mapped_column(Sequence64)
    state: Mapped[CaseState] = mapped_column(choice(CaseState))
    round: Mapped[int]
    step_at: Mapped[int]
    at_role: Mapped[str | None] = mapped_column(String(40))
    at_org_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("org_unit.id"))
    at_level: Mapped[Level | None] = mapped_column(choice(Level))
    due_on: Mapped[dt.date | None]
    notice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("public_notice.id"), index=True)
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_reason: Mapped[str] = mapped_column(default="")
    lapsed: Mapped[bool] = mapped_column(default=False)


class Outcome(enum.StrEnum):
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"


class ApprovalDecision(Base):
    """What an officer decided at a step in a round. `on_behalf_of` is the absent person a substitute acted for.

    Names are those of the day. `seen` is the seal of what stood on the officer's page: the same seal twice is one
    decision.
    """

    __tablename__ = "approval_decision"
    __table_args__ = (
        UniqueConstraint("case_id", "round", "step"),
        Index("ix_approval_decision_by", "decided_by", "decided_at"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("approval_case.id"))
    round: Mapped[int]
    step: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    reason: Mapped[str]
    missing: Mapped[list[dict[str, Any]]]
    decided_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decider: Mapped[str]
    absent: Mapped[str]
    seen: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[dt.datetime]


class ApprovalCorrection(Base):
    """The applicant's answer to a return: the round it begins, and the facts it replaced."""

    __tablename__ = "approval_correction"
    __table_args__ = (UniqueConstraint("case_id", "round"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("approval_case.id"))
    round: Mapped[int]
    note: Mapped[str]
    facts_before: Mapped[list[dict[str, Any]]]
    amount_before: Mapped[int | None] = mapped_column(Sequence64)
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[dt.datetime]


class ApprovalProof(Base):
    """A file that backs a case. A correction adds one, nothing is taken away."""

    __tablename__ = "approval_proof"
    __table_args__ = (UniqueConstraint("case_id", "kind", "sha256"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("approval_case.id"))
    kind: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    round: Mapped[int]
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[dt.datetime]


class ApprovalSubstitute(Base):
    """Somebody decides where another person could, from a day to a day, because that person is away."""

    __tablename__ = "approval_substitute"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="ends_after_start"),
        CheckConstraint("absent_id <> stand_in_id", name="two_people"),
        Index("ix_approval_substitute_stand_in", "stand_in_id", "valid_to"),
        Index(
            "uq_approval_substitute_standing",
            "absent_id",
            "stand_in_id",
            "valid_from",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    absent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    stand_in_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date]
    reason: Mapped[str]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
