"""Bringing an officer's list into a group: the file is kept sealed between dry run and application."""

from __future__ import annotations

import uuid

from lms.classes import lists, policy
from lms.classes.lists import CheckedList
from lms.classes.models import MemberSource
from lms.classes.service.enrolling import enrol
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.webkit.uploads import Upload

ROOM, CONTEXT = "classes-list", "class.list"


def keep_list(actor: Actor, group_id: uuid.UUID, upload: Upload) -> uuid.UUID:
    """Keep a list that can be read, sealed; the file's id."""
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        lists.check(actor, group_id, upload.content)
        content = kernel().cipher.encrypt_bytes(upload.content, context=CONTEXT)
        media_type = f"{upload.kind.media_type}; group={group_id.hex}"
        return kernel().files.put(uow, room=ROOM, name=upload.name, media_type=media_type, content=content).id


def check_list(actor: Actor, group_id: uuid.UUID, file_id: uuid.UUID) -> CheckedList:
    """What a kept list would do now. Raises `NotFound` for a file of somebody else or of another group."""
    policy.run_group(actor, group_id)
    return lists.check(actor, group_id, _content(actor, group_id, file_id))


def apply_list(actor: Actor, group_id: uuid.UUID, file_id: uuid.UUID) -> tuple[int, int]:
    """Enrol everybody on a list without a fault; how many got a seat and how many wait. All or nothing."""
    content = _content(actor, group_id, file_id)
    with unit_of_work(actor) as uow:
        group = policy.run_group(actor, group_id)
        checked = lists.check(actor, group_id, content)
        if checked.faulty:
            raise Invalid(_("名单里还有问题，没有写入。"), todo=_("请改好标出的单元格，重新上传。"))
        placed = [enrol(uow, group_id, row.person_id, source=MemberSource.LIST) for row in checked.new if row.person_id]
        waiting = sum(1 for one in placed if one.position)
        uow.audit("class.list", "class_group", group_id, org_id=group.org_id, file=file_id.hex, people=len(placed))
        return len(placed) - waiting, waiting


def _content(actor: Actor, group_id: uuid.UUID, file_id: uuid.UUID) -> bytes:
    row = kernel().files.row(file_id)
    mine = row.room == ROOM and row.created_by == actor.person_id and row.media_type.endswith(f"group={group_id.hex}")
    if not mine:
        raise NotFound(_("找不到这份名单。"), todo=_("请重新上传。"))
    return kernel().cipher.decrypt_bytes(kernel().files.read(file_id), context=CONTEXT)
