"""What the pages share."""

from __future__ import annotations

from typing import Any

from lms.approvals import wording as approvals
from lms.approvals.models import CaseState
from lms.credits import wording as ledger
from lms.credits.evidence import wording
from lms.credits.evidence.rules import ClaimState

WORDS: dict[str, Any] = {
    "words": wording,
    "ledger": ledger,
    "approvals": approvals,
    "states": ClaimState,
    "case_states": CaseState,
}
"""What every template of outside learning needs."""
