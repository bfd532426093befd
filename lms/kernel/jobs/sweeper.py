"""What has to happen by itself: recurring jobs are queued, and ids that a transport lost are sent again.

Every worker sweeps; keys and conditions in the table make many of them agree on one.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, delete, or_, select, update

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.guard import owner_of
from lms.kernel.jobs import queue
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work

BATCH = 500
KEEP_RECURRING = dt.timedelta(days=14)


def lease() -> dt.timedelta:
    """How long a worker may be silent; also how long an announced id may lie in a broker before it is sent again."""
    return dt.timedelta(seconds=kernel().config.job_lease_seconds)


def is_due(moment: dt.datetime) -> ColumnElement[bool]:
    """Rows that a worker may take: queued and due, or running with a lease that ran out.

    The jobs of a plugin that is switched off wait until it is on again.
    """
    due = or_(
        (Job.state == JobState.QUEUED) & (Job.run_at <= moment),
        (Job.state == JobState.RUNNING) & (Job.lease_until < moment),
    )
    off = [name for name in kernel().jobs.specs if not kernel().guard.is_on(owner_of(name))]
    return due & Job.name.not_in(off) if off else due


def queue_recurring() -> None:
    """Queue each recurring job once per period, and forget its successful runs of long ago."""
    now = clock.now()
    seconds = int(now.timestamp())
    wanted = {
        f"every:{spec.name}:{seconds // spec.every_seconds}": spec.name
        for spec in kernel().jobs.specs.values()
        if spec.every_seconds and kernel().guard.is_on(owner_of(spec.name))
    }
    missing = wanted.keys() - set(db.session.scalars(select(Job.key).where(Job.key.in_(wanted))))
    if not missing:
        return
    with unit_of_work(SYSTEM) as uow:
        for key in sorted(missing):
            queue.enqueue(uow, wanted[key], {}, key=key)
            earlier = Job.key.startswith(f"every:{wanted[key]}:", autoescape=True)
            old = (Job.state == JobState.DONE) & (Job.finished_at < now - KEEP_RECURRING)
            uow.change(delete(Job).where(earlier, old))


def announce_overdue() -> int:
    """Send the ids of due rows again that nobody took since they were last sent. Returns how many."""
    moment = clock.now()
    unheard = or_(Job.announced_at.is_(None), Job.announced_at < moment - lease())
    overdue = select(Job.id).where(is_due(moment), unheard).order_by(Job.run_at, Job.id).limit(BATCH)
    if db.session.scalars(overdue).first() is None:
        return 0
    with unit_of_work(SYSTEM) as uow:
        job_ids = uow.session.scalars(overdue.with_for_update(skip_locked=True)).all()
        uow.change(update(Job).where(Job.id.in_(job_ids)).values(announced_at=moment))
    for job_id in job_ids:
        kernel().transport.announce(job_id)
    return len(job_ids)
