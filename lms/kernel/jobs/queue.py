"""Asking for background work, in the transaction that needs it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work


def enqueue(
    uow: UnitOfWork,
    name: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    run_at: dt.datetime | None = None,
) -> uuid.UUID:
    """Queue a job and return its id; with a `key` used before, the earlier job's id: asking twice is one job."""
    spec, now, job_id = kernel().jobs.spec(name), clock.now(), new_id()
    due = run_at is None or run_at <= now
    is_new = insert_new(
        uow.session,
        Job,
        id=job_id,
        name=name,
        payload=dict(payload),
        key=key,
        state=JobState.QUEUED,
        max_attempts=spec.max_attempts,
        run_at=run_at or now,
        announced_at=now if due else None,
        created_by=uow.actor.person_id,
        created_at=now,
    )
    if not is_new:
        return uow.session.scalars(select(Job.id).where(Job.key == key)).one()
    if due:
        uow.after_commit(lambda: kernel().transport.announce(job_id))
    return job_id


def cancel(actor: Actor, job_id: uuid.UUID) -> None:
    """Cancel a job that has not started. Raises `Conflict` when it runs or has ended."""
    with unit_of_work(actor) as uow:
        _require(uow, job_id)
        changed = uow.change(
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.QUEUED)
            .values(state=JobState.CANCELLED, finished_at=clock.now())
        )
        if changed != 1:
            raise Conflict(_("这个任务已经开始或结束，不能取消。"))
        uow.audit("job.cancel", "job", job_id)


def again(actor: Actor, job_id: uuid.UUID) -> None:
    """Queue a failed or cancelled job once more, as if it had never run."""
    with unit_of_work(actor) as uow:
        _require(uow, job_id)
        now = clock.now()
        changed = uow.change(
            update(Job)
            .where(Job.id == job_id, Job.state.in_([JobState.FAILED, JobState.CANCELLED]))
            .values(
                state=JobState.QUEUED,
                attempts=0,
                error="",
                progress_done=0,
                progress_total=0,
                message=None,
                run_at=now,
                announced_at=now,
                started_at=None,
                finished_at=None,
            )
        )
        if changed != 1:
            raise Conflict(_("只有失败或已取消的任务可以重来。"))
        uow.audit("job.again", "job", job_id)
        uow.after_commit(lambda: kernel().transport.announce(job_id))


def _require(uow: UnitOfWork, job_id: uuid.UUID) -> None:
    if uow.session.scalar(select(Job.id).where(Job.id == job_id)) is None:
        raise NotFound(_("找不到这个任务。"))
