"""Tables of cycles: the cycles, what was decided about them, and the standing kept of each person for speed."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.credits.cycles.rules import Status
from lms.credits.obligations.models import LEVELS
from lms.credits.obligations.rules import Obligation
from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.people.models import QualificationKind

RANK = {level: place for place, level in enumerate(("uncertified", "assistant", "intermediate", "senior"))}
KIND_RANK = {kind: RANK[kind.value] for kind in QualificationKind}
_LEVEL = f"level IN ({', '.join(repr(level) for level in LEVELS)})"


class CreditCycle(Base):
    """What one person owes by one obligation from a first day on. A new period is a new row; none is ever reset.

    `last_day` is that of the registration or the year; `extended_to` a later one an officer has set. `freed`: an
    officer has freed the person. `void`: the registration it was opened for was recorded wrongly. `policy_id` is the
    version that ruled it when it was opened.
    """

    __tablename__ = "credit_cycle"
    __table_args__ = (
        UniqueConstraint("person_id", "obligation", "first_day"),
        CheckConstraint("last_day >= first_day", name="ends_after_start"),
        CheckConstraint("extended_to > last_day", name="extended_beyond_its_end"),
        CheckConstraint(_LEVEL, name="known_level"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    obligation: Mapped[Obligation] = mapped_column(choice(Obligation))
    level: Mapped[str] = mapped_column(String(24))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    extended_to: Mapped[dt.date | None]
    freed: Mapped[bool] = mapped_column(default=False)
    void: Mapped[bool] = mapped_column(default=False)
    policy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("obligation_policy.id"))
    opened_at: Mapped[dt.datetime]

    @property
    def ends_on(self) -> dt.date:
        """The last day as it stands."""
        return self.extended_to or self.last_day


class ChangeKind(enum.StrEnum):
    OPENED = "opened"
    PUT_RIGHT = "put_right"
    SET_ASIDE = "set_aside"
    EXTENDED = "extended"
    FREED = "freed"
    BOUND = "bound"


class CycleChange(Base):
    """What was done to a cycle: how it stood afterwards, why, by whom and when. Its story, and what was known when."""

    __tablename__ = "credit_cycle_change"
    __table_args__ = (Index("ix_credit_cycle_change_cycle", "cycle_id", "changed_at"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("credit_cycle.id"))
    kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind))
    level: Mapped[str] = mapped_column(String(24))
    last_day: Mapped[dt.date]
    extended_to: Mapped[dt.date | None]
    freed: Mapped[bool]
    void: Mapped[bool]
    reason: Mapped[str]
    changed_by: Mapped[uuid.UUID | None]
    changed_at: Mapped[dt.datetime]


class CreditStanding(Base):
    """Where a person stands with an obligation as of a day: what lists read. It can be thrown away and made anew.

    `next_change_on` is the first later day on which the calendar alone may change it. A certificate without
    registration has a row without a cycle. `followed_until`: the last day of the cycle that is to follow.
    """

    __tablename__ = "credit_standing"
    __table_args__ = (
        Index("ix_credit_standing_status", "obligation", "status"),
        Index("ix_credit_standing_last_day", "obligation", "last_day"),
        Index("ix_credit_standing_next_change", "next_change_on"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    obligation: Mapped[Obligation] = mapped_column(choice(Obligation), primary_key=True)
    level: Mapped[str] = mapped_column(String(24))
    cycle_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_cycle.id"))
    policy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("obligation_policy.id"))
    first_day: Mapped[dt.date | None]
    last_day: Mapped[dt.date | None]
    window_from: Mapped[dt.date | None]
    late_until: Mapped[dt.date | None]
    followed_until: Mapped[dt.date | None]
    required: Mapped[int]
    professional: Mapped[int]
    public: Mapped[int]
    carried: Mapped[int]
    missing: Mapped[int]
    status: Mapped[Status] = mapped_column(choice(Status))
    next_change_on: Mapped[dt.date | None]
    as_of: Mapped[dt.date]
