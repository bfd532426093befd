"""Checking in, and a trainer's word. Every record is added, none is changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from lms.classes import codes, policy
from lms.classes.attendance_models import AttendanceRecord, CodeTry
from lms.classes.models import ClassGroup, ClassMeeting, MeetingState, MemberState
from lms.classes.queries import attendance as queries
from lms.classes.queries import members, timetable
from lms.classes.rules.attendance import Means, Says
from lms.classes.rules.seats import window
from lms.classes.service.common import hold
from lms.classes.service.settling import settle_again
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.webkit.templating import moment

BEFORE, AFTER, TRIES = "classes.check_in_before", "classes.check_in_after", "classes.code_tries"
PAUSE = dt.timedelta(minutes=10)
DIGITS = 6


def check_in(actor: Actor, meeting_id: uuid.UUID, sent: str, device: str) -> dt.datetime:
    """Check oneself in with the code on the screen, scanned or typed; the moment it counts from. Twice is once.

    `device` is the fingerprint of the browser. Raises `Conflict` outside the time around the meeting, for a code that
    is not the screen's now, and after too many of those; `NotFound` for a meeting of a class one has no seat in.
    """
    meeting, person_id = own_meeting(actor, meeting_id)
    known = queries.own(meeting_id, person_id)
    if known is not None:
        return known.at
    now = clock.now()
    _refuse_other_times(meeting, now)
    if queries.tries_since(person_id, now - PAUSE) >= kernel().settings.value(TRIES):
        raise Conflict(
            _("输错的次数太多，暂时不能签到。"), todo=_("请过 10 分钟再试，或请教师为您登记。"), code="too_many_tries"
        )
    if not codes.fits(meeting_id, sent, now):
        with unit_of_work(actor) as uow:
            uow.session.add(CodeTry(id=new_id(), meeting_id=meeting_id, person_id=person_id, device=device, at=now))
        raise Conflict(
            _("签到码不对，或已经过期。"),
            why=_("签到码每 %(seconds)d 秒换一次。", seconds=codes.seconds()),
            todo=_("请对着屏幕再扫一次，或输入屏幕上现在的 6 位数字。"),
            code="wrong_code",
        )
    means = Means.CODE if len(sent) == DIGITS else Means.QR
    with unit_of_work(actor) as uow:
        _refuse_other_times(_as_it_stays(uow, meeting_id), now)
        said = {"says": Says.PRESENT, "means": means, "at": now, "device": device}
        _record(uow, meeting_id, person_id, **said, key=own_key(meeting_id, person_id))
    kept = queries.own(meeting_id, person_id)
    return now if kept is None else kept.at


def own_key(meeting_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """What makes a person's own check-in to a meeting one, however often it is sent."""
    return f"own:{meeting_id.hex}:{person_id.hex}"


def own_meeting(actor: Actor, meeting_id: uuid.UUID) -> tuple[ClassMeeting, uuid.UUID]:
    """A meeting of a class in which the actor has a seat, and who they are. Raises `NotFound`."""
    if actor.person_id is None:
        raise Forbidden(_("只能为自己签到。"))
    meeting = timetable.meeting(meeting_id)
    member = members.own(meeting.group_id, actor.person_id)
    if member is None or member.state is not MemberState.ENROLLED:
        raise policy.missing_group()
    return meeting, actor.person_id


def attest(
    actor: Actor,
    meeting_id: uuid.UUID,
    people: Sequence[uuid.UUID],
    says: Says,
    *,
    at: dt.datetime,
    reason: str,
    key: str,
) -> int:
    """Say of members what the trainer saw; how many. `key` is the form's: sent twice it counts once.

    After the meeting is closed the minutes are settled anew, and with them what was credited. Raises `Invalid`,
    `Forbidden` for oneself.
    """
    fields = {}
    if not reason.strip():
        fields["reason"] = _("请写明理由")
    if not people:
        fields["people"] = _("请先勾选学员")
    if fields:
        raise Invalid(_("没有登记。"), fields=fields)
    meeting = timetable.meeting(meeting_id)
    with unit_of_work(actor) as uow:
        group = policy.taught_group(actor, meeting.group_id)
        if actor.person_id in people:
            raise Forbidden(_("不能登记自己的出勤。"), todo=_("请由另一位教师或主办单位登记。"))
        hold(uow, group.id)
        meeting = _open_to_records(meeting_id)
        seated = {
            line.member.person_id for line in members.lines(group.id) if line.member.state is MemberState.ENROLLED
        }
        chosen = [one for one in dict.fromkeys(people) if one in seated]
        said = {"says": says, "means": Means.TRAINER, "at": at, "reason": reason.strip()}
        done = sum(_record(uow, meeting_id, one, **said, key=f"word:{key}:{one.hex}") for one in chosen)
        uow.audit(
            "class.attest",
            "class_meeting",
            meeting_id,
            org_id=group.org_id,
            says=says.value,
            people=done,
            reason=reason,
        )
        if meeting.state is MeetingState.HELD:
            settle_again(uow, group, meeting, chosen)
        return done


def _as_it_stays(uow: UnitOfWork, meeting_id: uuid.UUID) -> ClassMeeting:
    """A meeting as it is until the transaction ends: it is not closed, moved or called off between.

    Check-ins do not wait for each other, only for who changes the meeting.
    """
    query = select(ClassMeeting).where(ClassMeeting.id == meeting_id).with_for_update(read=True)
    return uow.session.scalars(query.execution_options(populate_existing=True)).one()


def _open_to_records(meeting_id: uuid.UUID) -> ClassMeeting:
    meeting = timetable.meeting(meeting_id)
    if meeting.state is MeetingState.CANCELLED:
        raise Conflict(_("这次课已取消，不能登记出勤。"))
    return meeting


def _record(uow: UnitOfWork, meeting_id: uuid.UUID, person_id: uuid.UUID, **said: Any) -> bool:
    """Add a record; False when its key was used."""
    values = {"reason": "", "device": "", **said, "meeting_id": meeting_id, "person_id": person_id}
    made = {"id": new_id(), "recorded_by": uow.actor.person_id, "recorded_at": clock.now()}
    return insert_new(uow.session, AttendanceRecord, **made, **values)


def _refuse_other_times(meeting: ClassMeeting, now: dt.datetime) -> None:
    if meeting.state is not MeetingState.PLANNED:
        said = _("这次课已取消。") if meeting.state is MeetingState.CANCELLED else _("这次课的考勤已经结束。")
        raise Conflict(said, todo=_("如有遗漏，请联系教师登记。"))
    opens, closes = check_in_window(meeting)
    match window(now, opens, closes):
        case "before":
            raise Conflict(_("还没有到签到时间。"), todo=_("%(when)s 起可以签到。", when=moment(opens)))
        case "over":
            raise Conflict(_("签到时间已过。"), todo=_("请联系教师登记。"))


def check_in_window(meeting: ClassMeeting) -> tuple[dt.datetime, dt.datetime]:
    """From when until when one checks in to a meeting."""
    before, after = (dt.timedelta(minutes=kernel().settings.value(key)) for key in (BEFORE, AFTER))
    return meeting.starts_at - before, meeting.ends_at + after


def group_of(meeting: ClassMeeting) -> ClassGroup:
    """The group a meeting belongs to."""
    return db.session.get_one(ClassGroup, meeting.group_id)
