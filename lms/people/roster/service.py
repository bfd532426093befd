"""Use cases around an import: start, apply, cancel, check again."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.jobs import queue
from lms.kernel.models import Job, JobState
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.models import ApplyMode, ImportState, RosterImport
from lms.people.roster import files
from lms.people.roster.job import APPLY_JOB, CHECK_JOB, IMPORT, discard_rows, told
from lms.webkit.uploads import Upload


def start_import(actor: Actor, upload: Upload, org_id: uuid.UUID) -> uuid.UUID:
    """Keep an uploaded roster for `org_id` and the units below it, and queue its check. Returns the import's id."""
    with unit_of_work(actor) as uow:
        authority().require(actor, IMPORT, org_id)
        file = files.keep(uow, upload.name, upload.content)
        uow.session.flush()
        roster = RosterImport(
            id=new_id(),
            file_id=file.id,
            file_name=upload.name,
            org_id=org_id,
            state=ImportState.CHECKING,
            created_by=actor.person_id,
            created_at=clock.now(),
        )
        uow.session.add(roster)
        uow.session.flush()
        roster.job_id = queue.enqueue(uow, CHECK_JOB, told(roster.id))
        uow.audit("roster.upload", "roster_import", roster.id, org_id=org_id, file=file.id.hex, sha256=file.sha256)
        return roster.id


def request_apply(actor: Actor, import_id: uuid.UUID, mode: ApplyMode) -> uuid.UUID:
    """Queue the writing of a checked roster; returns the job's id. Asked twice at once, one of the two is refused.

    `ApplyMode.ALL` is refused while there is any fault; `ONLY_CORRECT` leaves the faulty rows out.
    """
    with unit_of_work(actor) as uow:
        roster = get(actor, import_id)
        if mode is ApplyMode.ALL and roster.rows_faulty:
            raise Conflict(
                _("还有 %(count)d 行有问题，没有写入。", count=roster.rows_faulty),
                todo=_("请改好后重新上传，或选择“只写入没有问题的行”。"),
            )
        if not roster.rows_new + roster.rows_changed:
            raise Conflict(_("没有需要写入的行。"), why=_("名册与系统里的数据一致，或每一行都有问题。"))
        _move(uow, roster, ImportState.CHECKED, ImportState.APPLYING, mode=mode, failure=None)
        job_id = queue.enqueue(uow, APPLY_JOB, told(import_id))
        uow.change(update(RosterImport).where(RosterImport.id == import_id).values(job_id=job_id))
        uow.audit("roster.request_apply", "roster_import", import_id, org_id=roster.org_id, mode=mode)
        return job_id


def cancel(actor: Actor, import_id: uuid.UUID) -> None:
    """Give up an import that has not been applied; its staged rows are deleted."""
    with unit_of_work(actor) as uow:
        roster = get(actor, import_id)
        if roster.state not in {ImportState.CHECKING, ImportState.CHECKED}:
            raise Conflict(_("这次导入已经结束或正在写入，不能取消。"))
        _move(uow, roster, roster.state, ImportState.CANCELLED)
        discard_rows(uow, import_id)
        uow.audit("roster.cancel", "roster_import", import_id, org_id=roster.org_id)


def try_again(actor: Actor, import_id: uuid.UUID) -> None:
    """Queue the check or the writing once more when its job has failed."""
    with unit_of_work(actor) as uow:
        roster = get(actor, import_id)
        job = uow.session.get(Job, roster.job_id) if roster.job_id else None
        name = {ImportState.CHECKING: CHECK_JOB, ImportState.APPLYING: APPLY_JOB}.get(roster.state)
        if name is None or (job is not None and job.state not in {JobState.FAILED, JobState.CANCELLED}):
            raise Conflict(_("这次导入没有失败的任务。"))
        job_id = queue.enqueue(uow, name, told(import_id), key=f"{name}:after:{roster.job_id}")
        uow.change(update(RosterImport).where(RosterImport.id == import_id).values(job_id=job_id))
        uow.audit("roster.try_again", "roster_import", import_id, org_id=roster.org_id, job=name)


def get(actor: Actor, import_id: uuid.UUID) -> RosterImport:
    """The import, when the actor may import for its unit; else `NotFound`, also inside a unit of theirs."""
    roster = db.session.get(RosterImport, import_id, populate_existing=True)
    if roster is None:
        raise NotFound(_("找不到这次导入。"))
    try:
        authority().require(actor, IMPORT, roster.org_id)
    except (NotFound, Forbidden):
        raise NotFound(_("找不到这次导入。")) from None
    return roster


def _move(uow: UnitOfWork, roster: RosterImport, before: ImportState, after: ImportState, **values: object) -> None:
    moved = uow.change(
        update(RosterImport)
        .where(RosterImport.id == roster.id, RosterImport.state == before)
        .values(state=after, **values)
    )
    if moved != 1:
        raise Conflict(_("这次导入的状态已经变了。"), todo=_("请刷新页面，看现在的状态。"))
