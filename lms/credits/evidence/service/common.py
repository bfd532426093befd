"""What the use cases share: holding a person's claims still, changing one's state."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, update

from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import ClaimState
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork


def hold_claims(uow: UnitOfWork, person_id: uuid.UUID) -> None:
    """Let nobody else count for this person until the transaction ends, so that what is read of caps stays true.

    Whoever counts holds every claim of the person, in the order of their ids. SQLite has one writer at a time anyway.
    """
    query = select(EvidenceClaim.id).where(EvidenceClaim.person_id == person_id).order_by(EvidenceClaim.id)
    uow.session.execute(query.with_for_update()).all()


def change(uow: UnitOfWork, claim_id: uuid.UUID, source: ClaimState, state: ClaimState, **values: Any) -> bool:
    """Compare and swap: move a claim on from a state. False when it is in another one."""
    moving = update(EvidenceClaim).where(EvidenceClaim.id == claim_id, EvidenceClaim.state == source)
    return uow.change(moving.values(state=state, **values)) == 1


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这件申报刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_claim"
    )
