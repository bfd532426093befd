"""Tables of outside learning: rules that are only added to, and claims. What counted stands in the ledger."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.credits.evidence.rules import LIVE, ClaimState, Terms, Unit
from lms.credits.models import Category
from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.kernel.rulings import Ruling

_STANDS = f"state IN ({', '.join(repr(state.value) for state in LIVE)})"
_LIVE, _LIVE_ONCE = text(_STANDS), text(f"once AND {_STANDS}")


class EvidenceRule(Ruling, Base):
    """How a kind of outside learning counts from a day on; `is_open` says whether it is accepted from then.

    Caps are minutes, None for none. `unit_minutes` are those of one unit: 60 for 小时. `illustrative`: the city has not
    decided it (示例).
    """

    __tablename__ = "evidence_rule"
    __table_args__ = (
        UniqueConstraint("code", "valid_from", "revision"),
        CheckConstraint("unit_minutes > 0 AND (unit <> 'hours' OR unit_minutes = 60)", name="unit_of_minutes"),
        CheckConstraint("cap_activity > 0 AND cap_year > 0 AND cap_period > 0", name="caps_leave_something"),
        CheckConstraint("claim_months > 0", name="some_months"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[dict[str, str]]
    hint: Mapped[dict[str, str]]
    category: Mapped[Category] = mapped_column(choice(Category))
    unit: Mapped[Unit] = mapped_column(choice(Unit))
    unit_minutes: Mapped[int]
    cap_activity: Mapped[int | None]
    cap_year: Mapped[int | None]
    cap_period: Mapped[int | None]
    once: Mapped[bool]
    claim_months: Mapped[int]
    proofs: Mapped[list[str]]
    is_open: Mapped[bool]

    def terms(self) -> Terms:
        """As the rules see it."""
        return Terms(
            unit=self.unit,
            unit_minutes=self.unit_minutes,
            cap_activity=self.cap_activity,
            cap_year=self.cap_year,
            cap_period=self.cap_period,
            once=self.once,
            claim_months=self.claim_months,
        )


class EvidenceClaim(Base):
    """A person's claim that something learned outside counts.

    The indexes are the promise: while one stands, the same activity is not claimed again, nor a second of a kind that
    counts `once`. `amount_halves` is the stated amount in halves of the rule's unit; `round` the round of its case in
    which the person last changed it. `counted` and `why` say what came of it on the day it was approved; what still
    stands is the ledger's to say.
    """

    __tablename__ = "evidence_claim"
    __table_args__ = (
        Index(
            "uq_evidence_claim_activity",
            "person_id",
            "code",
            "fingerprint",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "uq_evidence_claim_once",
            "person_id",
            "code",
            unique=True,
            sqlite_where=_LIVE_ONCE,
            postgresql_where=_LIVE_ONCE,
        ),
        Index("ix_evidence_claim_person", "person_id", "last_day"),
        CheckConstraint("last_day >= first_day", name="ends_after_start"),
        CheckConstraint("amount_halves > 0", name="some_amount"),
        CheckConstraint("(counted > 0) = (state IN ('counted', 'reversed'))", name="counts_when_approved"),
        CheckConstraint("(closed_at IS NULL) = (state = 'in_review')", name="ends_once"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str] = mapped_column(String(40))
    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence_rule.id"))
    title: Mapped[str] = mapped_column(String(120))
    organiser: Mapped[str] = mapped_column(String(120))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    amount_halves: Mapped[int]
    stated: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64))
    once: Mapped[bool]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    case_number: Mapped[str] = mapped_column(String(24), default="")
    round: Mapped[int]
    state: Mapped[ClaimState] = mapped_column(choice(ClaimState))
    counted: Mapped[int]
    why: Mapped[list[dict[str, Any]]]
    claimed_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
