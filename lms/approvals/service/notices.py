"""Public notices: publishing, ending when the last day is over, taking back. Objections are in `objections`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy import insert, or_, select, update

from lms.access import policy as access
from lms.approvals import kinds, policy, rules
from lms.approvals.chain import MOST_DAYS
from lms.approvals.dto import NewNotice, NoticeBrief, NoticeEnd
from lms.approvals.events import NoticeEnded, NoticePublished
from lms.approvals.models import ApprovalCase, CaseState
from lms.approvals.notice_models import NoticeEntry, NoticeState, PublicNotice
from lms.approvals.queries import notices
from lms.approvals.service.common import SETTLE, approve, locked, next_number
from lms.kernel import clock, workdays
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.jobs import queue
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs import queries as orgs
from lms.people.rules import masked_name

MOST = 1000
TELL = "approvals.tell"
log = structlog.get_logger(__name__)


def publish_notice(actor: Actor, new: NewNotice) -> NoticeBrief:
    """Show cases that wait for it to everybody, from today to the last of their notice's working days.

    A key used before gives the earlier notice. Raises `Conflict` when one of the cases no longer waits or is the
    officer's own, `Invalid` for no cases, too many, or a term shorter than a chain demands.
    """
    kinds.require(new.kind)
    if not 1 <= len(set(new.case_ids)) <= MOST:
        raise Invalid(_("一份公示要有 1 至 %(count)d 件申请。", count=MOST), fields={"cases": _("请勾选申请")})
    with unit_of_work(actor) as uow:
        access.require(actor, policy.PUBLISH, new.org_id)
        today = clock.today()
        number = rules.notice_number(today.year, next_number(uow, f"notice-{today.year}"))
        earlier = uow.session.scalars(select(PublicNotice).where(PublicNotice.key == new.key)).first()
        if earlier is not None:
            return _brief(earlier)
        cases = _waiting(uow, actor, new)
        days = _term(new, cases)
        notice = PublicNotice(
            id=new_id(),
            number=number,
            key=new.key,
            kind=new.kind,
            org_id=new.org_id,
            unit=orgs.unit(new.org_id).name,
            title=new.title,
            body=new.body,
            days=days,
            opens_on=today,
            closes_on=workdays.add_working_days(today, days),
            state=NoticeState.OPEN,
            published_by=actor.person_id,
            published_at=clock.now(),
        )
        uow.session.add(notice)
        uow.session.flush()
        _enter(uow, notice, cases)
        uow.audit("notice.publish", "public_notice", notice.id, org_id=notice.org_id, number=number, cases=len(cases))
        queue.enqueue(uow, TELL, {"notice": notice.id.hex, "what": "in_notice"}, key=f"{TELL}:{notice.id.hex}")
        if days == 0:
            queue.enqueue(uow, SETTLE, {}, key=f"{SETTLE}:{notice.id.hex}")
        uow.emit(NoticePublished(notice_id=notice.id, kind=notice.kind, number=number, cases=len(cases)))
        return _brief(notice)


def end_notice(actor: Actor, notice_id: uuid.UUID) -> NoticeEnd:
    """End a notice whose last day is over, and approve its cases without an open or upheld objection.

    Can be met again at any time, also after a worker died half-way: what is done stays done, what an objection held is
    approved once that is dismissed. A case whose approval a handler vetoes stays as it is and is tried again next time.
    Raises `Conflict` while the last day is not over.
    """
    _close(actor, notice_id)
    waiting = db.session.scalars(notices.releasable(notice_id)).all()
    approved = vetoed = 0
    faults: list[Exception] = []
    for case_id in waiting:
        try:
            approved += _release(actor, notice_id, case_id)
        except LmsError as veto:
            vetoed += 1
            log.warning("approval vetoed", case=case_id.hex, veto=str(veto))
        except Exception as fault:  # noqa: BLE001 - a handler's fault holds its own case, not the others
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{len(faults)} cases of a notice could not be approved", faults)
    return NoticeEnd(approved, notices.held_count(notice_id), vetoed)


def void_notice(actor: Actor, notice_id: uuid.UUID, reason: str) -> None:
    """Take a running notice back; its cases wait for another one. Raises `Conflict` when it is over."""
    if not reason.strip():
        raise Invalid(_("没有撤回公示。"), fields={"reason": _("请写明理由")})
    with unit_of_work(actor) as uow:
        notice = notices.row(notice_id)
        access.require(actor, policy.PUBLISH, notice.org_id)
        take_back(uow, notice, reason.strip(), from_states=(NoticeState.OPEN,))


def take_back(uow: UnitOfWork, notice: PublicNotice, reason: str, *, from_states: Sequence[NoticeState]) -> None:
    """Void a notice in one of the states and let what is left of its cases wait again."""
    voiding = update(PublicNotice).where(PublicNotice.id == notice.id, PublicNotice.state.in_(from_states))
    values = {"state": NoticeState.VOIDED, "ended_at": clock.now(), "void_reason": reason}
    if not uow.change(voiding.values(**values).execution_options(synchronize_session=False)):
        raise Conflict(_("这份公示已经结束或撤回。"), todo=_("请刷新页面查看。"))
    left = update(ApprovalCase).where(ApprovalCase.notice_id == notice.id, ApprovalCase.state == CaseState.IN_NOTICE)
    back = left.values(state=CaseState.AWAITING_NOTICE, notice_id=None, due_on=None)
    count = uow.change(back.execution_options(synchronize_session=False))
    uow.session.expire_all()
    uow.audit("notice.void", "public_notice", notice.id, org_id=notice.org_id, reason=reason, cases=count)
    payload = {"notice": notice.id.hex, "what": "notice_voided"}
    queue.enqueue(uow, TELL, payload, key=f"{TELL}:void:{notice.id.hex}")
    uow.emit(NoticeEnded(notice_id=notice.id, kind=notice.kind, voided=True))


def _brief(notice: PublicNotice) -> NoticeBrief:
    return NoticeBrief(notice.id, notice.number, notice.opens_on, notice.closes_on)


def _waiting(uow: UnitOfWork, actor: Actor, new: NewNotice) -> list[ApprovalCase]:
    """The chosen cases, by unit and number, nobody else changing them. All of them or a refusal."""
    query = select(ApprovalCase).where(
        ApprovalCase.id.in_(set(new.case_ids)),
        ApprovalCase.kind == new.kind,
        ApprovalCase.state == CaseState.AWAITING_NOTICE,
        ApprovalCase.org_id.in_(orgs.within(new.org_id)),
        ApprovalCase.applicant_id != actor.person_id,
        or_(ApprovalCase.opened_by.is_(None), ApprovalCase.opened_by != actor.person_id),
    )
    query = query.order_by(ApprovalCase.id).with_for_update().execution_options(populate_existing=True)
    found = uow.session.scalars(query).all()
    missing = len(set(new.case_ids)) - len(found)
    if missing:
        raise Conflict(
            _("有 %(count)d 件申请不能列入这份公示，没有发布。", count=missing),
            why=_("它们刚被撤回或已列入别的公示，不在所选单位之下，或是您本人的申请。"),
            todo=_("请刷新页面，重新勾选。"),
            code="stale_selection",
        )
    return sorted(found, key=lambda case: (case.applicant_unit, case.number))


def _term(new: NewNotice, cases: Sequence[ApprovalCase]) -> int:
    least = max(int(case.plan["notice_days"]) for case in cases)
    days = least if new.days is None else new.days
    if not least <= days <= MOST_DAYS:
        raise Invalid(
            _("公示期不对。"),
            fields={"days": _("应为 %(least)d 至 %(most)d 个工作日", least=least, most=MOST_DAYS)},
        )
    return days


def _enter(uow: UnitOfWork, notice: PublicNotice, cases: Sequence[ApprovalCase]) -> None:
    """Write the lines of a notice, masked, and move its cases into it."""
    rows = [
        {
            "id": new_id(),
            "notice_id": notice.id,
            "case_id": case.id,
            "position": position,
            "name": masked_name(case.applicant_name),
            "unit": case.applicant_unit,
            "facts": [fact for fact in case.facts if fact["public"]],
        }
        for position, case in enumerate(cases, 1)
    ]
    uow.session.execute(insert(NoticeEntry), rows)
    entering = update(ApprovalCase).where(
        ApprovalCase.id.in_([case.id for case in cases]), ApprovalCase.state == CaseState.AWAITING_NOTICE
    )
    values = {"state": CaseState.IN_NOTICE, "notice_id": notice.id, "due_on": notice.closes_on}
    entered = uow.change(entering.values(**values).execution_options(synchronize_session=False))
    if entered != len(rows):
        raise Conflict(_("有申请刚被办理过，没有发布。"), todo=_("请刷新页面，重新勾选。"), code="stale_selection")


def _close(actor: Actor, notice_id: uuid.UUID) -> None:
    """Mark a notice as ended; from then on nobody can object. One caller tells it."""
    with unit_of_work(actor) as uow:
        notice = notices.row(notice_id)
        access.require(actor, policy.PUBLISH, notice.org_id)
        ending = update(PublicNotice).where(PublicNotice.id == notice_id, notices.over(clock.today()))
        values = {"state": NoticeState.ENDED, "ended_at": clock.now()}
        if uow.change(ending.values(**values).execution_options(synchronize_session=False)):
            uow.audit("notice.end", "public_notice", notice_id, org_id=notice.org_id, number=notice.number)
            uow.emit(NoticeEnded(notice_id=notice_id, kind=notice.kind, voided=False))
            return
        uow.session.refresh(notice)
        if notice.state is NoticeState.OPEN:
            raise Conflict(_("公示的最后一天还没有过。"), todo=_("到期后会自动结束。"))


def _release(actor: Actor, notice_id: uuid.UUID, case_id: uuid.UUID) -> bool:
    """Approve one case of an ended notice. False when somebody else dealt with it."""
    with unit_of_work(actor) as uow, uow.savepoint():
        case = locked(uow, case_id)
        if case.state is not CaseState.IN_NOTICE or case.notice_id != notice_id:
            return False
        approve(uow, case)
        return True
