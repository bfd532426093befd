"""A policy as the rules see it, and one that an officer drafts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lms.credits.obligations.rules import Obligation, Terms, TimeUnit


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of an obligation. `id` is None for one that has not been saved."""

    id: uuid.UUID | None
    obligation: Obligation
    valid_from: dt.date
    revision: int
    terms: Terms

    @property
    def running(self) -> bool:
        return self.terms.running


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """What an officer puts in force from a day on, and on what it rests."""

    obligation: Obligation
    valid_from: dt.date
    terms: Terms
    note: str

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "obligation": self.obligation.value,
            "valid_from": self.valid_from.isoformat(),
            "terms": {**asdict(self.terms), "unit": self.terms.unit.value},
            "note": self.note,
        }

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> NewPolicy:
        """Undo `plain`."""
        terms = Terms(**{**stored["terms"], "unit": TimeUnit(stored["terms"]["unit"])})
        return cls(Obligation(stored["obligation"]), dt.date.fromisoformat(stored["valid_from"]), terms, stored["note"])
