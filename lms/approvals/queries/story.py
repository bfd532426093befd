"""The story of a case, told like a parcel's: what happened, where and when, the latest first."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from lms.approvals.dto import CaseView, Happening, TimelineLine
from lms.approvals.models import ApprovalCorrection, CaseState, Outcome
from lms.approvals.notice_models import NoticeEntry, NoticeState, Objection, ObjectionState, PublicNotice
from lms.approvals.queries.cases import case_view
from lms.kernel.db import db

_DECIDED = {
    Outcome.APPROVED: Happening.APPROVED,
    Outcome.RETURNED: Happening.RETURNED,
    Outcome.REJECTED: Happening.REJECTED,
}


def timeline(case_id: uuid.UUID) -> tuple[TimelineLine, ...]:
    """Everything that happened to a case, the latest first. Raises `NotFound`."""
    return story(case_view(case_id))


def story(view: CaseView) -> tuple[TimelineLine, ...]:
    """The same for a case already read. Three SELECTs."""
    lines = [
        TimelineLine(view.opened_at, Happening.OPENED, unit=view.unit),
        *_decisions(view),
        *_corrections(view),
        *_notices(view),
        *_objections(view),
        *_ending(view),
    ]
    # In the order things follow from each other, turned round: what happened at one moment keeps that order.
    return tuple(sorted(lines, key=lambda line: line.at)[::-1])


def _decisions(view: CaseView) -> list[TimelineLine]:
    return [
        TimelineLine(
            one.decided_at,
            _DECIDED[one.outcome],
            step=view.steps[one.step - 1].step.title,
            unit=view.steps[one.step - 1].unit,
            who=one.decider,
            absent=one.absent,
            note=one.reason,
            missing=one.missing,
        )
        for one in view.decisions
    ]


def _corrections(view: CaseView) -> list[TimelineLine]:
    query = select(ApprovalCorrection).where(ApprovalCorrection.case_id == view.brief.case_id)
    return [
        TimelineLine(one.submitted_at, Happening.RESUBMITTED, unit=view.unit, note=one.note)
        for one in db.session.scalars(query.order_by(ApprovalCorrection.round))
    ]


def _notices(view: CaseView) -> list[TimelineLine]:
    query = select(PublicNotice).join(NoticeEntry, NoticeEntry.notice_id == PublicNotice.id)
    lines: list[TimelineLine] = []
    for one in db.session.scalars(query.where(NoticeEntry.case_id == view.brief.case_id)):
        opened = TimelineLine(
            one.published_at, Happening.NOTICE_OPENED, unit=one.unit, note=one.number, until=one.closes_on
        )
        lines.append(opened)
        if one.state is NoticeState.VOIDED and one.ended_at is not None:
            lines.append(TimelineLine(one.ended_at, Happening.NOTICE_VOIDED, unit=one.unit, note=one.void_reason))
    return lines


def _objections(view: CaseView) -> list[TimelineLine]:
    """Objections against the case: that there is one, and how it ended; never who raised it or what they wrote."""
    lines: list[TimelineLine] = []
    for one in db.session.scalars(select(Objection).where(Objection.case_id == view.brief.case_id)):
        lines.append(TimelineLine(one.raised_at, Happening.OBJECTED))
        if one.decided_at is not None:
            upheld = one.state is ObjectionState.UPHELD
            what = Happening.OBJECTION_UPHELD if upheld else Happening.OBJECTION_DISMISSED
            lines.append(TimelineLine(one.decided_at, what, note=one.answer if upheld else ""))
    return lines


def _ending(view: CaseView) -> list[TimelineLine]:
    if view.closed_at is None:
        return []
    if view.brief.state is CaseState.APPROVED:
        return [TimelineLine(view.closed_at, Happening.COMPLETED)]
    if view.brief.state is CaseState.WITHDRAWN:
        return [TimelineLine(view.closed_at, Happening.WITHDRAWN, note=view.closed_reason)]
    return []
