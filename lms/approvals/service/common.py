"""What the use cases share: locking a case, telling the applicant, numbering, ending a case."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, update

from lms.approvals.events import CaseApproved, CaseRejected
from lms.approvals.models import ApprovalCase, ApprovalSeries, CaseState
from lms.kernel import clock
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork
from lms.messages import service as messages

SETTLE = "approvals.settle"
"""The job that ends what is over."""


def locked(uow: UnitOfWork, case_id: uuid.UUID) -> ApprovalCase:
    """The case as it is now, nobody else changing it until the transaction ends. Raises `NotFound`."""
    query = select(ApprovalCase).where(ApprovalCase.id == case_id).with_for_update()
    found = uow.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound(_("找不到这件申请。"))
    return found


def swap(uow: UnitOfWork, case: ApprovalCase, **values: Any) -> None:
    """Change a case that is still as it was read: state, step and round. Raises `Conflict` when it is not."""
    as_read = (
        ApprovalCase.id == case.id,
        ApprovalCase.state == case.state,
        ApprovalCase.step_at == case.step_at,
        ApprovalCase.round == case.round,
    )
    changing = update(ApprovalCase).where(*as_read).values(**values).execution_options(synchronize_session=False)
    if uow.change(changing) != 1:
        raise overtaken()
    uow.session.refresh(case)


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这件申请刚被别人办理过，您的操作没有生效。"),
        why=_("您打开页面之后它有了变化。"),
        todo=_("请刷新页面，看过现在的内容后再决定。"),
        code="stale_case",
    )


def about(case: ApprovalCase) -> dict[str, Any]:
    """The fields every event about a case carries."""
    return {
        "case_id": case.id,
        "kind": case.kind,
        "subject_id": case.subject_id,
        "applicant_id": case.applicant_id,
    }


def tell(uow: UnitOfWork, case: ApprovalCase, what: str, **params: Any) -> None:
    """Put a message about the case into the applicant's inbox: once for each round, step and kind of message."""
    messages.send(
        uow,
        person_id=case.applicant_id,
        kind=f"approvals.{what}",
        params={"title": case.title, "number": case.number, **params},
        key=f"approval:{case.id.hex}:{what}:{case.round}:{case.step_at}",
        link=f"/me/applications/{case.id}",
    )


def next_number(uow: UnitOfWork, series: str) -> int:
    """Count a series up. Whoever numbers first makes the others wait until the transaction ends."""
    insert_new(uow.session, ApprovalSeries, name=series, last=0)
    taken = update(ApprovalSeries).where(ApprovalSeries.name == series).values(last=ApprovalSeries.last + 1)
    return uow.session.scalars(taken.returning(ApprovalSeries.last)).one()


def approve(uow: UnitOfWork, case: ApprovalCase) -> None:
    """End a case well. The change of state lets only one caller through, so `CaseApproved` is told once."""
    swap(uow, case, state=CaseState.APPROVED, closed_at=clock.now(), due_on=None)
    uow.audit("approval.complete", "approval_case", case.id, org_id=case.org_id, number=case.number)
    tell(uow, case, "approved")
    uow.emit(CaseApproved(**about(case), amount_fen=case.amount_fen))


def reject(uow: UnitOfWork, case: ApprovalCase, reason: str, *, objection_id: uuid.UUID | None = None) -> None:
    """End a case badly, with the reason the applicant reads."""
    swap(uow, case, state=CaseState.REJECTED, closed_at=clock.now(), closed_reason=reason, due_on=None)
    tell(uow, case, "rejected", reason=reason)
    uow.emit(CaseRejected(**about(case), objection_id=objection_id))
