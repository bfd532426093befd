"""What this room tells the others. Handlers of core rooms run inside the transaction and may veto by raising."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CaseEvent(DomainEvent):
    """What every event about a case says. `kind` and `subject_id` are those its consumer gave."""

    case_id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    applicant_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class CaseOpened(CaseEvent):
    name: ClassVar[str] = "approvals.case_opened"
    number: str


@dataclass(frozen=True, kw_only=True)
class CaseDecided(CaseEvent):
    """An officer decided a step: `outcome` is approved, returned or rejected. Told before what follows from it."""

    name: ClassVar[str] = "approvals.case_decided"
    round: int
    step: int
    outcome: str


@dataclass(frozen=True, kw_only=True)
class CaseReturned(CaseEvent):
    """The applicant is asked for the items `missing`, all at once."""

    name: ClassVar[str] = "approvals.case_returned"
    round: int
    step: int
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CaseResubmitted(CaseEvent):
    name: ClassVar[str] = "approvals.case_resubmitted"
    round: int


@dataclass(frozen=True, kw_only=True)
class CaseApproved(CaseEvent):
    """Every step has approved and the notice, where there is one, is over. Told exactly once for a case."""

    name: ClassVar[str] = "approvals.case_approved"
    amount_fen: int | None


@dataclass(frozen=True, kw_only=True)
class CaseRejected(CaseEvent):
    """Rejected by a step, or (`objection_id`) because an objection to its notice was upheld."""

    name: ClassVar[str] = "approvals.case_rejected"
    objection_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CaseWithdrawn(CaseEvent):
    """Taken back by the applicant, or `lapsed`: a return was not answered in time."""

    name: ClassVar[str] = "approvals.case_withdrawn"
    lapsed: bool


@dataclass(frozen=True, kw_only=True)
class NoticePublished(DomainEvent):
    name: ClassVar[str] = "approvals.notice_published"
    notice_id: uuid.UUID
    kind: str
    number: str
    cases: int


@dataclass(frozen=True, kw_only=True)
class NoticeEnded(DomainEvent):
    """The last day of a notice is over, or it was `voided`. What becomes of its cases is told case by case."""

    name: ClassVar[str] = "approvals.notice_ended"
    notice_id: uuid.UUID
    kind: str
    voided: bool


@dataclass(frozen=True, kw_only=True)
class ObjectionRaised(DomainEvent):
    """Against one case of a notice, or without one against the notice as a whole."""

    name: ClassVar[str] = "approvals.objection_raised"
    objection_id: uuid.UUID
    notice_id: uuid.UUID
    case_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True)
class ObjectionDecided(DomainEvent):
    name: ClassVar[str] = "approvals.objection_decided"
    objection_id: uuid.UUID
    notice_id: uuid.UUID
    case_id: uuid.UUID | None
    upheld: bool


EVENTS = (
    CaseOpened,
    CaseDecided,
    CaseReturned,
    CaseResubmitted,
    CaseApproved,
    CaseRejected,
    CaseWithdrawn,
    NoticePublished,
    NoticeEnded,
    ObjectionRaised,
    ObjectionDecided,
)
