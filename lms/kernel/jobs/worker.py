"""Running jobs: claim a row by lease, keep the lease alive while working, record the end.

A worker that dies leaves a row whose lease runs out; another claims it and the handler runs again from the start.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import select, update

from lms.kernel import audit, clock, outbox
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import Localized
from lms.kernel.jobs.sweeper import announce_overdue, is_due, lease, queue_recurring
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work

log = structlog.get_logger(__name__)


class NotYet(Exception):
    """Raised by a handler that cannot work before something outside has changed: it is asked again after `pause`.

    The try does not count. `why` is what the job's page shows meanwhile, in both languages.
    """

    def __init__(self, why: Localized, pause: dt.timedelta = dt.timedelta(minutes=1)) -> None:
        super().__init__(why)
        self.why, self.pause = why, pause


class LeaseLost(Exception):
    """This worker was silent for too long and the job went to another: stop, and leave the row alone."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a handler may tell while it works."""

    job_id: uuid.UUID
    created_by: uuid.UUID | None
    worker: str = ""

    def progress(self, done: int, total: int, message: dict[str, Any] | None = None) -> None:
        """Show progress; a transaction of its own, so call it between the handler's units of work.

        Raises `LeaseLost` when another worker has the job now.
        """
        if not _update_own(self.job_id, self.worker, progress_done=done, progress_total=total, message=message):
            raise LeaseLost


def worker_name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"


def claim(worker: str, job_id: uuid.UUID | None = None) -> Job | None:
    """Take one due job, or the named one, for `worker`: the row as claimed. None when there is nothing to take."""
    moment = clock.now()
    query = select(Job).where(is_due(moment)).order_by(Job.run_at, Job.id).limit(1)
    if job_id is not None:
        query = query.where(Job.id == job_id)
    if db.session.scalars(query).first() is None:  # an idle worker takes no lock
        return None
    with unit_of_work(SYSTEM) as uow:
        moment = clock.now()  # on SQLite the lock may have been long in coming: a lease starts when it is given
        while (job := uow.session.scalars(query.with_for_update(skip_locked=True)).first()) is not None:
            if job.attempts < job.max_attempts:
                job.state, job.worker, job.attempts = JobState.RUNNING, worker, job.attempts + 1
                job.lease_until, job.started_at = moment + lease(), job.started_at or moment
                break
            job.state, job.finished_at = JobState.FAILED, moment
            job.error = job.error or "the worker died each time"
    if job is not None:
        db.session.expunge(job)
    return job


def run_one(app: Flask, worker: str, job_id: uuid.UUID | None = None) -> bool:
    """Claim and run one job. False when there was none."""
    with app.app_context():
        job = claim(worker, job_id)
        if job is None:
            return False
        named = audit.request_id.set(f"job-{job.id.hex}")
        try:
            with _lease_kept(app, job.id, worker):
                _execute(job, worker)
        finally:
            audit.request_id.reset(named)
        return True


def _execute(job: Job, worker: str) -> None:
    try:
        result = kernel().jobs.spec(job.name).handler(JobContext(job.id, job.created_by, worker), job.payload)
        _finish(job.id, worker, JobState.DONE, error="", result=dict(result or {}))
    except LeaseLost:
        log.warning("lease lost, the job runs elsewhere")
    except NotYet as wait:
        log.info("job waits", job=job.name, why=wait.why)
        later = {"run_at": clock.now() + wait.pause, "announced_at": None, "attempts": job.attempts - 1}
        _finish(job.id, worker, JobState.QUEUED, error="", message=dict(wait.why), **later)
    except Exception:  # noqa: BLE001 - whatever a handler raises is recorded and shown to the operator
        error = traceback.format_exc()
        log.warning("job failed", job=job.name, attempt=job.attempts, error=error)
        if job.attempts >= job.max_attempts:
            _finish(job.id, worker, JobState.FAILED, error=error)
        else:
            pause = dt.timedelta(seconds=min(300, 2**job.attempts))
            _finish(job.id, worker, JobState.QUEUED, error=error, run_at=clock.now() + pause, announced_at=None)


def _finish(job_id: uuid.UUID, worker: str, state: JobState, **values: Any) -> None:
    ended = None if state is JobState.QUEUED else clock.now()
    if not _update_own(job_id, worker, state=state, finished_at=ended, lease_until=None, **values):
        log.warning("lease lost, the job runs elsewhere", wanted=state.value)


def _update_own(job_id: uuid.UUID, worker: str, **values: Any) -> bool:
    """Change the row, and renew the lease unless `values` say otherwise. False when the row is no longer ours."""
    with unit_of_work(SYSTEM) as uow:
        own = (Job.id == job_id, Job.worker == worker, Job.state == JobState.RUNNING)
        renewed = {"lease_until": clock.now() + lease()}
        return uow.change(update(Job).where(*own).values(**(renewed | values))) == 1


@contextmanager
def _lease_kept(app: Flask, job_id: uuid.UUID, worker: str) -> Iterator[None]:
    """Renew the lease from a thread of its own, so that a long handler need not think of it."""
    stop = threading.Event()
    pause = lease().total_seconds() / 6

    def beat() -> None:
        while not stop.wait(pause):
            try:
                with app.app_context():
                    _update_own(job_id, worker)
            except Exception:
                log.exception("heartbeat failed, trying again")

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def work(app: Flask, stop: threading.Event, *, idle_seconds: float = 0.5) -> None:
    """Run jobs, queue recurring ones and deliver events until `stop` is set; the present job is finished first."""
    worker = worker_name()
    _rounds(app, stop, idle_seconds, step=lambda: run_one(app, worker), tend=queue_recurring)


def sweep(app: Flask, stop: threading.Event, *, idle_seconds: float = 0.5) -> None:
    """Beside the workers of a transport: send lost ids again, queue recurring jobs, deliver events."""

    def tend() -> None:
        queue_recurring()
        announce_overdue()

    _rounds(app, stop, idle_seconds, step=lambda: False, tend=tend)


def _rounds(
    app: Flask, stop: threading.Event, idle_seconds: float, *, step: Callable[[], bool], tend: Callable[[], None]
) -> None:
    """Repeat `step` and the delivery of events, and `tend` now and then; a database that is away is waited for."""
    tend_due = 0.0
    while not stop.is_set():
        try:
            busy = step()
            with app.app_context():
                if time.monotonic() >= tend_due:
                    tend()
                    tend_due = time.monotonic() + lease().total_seconds() / 3
                busy = outbox.deliver_pending() > 0 or busy
        except Exception:
            log.exception("a round failed, trying again")
            stop.wait(2)
        else:
            if not busy:
                stop.wait(idle_seconds)


def drain(app: Flask, limit: int = 1000) -> int:
    """Run what is due until nothing is left: commands and tests. Returns how many jobs ran."""
    worker, ran = worker_name(), 0
    for _round in range(limit):
        with app.app_context():
            delivered = outbox.deliver_pending()
        if run_one(app, worker):
            ran += 1
        elif not delivered:
            break
    return ran


def job_or_none(job_id: uuid.UUID) -> Job | None:
    """The job's row as last committed."""
    return db.session.get(Job, job_id, populate_existing=True)
