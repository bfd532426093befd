"""What the use cases share: holding a group still, telling its people, and who was too late."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from lms.classes.models import ClassGroup, ClassMember, MeetingTrainer, MemberState
from lms.classes.policy import missing_group
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork
from lms.messages import service as messages
from lms.messages.dto import Notice


def hold(uow: UnitOfWork, group_id: uuid.UUID) -> ClassGroup:
    """The group as it is now, held until the transaction ends, so that a seat that is given up finds its next owner.

    That no seat is given twice rests on a unique key; SQLite has one writer at a time anyway.
    """
    query = select(ClassGroup).where(ClassGroup.id == group_id).with_for_update()
    found = uow.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise missing_group()
    return found


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("班级刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_class"
    )


def members_of(group_id: uuid.UUID, *states: MemberState) -> list[uuid.UUID]:
    """The persons with a seat, or who stand in one of some states, in the order in which persons are locked."""
    query = select(ClassMember.person_id).where(ClassMember.group_id == group_id)
    query = query.where(ClassMember.state.in_(states or (MemberState.ENROLLED,))).order_by(ClassMember.person_id)
    return list(db.session.scalars(query))


def trainers_of(meeting_id: uuid.UUID) -> list[uuid.UUID]:
    """Who teaches a meeting."""
    return list(db.session.scalars(select(MeetingTrainer.person_id).where(MeetingTrainer.meeting_id == meeting_id)))


def tell(
    uow: UnitOfWork, kind: str, people: Iterable[uuid.UUID], params: Mapping[str, Any], *, key: str, link: str
) -> int:
    """Send each person a message once; `key` names the occasion. Returns how many are new."""
    notices = [Notice(one, params, f"{kind}:{key}:{one.hex}", link) for one in dict.fromkeys(people)]
    return messages.send_all(uow, kind, notices)
