"""Tables of claims, their vouchers and how officers checked them."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api.models import APPEND_ONLY, choice, new_id
from lms_payouts.api import ClaimState
from lms_tuition.base import Base
from lms_tuition.rules import Cost
from lms_tuition.vouchers import Identity, Seen, VoucherKind

_IN_REVIEW = text("state = 'in_review'")
_USED = text("used")


class Claim(Base):
    """A claim to what a study's vouchers come to.

    One of a study is under review at a time, so that the cap is reckoned right; `left_fen` is what it left then.
    `subject` is what only one scheme may support, as payouts holds it. The days of service owed for it are set when it
    is paid, or with the graduation.
    """

    __tablename__ = "tuition_claim"
    __table_args__ = (
        Index(
            "uq_tuition_claim_in_review", "study_id", unique=True, sqlite_where=_IN_REVIEW, postgresql_where=_IN_REVIEW
        ),
        Index("ix_tuition_claim_org_id_state", "org_id", "state"),
        CheckConstraint("amount_fen > 0 AND amount_fen <= claimed_fen", name="some_amount"),
        CheckConstraint(
            "(payment_id IS NULL) = (state IN ('in_review', 'rejected', 'withdrawn'))", name="pays_when_approved"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    study_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_study.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    subject: Mapped[str] = mapped_column(String(60))
    term: Mapped[str] = mapped_column(String(40))
    claimed_fen: Mapped[int] = mapped_column(BigInteger)
    left_fen: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    graduated_on: Mapped[dt.date | None]
    diploma_number: Mapped[str] = mapped_column(String(40), default="")
    bank_account_sealed: Mapped[bytes]
    account_tail: Mapped[str] = mapped_column(String(4))
    bank_name: Mapped[str] = mapped_column(String(80))
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    case_number: Mapped[str] = mapped_column(String(24), default="")
    round: Mapped[int]
    state: Mapped[ClaimState] = mapped_column(choice(ClaimState))
    claimed_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    payment_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    paid_on: Mapped[dt.date | None]
    serves_from: Mapped[dt.date | None]
    serves_until: Mapped[dt.date | None]


class Voucher(Base):
    """A voucher of a claim. `used` while its claim lives: then neither it nor its file can be used again by anybody.

    `round` is the round of the case it came in with; one that a correction replaced stays, unused.
    """

    __tablename__ = "tuition_voucher"
    __table_args__ = (
        Index("uq_tuition_voucher_identity", "identity", unique=True, sqlite_where=_USED, postgresql_where=_USED),
        Index("uq_tuition_voucher_sha256", "sha256", unique=True, sqlite_where=_USED, postgresql_where=_USED),
        CheckConstraint("claimed_fen > 0 AND claimed_fen <= amount_fen", name="part_of_it"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_claim.id"), index=True)
    place: Mapped[int]
    round: Mapped[int]
    used: Mapped[bool]
    identity: Mapped[str] = mapped_column(String(60))
    kind: Mapped[VoucherKind] = mapped_column(choice(VoucherKind))
    code: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(20))
    check_code: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[dt.date]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Cost] = mapped_column(choice(Cost))
    claimed_fen: Mapped[int] = mapped_column(BigInteger)
    payer: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))

    @property
    def seen(self) -> Seen:
        """As the rules see it."""
        known = Identity(self.kind, self.code, self.number, self.check_code)
        return Seen(known, self.issued_on, self.amount_fen, self.claimed_fen, self.payer)


class Verdict(enum.StrEnum):
    """What an officer found, comparing what was typed with the file and with the issuer's own page."""

    RIGHT = "right"
    WRONG = "wrong"


class Check(Base):
    """An officer's comparison of a voucher. The latest counts; a claim is paid when every voucher's is right."""

    __tablename__ = "tuition_check"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    voucher_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_voucher.id"), index=True)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict))
    note: Mapped[str]
    by: Mapped[uuid.UUID]
    at: Mapped[dt.datetime]
