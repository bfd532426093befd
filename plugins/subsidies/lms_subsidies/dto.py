"""What use cases take and pages show. Frozen; ids instead of rows where something crosses to other plugins."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from lms.plugin_api.services import ProofFile
from lms_payouts.api import BankAccount, BudgetLevel
from lms_subsidies.models import Claim, Invitation, SchemeRevision
from lms_subsidies.rules import Assessment, Condition, ConditionKind, Stacking


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A claim as it is handed in. `key` makes it one, however often the form is sent."""

    key: str
    invitation_id: uuid.UUID
    account: BankAccount
    declared: frozenset[ConditionKind] = frozenset()
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """The answer to a return. `seen_round` is the round of the case that the claimant answers."""

    account: BankAccount
    seen_round: int
    declared: frozenset[ConditionKind] = frozenset()
    note: str = ""
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevision:
    """What a scheme is to grant from a day on; `basis` is `certificate:<kind>` or `qualification:<level>`.

    `degree`: the degree it is for, where one has either the award or the tuition of it; empty otherwise.
    """

    code: str
    basis: str
    title: Mapping[str, str]
    amount_fen: int
    valid_from: dt.date
    valid_to: dt.date | None
    claim_days: int
    budget_level: BudgetLevel
    conditions: tuple[Condition, ...]
    stacking: Stacking
    note: str
    reclaim: bool = False
    degree: str = ""
    illustrative: bool = False


class Standing(enum.StrEnum):
    """How an invitation stands in a round: nobody claimed yet and may, or may no more, or as its latest claim does."""

    OPEN = "open"
    MISSED = "missed"
    VOID = "void"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    BOUNCED = "bounced"
    PAID = "paid"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    RECALL = "recall"


class Order(enum.StrEnum):
    NEWEST = "newest"
    LAST_DAY = "last_day"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class RoundFilter:
    """What a round is narrowed to: `code` a scheme, `year` that in which the certificates were obtained."""

    text: str = ""
    code: str = ""
    year: int | None = None
    org_id: uuid.UUID | None = None
    standing: Standing | None = None
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True)
class Stage:
    """How many came as far as a stage of a round, and for how much, in fen."""

    name: str
    people: int
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class RoundLine:
    """An invitation with its latest claim, as a row of the officers' list."""

    invitation: Invitation
    claim: Claim | None
    revision: SchemeRevision | None
    name: str
    unit: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as its person sees it: the terms of today, judged line by line.

    `revision` is None while no scheme counts for the day the certificate was obtained. `claim` is the latest one,
    `other` the scheme that supports the person in the same degree instead.
    """

    invitation: Invitation
    revision: SchemeRevision | None
    assessment: Assessment | None
    claim: Claim | None
    other: Mapping[str, str] | None

    @property
    def may_claim(self) -> bool:
        return self.assessment is not None and not self.assessment.unmet and self.other is None

    @property
    def is_open(self) -> bool:
        """Whether there is something to claim, or to do for it, before the last day."""
        return self.assessment is not None and not self.assessment.is_over
