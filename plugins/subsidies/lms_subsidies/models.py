"""Tables of subsidies. Amounts are integer fen; schemes are never changed, only revised; a claim's story only grows."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api.models import APPEND_ONLY, choice, new_id, plugin_base
from lms_payouts.api import LIVE, BudgetLevel, ClaimState
from lms_subsidies.rules import Condition, Stacking, Terms

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = plugin_base("subsidies")
_LIVE = text(f"state IN ({', '.join(repr(state.value) for state in LIVE)})")
_IN_REVIEW = text("state = 'in_review'")
_LATEST = text("latest")


class Scheme(Base):
    """An award and what it is for. One basis has one scheme, so that nobody is asked twice for one certificate."""

    __tablename__ = "subsidies_scheme"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    basis: Mapped[str] = mapped_column(String(60), unique=True)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID | None]


class SchemeRevision(Base):
    """What a scheme grants for what was obtained from a day to a day. `illustrative`: the city has not decided it.

    `degree` names the degree that the award is for where the city lets people choose between it and their tuition.
    """

    __tablename__ = "subsidies_revision"
    __table_args__ = (
        UniqueConstraint("code", "valid_from", "revision"),
        CheckConstraint("amount_fen > 0", name="some_amount"),
        CheckConstraint("claim_days > 0", name="some_days"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(40), ForeignKey("subsidies_scheme.code"))
    valid_from: Mapped[dt.date]
    revision: Mapped[int]
    valid_to: Mapped[dt.date | None]
    title: Mapped[dict[str, str]]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    claim_days: Mapped[int]
    budget_level: Mapped[BudgetLevel] = mapped_column(choice(BudgetLevel))
    conditions: Mapped[list[dict[str, Any]]]
    stacking: Mapped[Stacking] = mapped_column(choice(Stacking))
    reclaim: Mapped[bool]
    degree: Mapped[str] = mapped_column(String(24), server_default="")
    illustrative: Mapped[bool]
    note: Mapped[str]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]

    def terms(self, basis: str) -> Terms:
        """As the rules see it."""
        return Terms(
            code=self.code,
            title=self.title,
            basis=basis,
            amount_fen=self.amount_fen,
            claim_days=self.claim_days,
            conditions=tuple(map(Condition.parse, self.conditions)),
            stacking=self.stacking,
            reclaim=self.reclaim,
        )


class Invitation(Base):
    """A person may claim the award of a basis until a day. There is one for a person and basis, for ever.

    `award_key` is what can be paid once: the certificate first issued, also when it was corrected later. Voided when
    that certificate was revoked; a new certificate of the kind makes it good again.
    """

    __tablename__ = "subsidies_invitation"
    __table_args__ = (
        UniqueConstraint("person_id", "basis"),
        CheckConstraint("(certificate_id IS NULL) <> (qualification_id IS NULL)", name="one_basis"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    basis: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(40), ForeignKey("subsidies_scheme.code"), index=True)
    certificate_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certificate.id"), index=True)
    qualification_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("qualification.id"))
    award_key: Mapped[str] = mapped_column(String(60))
    obtained_on: Mapped[dt.date]
    last_day: Mapped[dt.date]
    invited_at: Mapped[dt.datetime]
    voided_at: Mapped[dt.datetime | None]


class Claim(Base):
    """A claim to an award.

    The indexes are the promise: one live claim for a person and basis, one in review for a person and ladder, one
    latest for an invitation. `revision_id` is the revision it was made under, `round` the round of its case in which
    the claimant last changed it, `subject` what only one scheme may support, as payouts holds it. `recalled_number` is
    the certificate's, when it was revoked after money had gone out.
    """

    __tablename__ = "subsidies_claim"
    __table_args__ = (
        Index("uq_subsidies_claim_live", "person_id", "basis", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(
            "uq_subsidies_claim_in_review",
            "person_id",
            "ladder",
            unique=True,
            sqlite_where=_IN_REVIEW,
            postgresql_where=_IN_REVIEW,
        ),
        Index(
            "uq_subsidies_claim_latest", "invitation_id", unique=True, sqlite_where=_LATEST, postgresql_where=_LATEST
        ),
        Index("ix_subsidies_claim_org_id_state", "org_id", "state"),
        CheckConstraint("amount_fen > 0", name="some_amount"),
        CheckConstraint(
            "(payment_id IS NULL) = (state IN ('in_review', 'rejected', 'withdrawn'))", name="pays_when_approved"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    invitation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subsidies_invitation.id"), index=True)
    latest: Mapped[bool]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    basis: Mapped[str] = mapped_column(String(60))
    ladder: Mapped[str] = mapped_column(String(60))
    award_key: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60), server_default="")
    revision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subsidies_revision.id"))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    case_number: Mapped[str] = mapped_column(String(24), default="")
    round: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    bank_account_sealed: Mapped[bytes]
    account_tail: Mapped[str] = mapped_column(String(4))
    bank_name: Mapped[str] = mapped_column(String(80))
    declared: Mapped[list[str]]
    state: Mapped[ClaimState] = mapped_column(choice(ClaimState))
    claimed_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    payment_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    paid_on: Mapped[dt.date | None]
    recalled_number: Mapped[str] = mapped_column(default="")
    recall_settled_at: Mapped[dt.datetime | None]

    @property
    def is_to_recall(self) -> bool:
        """Whether officers have to look after money that went out; `queries.rounds` says the same in SQL."""
        return bool(self.recalled_number) and self.recall_settled_at is None


class What(enum.StrEnum):
    """Kinds of line in a claim's story."""

    CLAIMED = "claimed"
    CORRECTED = "corrected"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ACCOUNT = "account"
    BOUNCED = "bounced"
    PAID = "paid"
    CANCELLED = "cancelled"
    RECALL = "recall"
    SETTLED = "settled"


class Happening(Base):
    """A line of a claim's story. The claimant reads all of it."""

    __tablename__ = "subsidies_happening"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subsidies_claim.id"), index=True)
    at: Mapped[dt.datetime]
    what: Mapped[What] = mapped_column(choice(What))
    note: Mapped[str]
    by: Mapped[uuid.UUID | None]
