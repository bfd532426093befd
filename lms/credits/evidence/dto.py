"""What the use cases of outside learning take and give."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from lms.approvals.dto import ProofFile
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import ClaimState, Counting, Unit
from lms.credits.models import Category
from lms.kernel.i18n import Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What somebody learned outside. `halves` is the amount in halves of `unit`, the one the form asked for."""

    code: str
    title: str
    organiser: str
    first_day: dt.date
    last_day: dt.date
    halves: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an activity would count for now. `crowded` are claims that fill the same days beyond a full day."""

    rule: EvidenceRule
    activity: Activity
    counting: Counting
    crowded: tuple[EvidenceClaim, ...]


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim to hand in. `key` makes it one: sent twice, it is one claim."""

    key: str
    activity: Activity
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """The answer to a return seen in round `seen_round`."""

    activity: Activity
    seen_round: int
    note: str = ""
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """How a kind is to count from a day on. Caps are minutes, None for none."""

    code: str
    valid_from: dt.date
    title: Localized
    hint: Localized
    category: Category
    unit: Unit
    unit_minutes: int
    cap_activity: int | None
    cap_year: int | None
    cap_period: int | None
    once: bool
    claim_months: int
    proofs: tuple[str, ...]
    is_open: bool
    note: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of outside learning with every rule it ever had, the latest first."""

    code: str
    rules: Sequence[EvidenceRule]


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What an officer's list is narrowed to. `first_day` and `last_day` bound the day an activity ended."""

    text: str = ""
    code: str = ""
    state: ClaimState | None = None
    org_id: uuid.UUID | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
