"""What the use cases share: changing states, the story, messages, the sealed account, either-or with other schemes."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import update

from lms.plugin_api.errors import Conflict
from lms.plugin_api.models import new_id
from lms.plugin_api.services import EmploymentInfo, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import UnitOfWork, clock
from lms_payouts.api import employer, give_back
from lms_tuition import policy
from lms_tuition.claim_models import Claim
from lms_tuition.models import Happening, Study, What
from lms_tuition.service.vouching import release

STUDY_KIND, CLAIM_KIND = "tuition.study", "tuition.claim"
"""The kinds of approval case that studies and claims are."""
VOUCHER, DIPLOMA = "voucher", "diploma"
"""The kinds of proof that the rules ask for by name."""
FIELD = "tuition_claim.bank_account"


def hold(uow: UnitOfWork, row: Study | Claim) -> None:
    """Read a study or claim again and keep others from changing it until the end: they come before this or after."""
    table = type(row)
    holding = update(table).where(table.id == row.id).values(round=table.round)
    uow.change(holding.execution_options(synchronize_session=False))
    uow.session.refresh(row)


def free(uow: UnitOfWork, claim: Claim) -> None:
    """A claim ended without money: its vouchers can be used again, and another scheme may support the person."""
    release(uow, claim)
    give_back(uow, claim.person_id, claim.subject, policy.HOLDER)


def note(uow: UnitOfWork, study_id: uuid.UUID, what: What, text: str = "", claim_id: uuid.UUID | None = None) -> None:
    """Add a line to the story of a study, or of one of its claims."""
    row = {"study_id": study_id, "claim_id": claim_id, "what": what, "note": text}
    uow.session.add(Happening(id=new_id(), at=clock.now(), by=uow.actor.person_id, **row))


def tell(uow: UnitOfWork, person_id: uuid.UUID, kind: str, key: str, link: str, **params: Any) -> None:
    """Put a message into a person's inbox, once for a key."""
    services().messages.send(
        uow, person_id=person_id, kind=f"tuition.{kind}", params=params, key=f"tuition.{kind}:{key}", link=link
    )


def claim_link(claim: Claim) -> str:
    return f"/me/tuition/claims/{claim.id}"


def study_link(study_id: uuid.UUID) -> str:
    return f"/me/tuition/studies/{study_id}"


def require_employer(person_id: uuid.UUID) -> EmploymentInfo:
    """The employment that lasts today. Raises `Conflict` for who works nowhere."""
    found = employer(person_id, clock.today())
    if found is None:
        raise Conflict(
            _("还不能申请。"), why=_("人员档案里没有在职单位。"), todo=_("请先请单位人事干部登记任职，再来申请。")
        )
    return found


def scheme_code(level: str) -> str:
    """What payouts calls the scheme of a level."""
    return f"tuition.{level}"
