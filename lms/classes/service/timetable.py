"""Planning meetings: nothing is put where something else is, and everybody hears of what moves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update

from lms.classes import policy
from lms.classes.dto import NewMeeting
from lms.classes.models import ClassGroup, ClassMeeting, GroupState, MeetingState, MeetingTrainer, TrainingRoom
from lms.classes.queries import data
from lms.classes.queries import timetable as queries
from lms.classes.queries.timetable import Clash
from lms.classes.service.common import hold, members_of, overtaken, tell, trainers_of
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.models import Person

LONGEST = dt.timedelta(hours=14)


class Clashes(Conflict):
    """A meeting was not planned: `clashes` says what is in the way. Those that are not hard can be accepted."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__(_("这次课没有排上：时间有冲突。"), code="class_clash")
        self.clashes = tuple(clashes)

    @property
    def hard(self) -> bool:
        """Whether something is in the way that nobody can accept."""
        return any(clash.hard for clash in self.clashes)


def plan_meeting(actor: Actor, group_id: uuid.UUID, new: NewMeeting, *, accepting: bool = False) -> uuid.UUID:
    """Put a meeting into a group's timetable; its id.

    Raises `Clashes`; those that are not hard can be allowed by `accepting` them.
    """
    with unit_of_work(actor) as uow:
        group = _held(uow, actor, group_id, new)
        _check(actor, new)
        _refuse_clashes(group, new, accepting=accepting)
        meeting_id = new_id()
        values = _values(new) | {"state": MeetingState.PLANNED, "revision": 1, "reason": ""}
        uow.session.execute(insert(ClassMeeting).values(id=meeting_id, group_id=group_id, **values))
        _set_trainers(uow, meeting_id, new.trainers)
        uow.audit("class.meeting.plan", "class_meeting", meeting_id, org_id=group.org_id, **_plain(new, new.trainers))
        if group.state is GroupState.RUNNING:
            _tell_all(uow, "classes.meeting_added", group, f"{meeting_id.hex}:1", new)
        return meeting_id


def move_meeting(actor: Actor, meeting_id: uuid.UUID, new: NewMeeting, *, seen: int, accepting: bool = False) -> None:
    """Change a planned meeting; who sits in the class and who teaches it, now or before, hear of it.

    `seen` is the revision the officer saw. Raises `Clashes`, and `Conflict` for a meeting that is over.
    """
    with unit_of_work(actor) as uow:
        group = _held(uow, actor, queries.meeting(meeting_id).group_id, new)
        meeting, before = queries.meeting(meeting_id), trainers_of(meeting_id)
        _check(actor, new, meeting, before)
        _refuse_clashes(group, new, accepting=accepting, but=meeting_id)
        was, now = _plain(meeting, before), _plain(new, new.trainers)
        same = all(was[name] == now[name] for name in ("starts", "ends", "room", "place"))
        _change(uow, meeting_id, seen, **_values(new))
        _set_trainers(uow, meeting_id, new.trainers)
        uow.audit("class.meeting.move", "class_meeting", meeting_id, org_id=group.org_id, was=was, **now)
        if group.state in {GroupState.OPEN, GroupState.RUNNING} and not same:
            _tell_all(uow, "classes.meeting_moved", group, f"{meeting_id.hex}:{seen + 1}", new, before=before)


def cancel_meeting(actor: Actor, meeting_id: uuid.UUID, *, seen: int, reason: str) -> None:
    """Call a meeting off and tell everybody concerned why."""
    if not reason.strip():
        raise Invalid(_("没有取消。"), fields={"reason": _("请写明理由，会告诉学员")})
    with unit_of_work(actor) as uow:
        group = policy.run_group(actor, queries.meeting(meeting_id).group_id)
        hold(uow, group.id)
        meeting, teaching, why = queries.meeting(meeting_id), trainers_of(meeting_id), reason.strip()
        _change(uow, meeting_id, seen, state=MeetingState.CANCELLED, reason=why, changed_at=clock.now())
        was = _plain(meeting, teaching)
        uow.audit("class.meeting.cancel", "class_meeting", meeting_id, org_id=group.org_id, was=was, reason=why)
        params = {"title": group.title, "topic": meeting.title, "starts": meeting.starts_at, "reason": why}
        people = [*members_of(group.id), *teaching]
        tell(uow, "classes.meeting_cancelled", people, params, key=meeting_id.hex, link=f"/classes/{group.id}")


