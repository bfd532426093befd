"""What use cases take and pages show. Frozen."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from lms.plugin_api.services import ProofFile
from lms_payouts.api import BankAccount, BudgetLevel, ClaimState
from lms_tuition.claim_models import Claim, Voucher
from lms_tuition.claim_models import Verdict as CheckVerdict
from lms_tuition.models import SchemeRevision, Study
from lms_tuition.rules import Cost, Owed, Service, ServiceFrom, StudyState, Timing
from lms_tuition.vouchers import Concern, VoucherKind

MOST_VOUCHERS = 6
"""How many vouchers a claim takes: a year's fees, and the defence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevision:
    """What a scheme is to pay for studies applied for from a day on."""

    level: str
    title: Mapping[str, str]
    rate_percent: int
    cap_fen: int
    costs: frozenset[Cost]
    timing: Timing
    service_months: int
    service_from: ServiceFrom
    claim_days: int
    budget_level: BudgetLevel
    valid_from: dt.date
    valid_to: dt.date | None
    note: str
    illustrative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStudy:
    """A study as it is applied for. `key` makes it one, however often the form is sent."""

    key: str
    level: str
    school: str
    major: str
    starts_on: dt.date
    ends_on: dt.date
    reason: str
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherLine:
    """A voucher as it was typed; `place` is its place in the form, `file` None keeps the one that is there."""

    place: int
    kind: VoucherKind
    code: str
    number: str
    check: str
    issued_on: dt.date | None
    amount_fen: int
    cost: Cost
    claimed_fen: int
    payer: str
    file: ProofFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A claim as it is handed in. `key` makes it one, however often the form is sent."""

    key: str
    study_id: uuid.UUID
    term: str
    account: BankAccount
    lines: tuple[VoucherLine, ...]
    graduated_on: dt.date | None = None
    diploma_number: str = ""
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """The answer to a return. `seen_round` is the round of the case that the claimant answers."""

    seen_round: int
    term: str
    account: BankAccount
    lines: tuple[VoucherLine, ...]
    graduated_on: dt.date | None = None
    diploma_number: str = ""
    note: str = ""
    proofs: tuple[ProofFile, ...] = ()


class Order(enum.StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """`text` is looked for in names and numbers; `unchecked` asks for claims with vouchers still to compare."""

    text: str = ""
    level: str = ""
    state: ClaimState | None = None
    year: int | None = None
    org_id: uuid.UUID | None = None
    unchecked: bool = False
    order: Order = Order.NEWEST


class Serving(enum.StrEnum):
    """What is asked of studies beside their state: still to sign, service owed, gone before it was served."""

    UNSIGNED = "unsigned"
    OWED = "owed"
    GONE = "gone"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class StudyFilter:
    """`text` is looked for in names, schools and numbers."""

    text: str = ""
    level: str = ""
    state: StudyState | None = None
    serving: Serving | None = None
    org_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim as a row of the officers' list; `unchecked` of its vouchers are not compared yet."""

    claim: Claim
    study: Study
    name: str
    unit: str
    unchecked: int


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study as a row of the officers' list, amounts in fen."""

    study: Study
    name: str
    unit: str
    signed_at: dt.datetime | None
    paid_fen: int
    serves_until: dt.date | None


@dataclass(frozen=True, slots=True)
class VoucherView:
    """A voucher beside its file, with what an officer should look at and what officers found, the latest first."""

    voucher: Voucher
    file_name: str
    media_type: str
    proof_id: uuid.UUID | None
    concerns: tuple[Concern, ...]
    verdict: CheckVerdict | None
    checked_note: str
    checked_by: uuid.UUID | None
    checked_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OwedLine:
    """What is to be paid back of one payment, and why. `service` is None while it has not begun or none is owed."""

    claim: Claim
    service: Service | None
    owed: Owed


@dataclass(frozen=True, slots=True)
class Standing:
    """A study as its person sees it, with its terms and claims. `other` is a scheme that supports it instead."""

    study: Study
    revision: SchemeRevision
    claims: tuple[Claim, ...]
    signed_at: dt.datetime | None
    other: Mapping[str, str] | None

    @property
    def may_claim(self) -> bool:
        """Whether a claim can be handed in now, as far as the study is concerned."""
        in_review = any(claim.state is ClaimState.IN_REVIEW for claim in self.claims)
        return self.may_sign_or_claim and self.signed_at is not None and not in_review and self.other is None

    @property
    def may_sign_or_claim(self) -> bool:
        return self.study.state is StudyState.AGREED and self.study.left_on is None
