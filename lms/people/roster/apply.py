"""Applying a checked roster: compared anew with what we hold now, then written in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from lms.kernel import clock
from lms.kernel.bulk import refresh_statistics, take_turns
from lms.kernel.i18n import zh
from lms.kernel.jobs import queue
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.events import RosterApplied
from lms.people.models import ApplyMode, Employment, ImportState, Person, Qualification, RosterImport
from lms.people.roster import compare
from lms.people.roster.job import CHECK_JOB, RosterJob, discard_rows, told
from lms.people.roster.merge import merge

_TURNS = 0x726F73746572  # any fixed number: rosters are written one after the other, so they cannot lock each other


def apply_roster(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Job: write one checked roster. Killed at any moment and run again, it writes everything once."""
    job = RosterJob.load(payload, ImportState.APPLYING)
    if job is None:
        return None
    context.progress(0, job.rows_total, zh("正在写入", "Saving"))
    with unit_of_work(job.actor) as uow:
        take_turns(uow.session, _TURNS)
        compare.compare(uow, job.id, job.writable_units())
        counts = compare.count(uow.session, job.id)
        if counts["rows_faulty"] and job.mode is ApplyMode.ALL:
            _check_again(uow, job)
            return None
        merge(uow.session, job.id, clock.now())
        _settle(uow, job, ImportState.APPLIED, applied_at=clock.now(), failure=None, **counts)
        discard_rows(uow, job.id)
        refresh_statistics(uow.session, Person.state, Employment.ended_on, Qualification.kind)
        _tell(uow, job, counts)
    context.progress(job.rows_total, job.rows_total, zh("正在写入", "Saving"))
    return counts


def _check_again(uow: UnitOfWork, job: RosterJob) -> None:
    """What we hold has changed since the check, so that all is not possible any more: name the new problems."""
    job_id = queue.enqueue(uow, CHECK_JOB, told(job.id, job.locale))
    failure = {"code": "changed_since_check", "params": {}}
    _settle(uow, job, ImportState.CHECKING, failure=failure, job_id=job_id)


def _settle(uow: UnitOfWork, job: RosterJob, state: ImportState, **values: Any) -> None:
    """End the application, or undo everything when another worker has ended it meanwhile."""
    settled = uow.change(
        update(RosterImport)
        .where(RosterImport.id == job.id, RosterImport.state == ImportState.APPLYING)
        .values(state=state, **values)
    )
    if settled != 1:
        raise RuntimeError(f"the roster {job.id} was ended by another worker")


def _tell(uow: UnitOfWork, job: RosterJob, counts: Mapping[str, int]) -> None:
    uow.audit("roster.apply", "roster_import", job.id, org_id=job.org_id, file=job.file_id.hex, mode=job.mode, **counts)
    uow.emit(
        RosterApplied(import_id=job.id, org_id=job.org_id, created=counts["rows_new"], changed=counts["rows_changed"])
    )