def _held(uow: UnitOfWork, actor: Actor, group_id: uuid.UUID, new: NewMeeting) -> ClassGroup:
    """Hold what a meeting takes: the group, the room, the trainers, always in this order."""
    policy.run_group(actor, group_id)
    group = hold(uow, group_id)
    if group.state in {GroupState.CLOSED, GroupState.CANCELLED}:
        raise Conflict(_("这个班已经结束，课表不再变动。"))
    if new.room_id is not None:
        uow.session.execute(select(TrainingRoom.id).where(TrainingRoom.id == new.room_id).with_for_update())
    teaching = select(Person.id).where(Person.id.in_(new.trainers)).order_by(Person.id)
    uow.session.execute(teaching.with_for_update()).all()
    return group


def _refuse_clashes(group: ClassGroup, new: NewMeeting, *, accepting: bool, but: uuid.UUID | None = None) -> None:
    found = queries.clashes(group, new, but)
    refusal = Clashes(found)
    if found and (refusal.hard or not accepting):
        raise refusal


def _check(
    actor: Actor, new: NewMeeting, meeting: ClassMeeting | None = None, teaching: Sequence[uuid.UUID] = ()
) -> None:
    """Raise `Invalid` naming every fault. The room and trainers that a meeting has may stay with it."""
    fields: dict[str, Any] = {}
    if not new.title.strip():
        fields["title"] = _("请填写这次课的内容")
    if not dt.timedelta() < new.ends_at - new.starts_at <= LONGEST:
        fields["ends"] = _("应晚于开始时间，同一天内")
    rooms = {room.id for room in data.rooms(actor, meeting.room_id if meeting else None)}
    if new.room_id is not None and new.room_id not in rooms:
        fields["room"] = _("请从列表里选择")
    if new.room_id is None and not new.place.strip():
        fields["place"] = _("没有选教室的，请写明地点")
    if set(new.trainers) - {one.id for one in data.trainers(teaching)}:
        fields["trainers"] = _("请从列表里选择")
    if fields:
        raise Invalid(_("这次课没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)


def _values(new: NewMeeting) -> dict[str, Any]:
    return {
        "title": new.title.strip(),
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "room_id": new.room_id,
        "place": new.place.strip(),
        "changed_at": clock.now(),
    }


def _plain(meeting: ClassMeeting | NewMeeting, trainers: Sequence[uuid.UUID]) -> dict[str, Any]:
    """A meeting as the trail keeps it."""
    return {
        "title": meeting.title.strip(),
        "starts": meeting.starts_at.astimezone(dt.UTC).isoformat(),
        "ends": meeting.ends_at.astimezone(dt.UTC).isoformat(),
        "room": meeting.room_id.hex if meeting.room_id else None,
        "place": meeting.place.strip(),
        "trainers": sorted(one.hex for one in trainers),
    }


def _change(uow: UnitOfWork, meeting_id: uuid.UUID, seen: int, **values: Any) -> None:
    """Compare and swap on the revision of a planned meeting."""
    same = (ClassMeeting.id == meeting_id) & (ClassMeeting.revision == seen)
    changing = update(ClassMeeting).where(same, ClassMeeting.state == MeetingState.PLANNED)
    if uow.change(changing.values(revision=seen + 1, **values)) != 1:
        raise overtaken()


def _set_trainers(uow: UnitOfWork, meeting_id: uuid.UUID, trainers: tuple[uuid.UUID, ...]) -> None:
    uow.session.execute(delete(MeetingTrainer).where(MeetingTrainer.meeting_id == meeting_id))
    rows = [{"meeting_id": meeting_id, "person_id": one} for one in dict.fromkeys(trainers)]
    if rows:
        uow.session.execute(insert(MeetingTrainer), rows)


def _tell_all(
    uow: UnitOfWork, kind: str, group: ClassGroup, key: str, new: NewMeeting, *, before: Sequence[uuid.UUID] = ()
) -> None:
    room = uow.session.get(TrainingRoom, new.room_id) if new.room_id else None
    place = "，".join(filter(None, (room.name if room else "", room.address if room else "", new.place.strip())))
    params = {"title": group.title, "topic": new.title, "starts": new.starts_at, "place": place}
    people = [*members_of(group.id), *new.trainers, *before]
    tell(uow, kind, people, params, key=key, link=f"/classes/{group.id}")
