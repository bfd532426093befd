"""The table of obligation policies: only added to."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.credits.obligations.rules import UNCERTIFIED, Obligation, Terms, TimeUnit
from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.kernel.rulings import Ruling
from lms.people.models import QualificationKind

LEVELS = (*(kind.value for kind in QualificationKind), UNCERTIFIED)


class ObligationPolicy(Ruling, Base):
    """What an obligation asks for from a day on. Amounts are in `unit`, None for a level that owes nothing.

    `illustrative`: the city has not decided it (示例). See `Terms` for the columns.
    """

    __tablename__ = "obligation_policy"
    __table_args__ = (
        UniqueConstraint("obligation", "valid_from", "revision"),
        CheckConstraint("unit_minutes > 0 AND (unit <> 'hours' OR unit_minutes = 60)", name="unit_of_minutes"),
        CheckConstraint("parts >= 0 AND parts <= whole AND whole > 0", name="share_of_whole"),
        CheckConstraint("carry_most >= 0 AND late_months >= 0 AND window_months > 0", name="some_months"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    obligation: Mapped[Obligation] = mapped_column(choice(Obligation))
    is_on: Mapped[bool]
    running: Mapped[bool]
    unit: Mapped[TimeUnit] = mapped_column(choice(TimeUnit))
    unit_minutes: Mapped[int]
    assistant: Mapped[int | None]
    intermediate: Mapped[int | None]
    senior: Mapped[int | None]
    uncertified: Mapped[int | None]
    parts: Mapped[int]
    whole: Mapped[int]
    cap_professional: Mapped[int | None]
    cap_public: Mapped[int | None]
    carry_most: Mapped[int]
    carry_months: Mapped[int | None]
    window_months: Mapped[int]
    late_months: Mapped[int]

    def terms(self) -> Terms:
        """As the rules see it."""
        return Terms(
            is_on=self.is_on,
            unit=self.unit,
            unit_minutes=self.unit_minutes,
            asked={level: amount for level in LEVELS if (amount := getattr(self, level)) is not None},
            parts=self.parts,
            whole=self.whole,
            cap_professional=self.cap_professional,
            cap_public=self.cap_public,
            carry_most=self.carry_most,
            carry_months=self.carry_months,
            window_months=self.window_months,
            late_months=self.late_months,
            running=self.running,
        )
