"""What use cases of this room take and give. Frozen, ids instead of rows: consumers see nothing else."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.approvals.chain import ChainPlan, LeftOut, StandingStep
from lms.approvals.models import CaseState, Level, Outcome
from lms.kernel.i18n import Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled line of a case, frozen when it is opened.

    `key` is stable among the case's facts. `met` says of a condition whether it holds, None where there is nothing to
    hold. A `public` fact is shown in the public notice: never an identity, phone or bank number.
    """

    key: str
    label: Localized
    value: Localized | str
    note: Localized | str = ""
    met: bool | None = None
    public: bool = False

    def plain(self) -> dict[str, Any]:
        """The fact as JSON."""
        return {
            "key": self.key,
            "label": self.label,
            "value": self.value,
            "note": self.note,
            "met": self.met,
            "public": self.public,
        }

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Fact:
        """Undo `plain`."""
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class ProofFile:
    """An uploaded proof: which kind of proof, the file's name as the person knows it, its bytes."""

    kind: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """An application. `key` makes it one: opening with a key used before gives the earlier case.

    `org_id` is the unit that employs the applicant; by default that of the latest employment still going on.
    """

    kind: str
    subject_id: uuid.UUID
    key: str
    applicant_id: uuid.UUID
    title: Localized
    facts: tuple[Fact, ...]
    amount_fen: int | None = None
    org_id: uuid.UUID | None = None
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """The answer to a return: a note, new proofs, and all the facts as they now stand where any of them changed."""

    note: str = ""
    proofs: tuple[ProofFile, ...] = ()
    facts: tuple[Fact, ...] | None = None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a return asks for: `fact:<key>`, `proof:<key>` or `other`, and what is wrong with it."""

    item: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decides. A return names everything that is missing, a rejection gives its reason."""

    outcome: Outcome
    reason: str = ""
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case among many to decide, with the seal of what the officer's page showed of it."""

    case_id: uuid.UUID
    seen: str
    decision: Decision = Decision(Outcome.APPROVED)


@dataclass(frozen=True, slots=True)
class BulkLine:
    """What became of one case among many: why not, where it was refused."""

    case_id: uuid.UUID
    number: str
    applicant: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """Where a case stands. `due_on` is the last day of the present step, correction or notice."""

    case_id: uuid.UUID
    number: str
    kind: str
    subject_id: uuid.UUID
    applicant_id: uuid.UUID
    state: CaseState
    round: int
    step: int
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class ProofView:
    """A stored proof. `round` is the one it came in with."""

    proof_id: uuid.UUID
    kind: str
    title: Any
    name: str
    media_type: str
    size: int
    sha256: str
    round: int
    added_at: dt.datetime


@dataclass(frozen=True, slots=True)
class MissingView:
    """One thing a return asked for, with the label it had then."""

    item: str
    label: Localized | str
    note: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as it was made; names are those of the day."""

    round: int
    step: int
    outcome: Outcome
    reason: str
    missing: tuple[MissingView, ...]
    decided_by: uuid.UUID
    decider: str
    absent: str
    decided_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything about a case but its story. `seal` is what `decide` wants to have been seen."""

    brief: CaseBrief
    kind_title: Any
    kind_known: bool
    title: Localized
    applicant: str
    unit: str
    org_id: uuid.UUID
    facts: tuple[Fact, ...]
    amount_fen: int | None
    steps: tuple[StandingStep, ...]
    left_out: tuple[LeftOut, ...]
    plan: ChainPlan
    proofs: tuple[ProofView, ...]
    decisions: tuple[DecisionView, ...]
    notice_id: uuid.UUID | None
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    closed_reason: str
    lapsed: bool
    seal: str

    @property
    def present_step(self) -> StandingStep:
        """The step the case stands at, or stood at last."""
        return self.steps[self.brief.step - 1]

    @property
    def last_return(self) -> DecisionView | None:
        """The latest return, answered or not."""
        return next((one for one in reversed(self.decisions) if one.outcome is Outcome.RETURNED), None)


class Happening(enum.StrEnum):
    """Kinds of line in a case's story."""

    OPENED = "opened"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    RESUBMITTED = "resubmitted"
    NOTICE_OPENED = "notice_opened"
    NOTICE_VOIDED = "notice_voided"
    OBJECTED = "objected"
    OBJECTION_UPHELD = "objection_upheld"
    OBJECTION_DISMISSED = "objection_dismissed"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One thing that happened to a case. `who` and `absent` are for officers; the applicant reads the unit."""

    at: dt.datetime
    what: Happening
    step: Localized | None = None
    unit: str = ""
    who: str = ""
    absent: str = ""
    note: str = ""
    missing: tuple[MissingView, ...] = ()
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """What an officer's list is narrowed to. `due` is `overdue`, `soon` or empty."""

    view: str = "mine"
    text: str = ""
    kind: str = ""
    level: Level | None = None
    state: CaseState | None = None
    due: str = ""
    order: str = "due"


@dataclass(frozen=True, slots=True)
class Substitution:
    """A stand-in for an absent person, both days included."""

    absent_id: uuid.UUID
    stand_in_id: uuid.UUID
    valid_from: dt.date
    valid_to: dt.date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A public notice to publish. `days` may exceed what the chains demand, never fall short; `key` makes it one."""

    kind: str
    org_id: uuid.UUID
    title: str
    body: str
    case_ids: tuple[uuid.UUID, ...]
    key: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeBrief:
    """A published notice."""

    notice_id: uuid.UUID
    number: str
    opens_on: dt.date
    closes_on: dt.date


@dataclass(frozen=True, slots=True)
class NoticeEnd:
    """What ending a notice did: cases approved now, cases an open objection holds, cases whose approval was vetoed."""

    approved: int
    held: int
    vetoed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObjection:
    """What somebody says against an entry (`case_id`), or without one against the notice. `key` makes it one."""

    name: str
    contact: str
    body: str
    key: str
    case_id: uuid.UUID | None = None
