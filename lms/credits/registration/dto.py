"""What can be applied for, and what officers' lists are narrowed to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from lms.credits.cycles.dto import CycleView
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import LIVE, Days, Kind, State, Window
from lms.people.models import Qualification


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one certificate stands: what can be applied for on a day, and the latest application.

    `cycle` is the registration period that a renewal rests on.
    """

    qualification: Qualification
    kind: Kind
    days: Days
    window: Window
    cycle: CycleView | None
    latest: RegistrationApplication | None

    @property
    def missing(self) -> int:
        """Minutes that are still needed before a renewal can be handed in."""
        return self.cycle.balance.missing if self.cycle else 0

    @property
    def under_way(self) -> RegistrationApplication | None:
        return self.latest if self.latest and self.latest.state in LIVE else None

    @property
    def may_apply(self) -> bool:
        return self.window in (Window.OPEN, Window.LATE) and not self.missing and self.under_way is None


@dataclass(frozen=True, slots=True)
class ApplicationFilter:
    """What an officer's list is narrowed to."""

    text: str = ""
    org_id: uuid.UUID | None = None
    kind: Kind | None = None
    state: State | None = None
    late: bool = False
