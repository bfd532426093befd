"""What the ledger tells the other rooms."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CreditRecorded(DomainEvent):
    """An entry was written. `minutes` is negative for a reversal; `occurred_on` a city day."""

    name: ClassVar[str] = "credits.credit_recorded"

    entry_id: uuid.UUID
    person_id: uuid.UUID
    minutes: int
    category: str
    source: str
    occurred_on: dt.date
