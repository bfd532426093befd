"""What the use cases share: changing a claim's state, its story, messages to the claimant, the sealed account."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from lms.plugin_api.errors import NotFound
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import UnitOfWork, clock
from lms_payouts.api import give_back, take_hold
from lms_subsidies.models import Claim, Happening, What
from lms_subsidies.policy import HOLDER

KIND = "subsidies.claim"
"""The kind of approval case that claims are."""
INVITE = "subsidies.invite"
"""The job that invites whom the events did not reach."""
FIELD = "subsidies_claim.bank_account"


def revoked(number: str) -> str:
    """Why a case or a payment ends with its certificate, for who reads of it there."""
    return _("证书 %(number)s 已撤销", number=number)


def note(uow: UnitOfWork, claim_id: uuid.UUID, what: What, text: str = "") -> None:
    """Add a line to a claim's story."""
    uow.session.add(
        Happening(id=new_id(), claim_id=claim_id, at=clock.now(), what=what, note=text, by=uow.actor.person_id)
    )


def tell(uow: UnitOfWork, claim: Claim, kind: str, key: str, **params: Any) -> None:
    """Put a message about a claim into the claimant's inbox, once for a key."""
    services().messages.send(
        uow,
        person_id=claim.person_id,
        kind=f"subsidies.{kind}",
        params=params,
        key=f"subsidies.{kind}:{key}",
        link=f"/me/subsidies/claims/{claim.id}",
    )


def locked(uow: UnitOfWork, claim_id: uuid.UUID) -> Claim:
    """A claim as it is now, nobody else changing it until the transaction ends. Raises `NotFound`."""
    found = uow.session.get(Claim, claim_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NotFound(_("找不到这笔申领。"))
    return found


def hold_subject(uow: UnitOfWork, claim: Claim, title: Mapping[str, str]) -> None:
    """Claim what only one scheme may support. Raises `Conflict` when another does already."""
    if claim.subject:
        take_hold(uow, claim.person_id, claim.subject, HOLDER, title)


def free_subject(uow: UnitOfWork, claim: Claim) -> None:
    """The claim ended without money: another scheme may support its person again."""
    if claim.subject:
        give_back(uow, claim.person_id, claim.subject, HOLDER)
