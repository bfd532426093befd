"""Tables of schemes and studies. Schemes are never changed, only revised; agreements and stories only grow."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.plugin_api.models import APPEND_ONLY, choice, new_id
from lms_payouts.api import BudgetLevel
from lms_tuition.base import Base
from lms_tuition.rules import STANDING, Cost, ServiceFrom, StudyState, Terms, Timing

_STANDING = text(f"state IN ({', '.join(repr(state.value) for state in STANDING)})")


class SchemeRevision(Base):
    """What is paid for a level of degree, for studies applied for from a day to a day.

    `illustrative`: the city has not decided it.
    """

    __tablename__ = "tuition_revision"
    __table_args__ = (
        UniqueConstraint("level", "valid_from", "revision"),
        CheckConstraint("rate_percent BETWEEN 1 AND 100", name="some_rate"),
        CheckConstraint("cap_fen > 0", name="some_cap"),
        CheckConstraint("claim_days > 0", name="some_days"),
        CheckConstraint("service_months >= 0", name="no_less_service"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    level: Mapped[str] = mapped_column(String(24))
    valid_from: Mapped[dt.date]
    revision: Mapped[int]
    valid_to: Mapped[dt.date | None]
    title: Mapped[dict[str, str]]
    rate_percent: Mapped[int]
    cap_fen: Mapped[int] = mapped_column(BigInteger)
    costs: Mapped[list[str]]
    timing: Mapped[Timing] = mapped_column(choice(Timing))
    service_months: Mapped[int]
    service_from: Mapped[ServiceFrom] = mapped_column(choice(ServiceFrom))
    claim_days: Mapped[int]
    budget_level: Mapped[BudgetLevel] = mapped_column(choice(BudgetLevel))
    illustrative: Mapped[bool]
    note: Mapped[str]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]

    @property
    def terms(self) -> Terms:
        """As the rules see it."""
        return Terms(
            level=self.level,
            title=self.title,
            rate_percent=self.rate_percent,
            cap_fen=self.cap_fen,
            costs=frozenset(map(Cost, self.costs)),
            timing=self.timing,
            service_months=self.service_months,
            service_from=self.service_from,
            claim_days=self.claim_days,
        )


class Study(Base):
    """A person's study for a degree, agreed by the employer before anything is claimed.

    One that stands for a person and level, for ever. `revision_id` is the terms it was applied for under, `round` the
    round of its case in which the person last changed it. `left_on` is the last day of work of who left early.
    """

    __tablename__ = "tuition_study"
    __table_args__ = (
        Index(
            "uq_tuition_study_standing",
            "person_id",
            "level",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_tuition_study_org_id_state", "org_id", "state"),
        CheckConstraint("ends_on > starts_on", name="ends_after_start"),
        CheckConstraint("left_on IS NULL OR state = 'agreed'", name="left_when_agreed"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    level: Mapped[str] = mapped_column(String(24))
    revision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_revision.id"))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    school: Mapped[str] = mapped_column(String(80))
    major: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    reason: Mapped[str]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    case_number: Mapped[str] = mapped_column(String(24), default="")
    round: Mapped[int]
    state: Mapped[StudyState] = mapped_column(choice(StudyState))
    applied_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    graduated_on: Mapped[dt.date | None]
    diploma_number: Mapped[str] = mapped_column(String(40), default="")
    left_on: Mapped[dt.date | None]


class Agreement(Base):
    """The service agreement as it was signed, word for word, with the SHA-256 of its text. One for a study."""

    __tablename__ = "tuition_agreement"
    __table_args__ = (APPEND_ONLY,)

    study_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_study.id"), primary_key=True)
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    signed_as: Mapped[str] = mapped_column(String(80))
    signed_by: Mapped[uuid.UUID]
    signed_at: Mapped[dt.datetime]


class Recall(Base):
    """What who left early has to pay back: how each payment's share was computed, frozen. One for a study.

    `lines` are what `explaining.owed_plain` makes; the money itself is followed in payouts.
    """

    __tablename__ = "tuition_recall"
    __table_args__ = (CheckConstraint("total_fen >= 0", name="no_less_than_nothing"), APPEND_ONLY)

    study_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_study.id"), primary_key=True)
    left_on: Mapped[dt.date]
    reason: Mapped[str]
    lines: Mapped[list[dict[str, Any]]]
    total_fen: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]


class What(enum.StrEnum):
    """Kinds of line in the story of a study and its claims."""

    APPLIED = "applied"
    CORRECTED = "corrected"
    AGREED = "agreed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SIGNED = "signed"
    GRADUATED = "graduated"
    LEFT = "left"
    CLAIMED = "claimed"
    CHECKED = "checked"
    DIFFERS = "differs"
    APPROVED = "approved"
    ACCOUNT = "account"
    BOUNCED = "bounced"
    PAID = "paid"
    CANCELLED = "cancelled"
    RECALLED = "recalled"


class Happening(Base):
    """A line of the story of a study, or of one of its claims. The person reads all of it."""

    __tablename__ = "tuition_happening"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    study_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tuition_study.id"), index=True)
    claim_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    at: Mapped[dt.datetime]
    what: Mapped[What] = mapped_column(choice(What))
    note: Mapped[str]
    by: Mapped[uuid.UUID | None]
