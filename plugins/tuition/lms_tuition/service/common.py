"""What the use cases share: changing states, the story, messages, the sealed account, either-or with other schemes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import update

from lms.plugin_api.errors import Conflict
from lms.plugin_api.models import new_id
from lms.plugin_api.services import Correction, EmploymentInfo, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, UnitOfWork, clock
from lms_payouts.api import give_back
from lms_tuition.claim_models import Claim
from lms_tuition.models import Happening, Study, What
from lms_tuition.rules import ClaimState, StudyState
from lms_tuition.service.vouching import release

STUDY_KIND, CLAIM_KIND = "tuition.study", "tuition.claim"
"""The kinds of approval case that studies and claims are."""
VOUCHER, DIPLOMA = "voucher", "diploma"
"""The kinds of proof that the rules ask for by name."""
HOLDER = "tuition"
"""How either-or between schemes knows this plugin."""
FIELD = "tuition_claim.bank_account"


def change_study(uow: UnitOfWork, study: Study, source: StudyState, state: StudyState, **values: Any) -> bool:
    """Compare and swap: move a study on from a state. False when it is not in it."""
    moving = update(Study).where(Study.id == study.id, Study.state == source).values(state=state, **values)
    moved = uow.change(moving.execution_options(synchronize_session=False)) == 1
    uow.session.refresh(study)
    return moved


def change_claim(
    uow: UnitOfWork, claim: Claim, sources: Collection[ClaimState], state: ClaimState, **values: Any
) -> bool:
    """Compare and swap: move a claim on from one of the states. False when it is in none of them."""
    moving = update(Claim).where(Claim.id == claim.id, Claim.state.in_(sources)).values(state=state, **values)
    moved = uow.change(moving.execution_options(synchronize_session=False)) == 1
    uow.session.refresh(claim)
    return moved


def hold(uow: UnitOfWork, row: Study | Claim) -> None:
    """Read a study or claim again and keep others from changing it until the end: they come before this or after."""
    table = type(row)
    holding = update(table).where(table.id == row.id).values(round=table.round)
    uow.change(holding.execution_options(synchronize_session=False))
    uow.session.refresh(row)


def free(uow: UnitOfWork, claim: Claim) -> None:
    """A claim ended without money: its vouchers can be used again, and another scheme may support the person."""
    release(uow, claim)
    give_back(uow, claim.person_id, claim.subject, HOLDER)


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这笔报销刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_tuition"
    )


def hand_in(actor: Actor, case_id: uuid.UUID, correction: Correction, seen_round: int) -> None:
    """Answer a return with new facts. Raises `Conflict` when it was answered, perhaps on the case's own page."""
    services().approvals.resubmit(actor, case_id, correction, seen_round=seen_round)
    if services().approvals.case(case_id).facts != correction.facts:
        raise overtaken()


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


def employer(person_id: uuid.UUID, today: dt.date) -> EmploymentInfo | None:
    """The employment that lasts today, the newest where there are several."""
    held = services().people.employments(person_id)
    lasting = [one for one in held if one.started_on <= today <= (one.ended_on or dt.date.max)]
    return max(lasting, key=lambda one: one.started_on, default=None)


def require_employer(person_id: uuid.UUID) -> EmploymentInfo:
    """The same; raises `Conflict` for who works nowhere."""
    found = employer(person_id, clock.today())
    if found is None:
        raise Conflict(
            _("还不能申请。"), why=_("人员档案里没有在职单位。"), todo=_("请先请单位人事干部登记任职，再来申请。")
        )
    return found


def opened(claim: Claim) -> str:
    """The clear account number, handed to payouts and nobody else."""
    return services().secrets.open(FIELD, claim.bank_account_sealed)


def scheme_code(level: str) -> str:
    """What payouts calls the scheme of a level."""
    return f"tuition.{level}"
