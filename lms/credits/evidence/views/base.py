"""What the pages share."""

from __future__ import annotations

import uuid
from typing import Any

from lms.approvals import wording as approvals
from lms.approvals.models import CaseState
from lms.credits import wording as ledger
from lms.credits.evidence import wording
from lms.credits.evidence.rules import ClaimState
from lms.webkit.identity import current_actor

WORDS: dict[str, Any] = {
    "words": wording,
    "ledger": ledger,
    "approvals": approvals,
    "states": ClaimState,
    "case_states": CaseState,
}
"""What every template of outside learning needs."""


def me() -> uuid.UUID:
    """Who is signed in, on pages that ask for a sign-in."""
    person_id = current_actor().person_id
    assert person_id is not None  # noqa: S101 - @signed_in
    return person_id
