"""Background work of cycles: opening what is missing, following the calendar. A second run has nothing to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.credits.cycles import opening, standing
from lms.credits.cycles.standing import some_of
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs import queue
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work
from lms.people.events import RosterApplied

FOLLOW_JOB = "credits.follow"


def follow() -> dict[str, int]:
    """Open missing cycles, then write anew every row that is not that of today."""
    opened = opening.open_all()
    unknown = standing.without_row()
    for some in some_of(unknown):
        with unit_of_work(SYSTEM) as uow:
            standing.refresh(uow, some)
    return {"opened": opened, "unknown": len(unknown), "refreshed": standing.refresh_due()}


def run(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """The job: see `follow`."""
    del context, payload
    return follow()


def on_roster(event: RosterApplied) -> None:
    """A roster brought registrations: follow them in the background."""
    with unit_of_work(SYSTEM) as uow:
        queue.enqueue(uow, FOLLOW_JOB, {}, key=f"{FOLLOW_JOB}:{event.import_id.hex}", run_at=clock.now())


JOBS = (JobSpec(FOLLOW_JOB, run, _l("打开登记周期，更新学时状态"), every_seconds=3600),)
