"""What happens by itself: unanswered returns lapse, notices end on their last day, applicants hear of their notice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import select

from lms.approvals import service
from lms.approvals.models import ApprovalCase, CaseState
from lms.approvals.notice_models import NoticeEntry
from lms.approvals.queries import notices
from lms.approvals.service.common import SETTLE
from lms.approvals.service.notices import TELL
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages

BATCH = 100
log = structlog.get_logger(__name__)


def settle(_context: JobContext, _payload: Mapping[str, Any]) -> dict[str, int]:
    """Let overdue returns lapse and end what notices are over. Each case is a transaction: it can be met again."""
    late = select(ApprovalCase.id).where(ApprovalCase.state == CaseState.RETURNED, ApprovalCase.due_on < clock.today())
    result = {"lapsed": 0, "ended": 0, "approved": 0, "held": 0, "vetoed": 0}
    for case_id in db.session.scalars(late.order_by(ApprovalCase.id)).all():
        try:
            result["lapsed"] += service.lapse(case_id)
        except LmsError as veto:
            result["vetoed"] += 1
            log.warning("lapse vetoed", case=case_id.hex, veto=str(veto))
    for notice_id in notices.due(clock.today()):
        end = service.end_notice(SYSTEM, notice_id)
        result["ended"] += 1
        result["approved"] += end.approved
        result["held"] += end.held
        result["vetoed"] += end.vetoed
    return result


def tell(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Tell the applicants of a notice that they stand in it, or that it was taken back. Messages have keys."""
    notice, what = notices.row(uuid.UUID(payload["notice"])), str(payload["what"])
    listed = select(ApprovalCase).join(NoticeEntry, NoticeEntry.case_id == ApprovalCase.id)
    cases = db.session.scalars(listed.where(NoticeEntry.notice_id == notice.id).order_by(NoticeEntry.position)).all()
    told = [(case.id, case.applicant_id, case.title, case.number) for case in cases]
    params = {"notice": notice.number, "day": notice.closes_on}
    for start in range(0, len(told), BATCH):
        with unit_of_work(SYSTEM) as uow:
            for case_id, person_id, title, number in told[start : start + BATCH]:
                messages.send(
                    uow,
                    person_id=person_id,
                    kind=f"approvals.{what}",
                    params=params | {"title": title, "number": number},
                    key=f"approval:{case_id.hex}:{what}:{notice.id.hex}",
                    link=f"/me/applications/{case_id}",
                )
        context.progress(min(start + BATCH, len(told)), len(told))
    return {"told": len(told)}


JOBS = (
    JobSpec(SETTLE, settle, _l("结束到期的公示和补正"), every_seconds=600),
    JobSpec(TELL, tell, _l("通知公示名单上的申请人")),
)
