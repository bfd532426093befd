"""What a merged person has in classes goes to the record that is kept, and what it counted as, too.

Evidence is only added to: it is written once more for the kept record, the old rows stay behind as history.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.classes.attendance_models import AttendanceRecord, AttendanceResult, CodeTry
from lms.classes.course_models import Assignment, ClassWarning, Graduation, Mark, Submission
from lms.classes.models import ClassGroup, ClassMeeting, ClassMember, MeetingTrainer, MemberState
from lms.classes.rotation_models import RotationPerson
from lms.classes.rules.attendance import Says
from lms.classes.service.attending import own_key
from lms.classes.service.common import hold
from lms.classes.service.enrolling import promote
from lms.classes.service.settling import hand_over
from lms.kernel.actor import SYSTEM
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import moving
from lms.people.events import PersonsMerged

STAYS = (AttendanceRecord, AttendanceResult, CodeTry, Submission, ClassWarning, Graduation)
_BETTER = (MemberState.ENROLLED, MemberState.WAITING, MemberState.REMOVED, MemberState.LEFT)


def on_merged(event: PersonsMerged) -> None:
    """Move memberships, copy what they rest on, and let what was counted be the kept record's.

    Where both have a seat in a class, what counts is that of the one who took part. Raises `Conflict` naming the
    classes in which both did: that is not one person.
    """
    with unit_of_work(SYSTEM) as uow:
        mine = select(ClassMember.group_id).where(ClassMember.person_id == event.gone_id)
        groups = [hold(uow, group_id) for group_id in uow.session.scalars(mine.order_by(ClassMember.group_id)).all()]
        _refuse_both(uow, groups, event)
        moved = [group for group in groups if _counts(uow, group, event)]
        for group in groups:
            _one_membership(uow, group, event)
        _copy_evidence(uow, event, [group.id for group in moved])
        for group in moved:
            hand_over(uow, group, event.gone_id, event.kept_id)
        moving.move(uow, event, MeetingTrainer, once_per=("meeting_id",))
        moving.move(uow, event, RotationPerson, once_per=("wave_id",))


def _refuse_both(uow: UnitOfWork, groups: Sequence[ClassGroup], event: PersonsMerged) -> None:
    both = [group for group in groups if all(_took_part(uow, group, one) for one in (event.gone_id, event.kept_id))]
    if both:
        titles = listed(pick(group.title) for group in both)
        raise Conflict(
            _("没有并入。"),
            why=_("两份档案都在同一个班里有出勤、作业或结业记录：%(titles)s。", titles=titles),
            todo=_("请主办单位核对，是不是同一个人。"),
            code="class_twice",
        )


def _counts(uow: UnitOfWork, group: ClassGroup, event: PersonsMerged) -> bool:
    """Whether what the old record has in a class is what counts: it took part, or is the only one there."""
    there = exists().where(ClassMember.group_id == group.id, ClassMember.person_id == event.kept_id)
    return _took_part(uow, group, event.gone_id) or not uow.session.scalar(select(there))


def _took_part(uow: UnitOfWork, group: ClassGroup, person_id: uuid.UUID) -> bool:
    """Whether a person was at a meeting of a class, handed something in, or it ended for them."""
    meetings = select(ClassMeeting.id).where(ClassMeeting.group_id == group.id)
    works = select(Assignment.id).where(Assignment.group_id == group.id)
    found = or_(
        exists().where(
            AttendanceRecord.person_id == person_id,
            AttendanceRecord.says != Says.ABSENT,
            AttendanceRecord.meeting_id.in_(meetings),
        ),
        exists().where(Submission.person_id == person_id, Submission.assignment_id.in_(works)),
        exists().where(Graduation.person_id == person_id, Graduation.group_id == group.id),
    )
    return bool(uow.session.scalar(select(found)))


def _one_membership(uow: UnitOfWork, group: ClassGroup, event: PersonsMerged) -> None:
    """Leave one membership of two, the better one; a seat that becomes free is the next one's in the queue."""
    query = select(ClassMember).where(ClassMember.group_id == group.id)
    query = query.where(ClassMember.person_id.in_([event.gone_id, event.kept_id]))
    found = uow.session.scalars(query.execution_options(populate_existing=True)).all()
    kept, *others = sorted(found, key=lambda one: (_BETTER.index(one.state), one.ticket))
    for other in others:
        uow.session.delete(other)
    uow.session.flush()
    kept.person_id = event.kept_id
    uow.session.flush()
    if others:
        promote(uow, group)


def _copy_evidence(uow: UnitOfWork, event: PersonsMerged, groups: Sequence[uuid.UUID]) -> None:
    """The browser that checked in is left out of copies: one device of two records would look like two people."""

    def record(row: Mapping[str, Any], made: uuid.UUID) -> Mapping[str, Any]:
        own = row["key"] == own_key(row["meeting_id"], event.gone_id)
        return {"device": "", "key": own_key(row["meeting_id"], event.kept_id) if own else f"merge:{made.hex}"}

    meetings = select(ClassMeeting.id).where(ClassMeeting.group_id.in_(groups))
    works = select(Assignment.id).where(Assignment.group_id.in_(groups))
    moving.copy(uow, event, AttendanceRecord, record, AttendanceRecord.meeting_id.in_(meetings))
    kept = AttendanceResult.person_id == event.kept_id  # the meetings they were absent from
    query = select(AttendanceResult.meeting_id, func.max(AttendanceResult.revision)).where(kept)
    last: dict[uuid.UUID, int] = dict(uow.session.execute(query.group_by(AttendanceResult.meeting_id)).all())
    moving.copy(
        uow,
        event,
        AttendanceResult,
        lambda row, _made: {"revision": row["revision"] + last.get(row["meeting_id"], 0)},
        AttendanceResult.meeting_id.in_(meetings),
    )
    key = Submission.assignment_id.in_(works)
    sent = moving.copy(uow, event, Submission, lambda _row, made: {"key": f"merge:{made.hex}"}, key)
    hanging = Mark.submission_id.in_(sent)
    moving.copy_where(uow, Mark, hanging, lambda row, _made: {"submission_id": sent[row["submission_id"]]})
    moving.copy(uow, event, Graduation, where=Graduation.group_id.in_(groups))
    other = aliased(ClassWarning)
    same = (other.group_id == ClassWarning.group_id) & (other.cause == ClassWarning.cause)
    warned = exists().where(same, other.person_id == event.kept_id)
    moving.copy(uow, event, ClassWarning, where=ClassWarning.group_id.in_(groups) & ~warned)
