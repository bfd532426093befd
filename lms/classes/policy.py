"""Who sees and runs which class group. A trainer named on a meeting runs that group's meetings, wherever they work."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, Select, or_, select

from lms.access import policy as access
from lms.classes.models import ClassGroup, ClassMeeting, MeetingState, MeetingTrainer
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs

VIEW, EDIT, TEACH, RULE = "class:view", "class:edit", "class:teach", "class:rule"


def taught(person_id: uuid.UUID | None) -> Select[uuid.UUID]:
    """Ids of the groups in which a person teaches a meeting."""
    query = select(ClassMeeting.group_id).join(MeetingTrainer, MeetingTrainer.meeting_id == ClassMeeting.id)
    return query.where(MeetingTrainer.person_id == person_id, ClassMeeting.state != MeetingState.CANCELLED)


def visible(actor: Actor) -> ColumnElement[bool]:
    """The groups an officer or trainer sees."""
    seen = ClassGroup.org_id.in_(access.visible_orgs(actor, VIEW))
    return or_(seen, ClassGroup.id.in_(taught(actor.person_id))) if actor.holds(TEACH) else seen


def seen_group(actor: Actor, group_id: uuid.UUID) -> ClassGroup:
    """A group the actor sees. Raises `NotFound`."""
    found = db.session.scalars(select(ClassGroup).where(ClassGroup.id == group_id, visible(actor))).first()
    if found is None:
        raise missing_group()
    return found


def run_group(actor: Actor, group_id: uuid.UUID) -> ClassGroup:
    """A group the actor organises. Raises `NotFound` where they see nothing of it, `Forbidden` where they only see."""
    found = db.session.get(ClassGroup, group_id)
    if found is None:
        raise missing_group()
    if actor is not SYSTEM and not may_run(actor, found):
        seen_group(actor, group_id)
        access.require(actor, EDIT, found.org_id)
    return found


def may_run(actor: Actor, group: ClassGroup) -> bool:
    """Whether the actor organises a group."""
    return access.can(actor, EDIT, group.org_id)


def may_teach(actor: Actor, group: ClassGroup) -> bool:
    """Whether the actor keeps the attendance and marks the work of a group: its organiser and its trainers."""
    if may_run(actor, group):
        return True
    if not actor.holds(TEACH):
        return False
    return bool(db.session.scalar(select(ClassGroup.id.in_(taught(actor.person_id))).where(ClassGroup.id == group.id)))


def taught_group(actor: Actor, group_id: uuid.UUID) -> ClassGroup:
    """A group whose attendance and work the actor keeps. Raises `NotFound` or `Forbidden`."""
    found = seen_group(actor, group_id)
    if not may_teach(actor, found):
        raise Forbidden(_("您不是这个班的任课教师，也不负责组织它。"), todo=_("请由任课教师或主办单位办理。"))
    return found


def may_rule(actor: Actor) -> bool:
    """Rules and categories count for the whole city, so the right must be held on all of it."""
    return access.can(actor, RULE, orgs.city().id)


def require_rules(actor: Actor) -> None:
    """Raise unless the actor may set rules."""
    access.require(actor, RULE, orgs.city().id)


def missing_group() -> NotFound:
    """The refusal of who asks for what they may not see, or what is not there."""
    return NotFound(_("找不到这个班级。"))
