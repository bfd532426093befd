"""What pages and other rooms read of cycles. Amounts are minutes, dates city days."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from lms.credits.cycles.rules import Balance, Counted, Dates, Span, Status
from lms.credits.obligations.dto import Policy
from lms.credits.obligations.rules import Obligation


@dataclass(frozen=True, slots=True)
class CycleView:
    """One cycle as it stands on a day. `lines` say of each entry in it how much of it counts."""

    cycle_id: uuid.UUID
    obligation: Obligation
    span: Span
    registered_until: dt.date
    policy: Policy
    days: Dates
    balance: Balance
    status: Status
    followed_until: dt.date | None
    on: dt.date
    lines: Mapping[uuid.UUID, Counted] = field(default_factory=dict)

    @property
    def first_day(self) -> dt.date:
        return self.span.first_day

    @property
    def last_day(self) -> dt.date:
        return self.span.last_day

    @property
    def is_extended(self) -> bool:
        return self.span.last_day != self.registered_until

    @property
    def renewable(self) -> bool:
        """Whether the registration can be renewed: the window is open, the late one included, and it has not been."""
        return (
            self.span.renewed
            and self.followed_until is None
            and self.days.window_from <= self.on <= self.days.late_until
        )


@dataclass(frozen=True, slots=True)
class StandingRow:
    """What the standing table holds of a person and an obligation."""

    person_id: uuid.UUID
    obligation: Obligation
    level: str
    cycle_id: uuid.UUID | None
    policy_id: uuid.UUID | None
    first_day: dt.date | None
    last_day: dt.date | None
    window_from: dt.date | None
    late_until: dt.date | None
    followed_until: dt.date | None
    required: int
    professional: int
    public: int
    carried: int
    missing: int
    status: Status
    next_change_on: dt.date | None

    @property
    def counted(self) -> int:
        return self.professional + self.public + self.carried
