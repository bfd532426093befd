"""A policy as the rules see it, and one that an officer drafts."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from lms.credits.obligations.rules import Obligation, Terms


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
