"""Making a class group, changing it, and taking it from draft to closed."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from lms.access import policy as access
from lms.classes import policy
from lms.classes.dto import NewGroup
from lms.classes.models import ClassGroup, ClassMeeting, ClassQuota, GroupState, MeetingState, MeetingTrainer
from lms.classes.queries import data
from lms.classes.queries.groups import STANDING
from lms.classes.service.common import hold, members_of, overtaken, tell
from lms.classes.service.enrolling import promote, reseat
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work

MOST_PLACES = 2000
EDITABLE = (GroupState.DRAFT, GroupState.OPEN, GroupState.RUNNING)


def create_group(actor: Actor, new: NewGroup) -> uuid.UUID:
    """Draft a class group of a unit on which the actor organises classes; its id. Raises `Invalid`."""
    access.require(actor, policy.EDIT, new.org_id)
    with unit_of_work(actor) as uow:
        _check(new)
        group_id = new_id()
        uow.session.execute(
            insert(ClassGroup).values(
                id=group_id, org_id=new.org_id, state=GroupState.DRAFT, created_by=actor.person_id,
                created_at=clock.now(), **_values(new),
            )
        )  # fmt: skip
        _set_quotas(uow, group_id, new)
        uow.audit("class.create", "class_group", group_id, org_id=new.org_id, title=new.title, places=new.places)
        return group_id


def change_group(actor: Actor, group_id: uuid.UUID, new: NewGroup) -> None:
    """Change a group. Its unit stays; once it is open its category stays as well. More places let the queue move up."""
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        group = hold(uow, group_id)
        if group.state not in EDITABLE:
            raise Conflict(_("这个班已经结束，不能再改。"))
        _check(new)
        if group.state is not GroupState.DRAFT and new.category != group.category:
            raise Invalid(_("班级没有保存。"), fields={"category": _("开放报名以后不能改类别")})
        reseat(uow, group_id, new.places, {org.hex: places for org, places in (new.quotas or {}).items()})
        values, was = _values(new), {"title": group.title, "places": group.places}
        if group.state is not GroupState.DRAFT:
            del values["rule_id"]  # it keeps the rule it was opened under
        uow.session.execute(update(ClassGroup).where(ClassGroup.id == group_id).values(**values))
        _set_quotas(uow, group_id, new)
        promote(uow, hold(uow, group_id))
        now = {"title": new.title, "places": new.places}
        uow.audit("class.change", "class_group", group_id, org_id=group.org_id, was=was, **now)


def open_group(actor: Actor, group_id: uuid.UUID) -> None:
    """Publish a draft: people sign up in its window. The rule in force on its first day is fixed."""
    with unit_of_work(actor) as uow:
        group = policy.run_group(actor, group_id)
        rule = data.rule_on(group.category, group.starts_on)
        _move(uow, group, GroupState.DRAFT, GroupState.OPEN, rule_id=rule.id)


def start_group(actor: Actor, group_id: uuid.UUID) -> None:
    """Begin the class: nobody leaves by themselves any more. Raises `Conflict` while no meeting is planned."""
    with unit_of_work(actor) as uow:
        group = policy.run_group(actor, group_id)
        if not _meetings(group_id):
            raise Conflict(_("还没有排课，不能开班。"), todo=_("请先在课表里排至少一次课。"))
        _move(uow, group, GroupState.OPEN, GroupState.RUNNING)


def cancel_group(actor: Actor, group_id: uuid.UUID, *, reason: str) -> None:
    """Call a group off and tell everybody with a seat, who waits for one, and who was to teach.

    Its meetings change with it, so that calendars learn of it. What was held stays recorded.
    """
    if not reason.strip():
        raise Invalid(_("没有取消。"), fields={"reason": _("请写明理由，会告诉学员")})
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        group = hold(uow, group_id)
        if group.state not in EDITABLE:
            raise overtaken()
        planned = (ClassMeeting.group_id == group_id) & (ClassMeeting.state == MeetingState.PLANNED)
        teaching = select(MeetingTrainer.person_id).join(ClassMeeting, ClassMeeting.id == MeetingTrainer.meeting_id)
        people = [*members_of(group_id, *STANDING), *uow.session.scalars(teaching.where(planned))]
        why, now = reason.strip(), clock.now()
        values = {"state": MeetingState.CANCELLED, "reason": why, "changed_at": now}
        calling_off = update(ClassMeeting).where(planned).values(revision=ClassMeeting.revision + 1, **values)
        uow.session.execute(calling_off)
        params = {"title": group.title, "reason": why}
        tell(uow, "classes.cancelled", people, params, key=group_id.hex, link=f"/classes/{group_id}")
        _move(uow, group, group.state, GroupState.CANCELLED, closed_at=now, why=why)


def close_group(actor: Actor, group_id: uuid.UUID) -> None:
    """Close a class. Raises `Conflict` while a meeting is neither held nor cancelled."""
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        group = hold(uow, group_id)
        if _meetings(group_id, MeetingState.PLANNED):
            raise Conflict(_("还有没结束的课，不能结班。"), todo=_("请先把每次课结束考勤或取消。"))
        _move(uow, group, GroupState.RUNNING, GroupState.CLOSED, closed_at=clock.now())


def _move(
    uow: UnitOfWork, group: ClassGroup, source: GroupState, target: GroupState, *, why: str = "", **values: Any
) -> None:
    """Compare and swap."""
    moving = update(ClassGroup).where(ClassGroup.id == group.id, ClassGroup.state == source)
    if uow.change(moving.values(state=target, **values)) != 1:
        raise overtaken()
    detail = {"reason": why} if why else {}
    uow.audit(f"class.{target.value}", "class_group", group.id, org_id=group.org_id, **detail)


def _meetings(group_id: uuid.UUID, *states: MeetingState) -> int:
    query = select(func.count()).select_from(ClassMeeting).where(ClassMeeting.group_id == group_id)
    return data.scalar(query.where(ClassMeeting.state.in_(states or (MeetingState.PLANNED, MeetingState.HELD))))


def _values(new: NewGroup) -> dict[str, Any]:
    return {
        "category": new.category,
        "rule_id": data.rule_on(new.category, new.starts_on).id,
        "course_id": new.course_id,
        "title": new.title,
        "about": new.about.strip(),
        "places": new.places,
        "audience": new.audience,
        "waitlist": new.waitlist,
        "enrol_from": new.enrol_from,
        "enrol_until": new.enrol_until,
        "starts_on": new.starts_on,
        "ends_on": new.ends_on,
    }


def _set_quotas(uow: UnitOfWork, group_id: uuid.UUID, new: NewGroup) -> None:
    uow.session.execute(delete(ClassQuota).where(ClassQuota.group_id == group_id))
    rows = [{"group_id": group_id, "org_id": org, "places": places} for org, places in (new.quotas or {}).items()]
    if rows:
        uow.session.execute(insert(ClassQuota), rows)


def _check(new: NewGroup) -> None:
    fields: dict[str, Any] = {}
    if not new.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写班级名称")
    if not 1 <= new.places <= MOST_PLACES:
        fields["places"] = _("应在 1 到 %(most)d 之间", most=MOST_PLACES)
    elif sum((new.quotas or {}).values()) > new.places:
        fields["places"] = _("各区县的名额加起来不能超过总名额")
    if new.ends_on < new.starts_on:
        fields["ends_on"] = _("不能早于开班日期")
    if new.enrol_until <= new.enrol_from:
        fields["enrol_until"] = _("应晚于报名开始的时间")
    elif clock.local_date(new.enrol_from) > new.ends_on:
        fields["enrol_from"] = _("不能晚于结班日期")
    if fields:
        raise Invalid(_("班级没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
    data.category(new.category)
