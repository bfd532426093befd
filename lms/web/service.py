"""What operators change: settings, working days and jobs.

These belong to the whole city, so the right must be held on its root.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from lms.access import policy
from lms.kernel import clock, settings_service, workdays_service
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.jobs import queue
from lms.kernel.uow import unit_of_work
from lms.orgs import queries as orgs
from lms.web.jobs import AUDIT_CHECK


def change_setting(actor: Actor, key: str, value: Any, *, valid_from: dt.date, note: str) -> None:
    """Set a value from a city day on. A past day is refused: what was decided by the old value stays decided."""
    policy.require(actor, "setting:edit", orgs.city().id)
    if valid_from < clock.today():
        raise Invalid(
            _("生效日期不能早于今天。"),
            why=_("过去的业务已按当时的设置办理。"),
            fields={"valid_from": _("请选今天或以后的日期")},
        )
    settings_service.set_value(actor, key, value, valid_from=valid_from, note=note)


def set_working_days(actor: Actor, first: dt.date, last: dt.date, *, is_working: bool, note: str) -> int:
    """Enter days off or worked; returns how many. Deadlines computed before stay as they are."""
    policy.require(actor, "calendar:edit", orgs.city().id)
    return workdays_service.set_working_days(actor, first, last, is_working=is_working, note=note)


def clear_working_day(actor: Actor, day: dt.date) -> None:
    """Take an entry away: the published arrangements count again."""
    policy.require(actor, "calendar:edit", orgs.city().id)
    workdays_service.clear_working_day(actor, day)


def run_again(actor: Actor, job_id: uuid.UUID) -> None:
    """Queue a failed or cancelled job once more."""
    policy.require(actor, "job:edit", orgs.city().id)
    queue.again(actor, job_id)


def cancel(actor: Actor, job_id: uuid.UUID) -> None:
    """Cancel a job that has not started."""
    policy.require(actor, "job:edit", orgs.city().id)
    queue.cancel(actor, job_id)


def check_audit_log(actor: Actor) -> uuid.UUID:
    """Queue a walk over the whole audit chain; the job's id. Asking again within a minute is the same job."""
    policy.require(actor, "audit:view", orgs.city().id)
    with unit_of_work(actor) as uow:
        return queue.enqueue(uow, AUDIT_CHECK.name, {}, key=f"audit.check:{clock.now():%Y%m%d%H%M}")
