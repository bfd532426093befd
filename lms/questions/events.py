"""What the question bank tells."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class BankImported(DomainEvent):
    """Items of a bank were added, changed or retired by an import."""

    name: ClassVar[str] = "questions.bank_imported"

    bank_id: uuid.UUID
    new: int
    changed: int
    retired: int
