"""Reminding of the window: when it opens, thirty days before the end, when it is over. One message each, ever.

Looked at are the days of the last week, so that a job that stood still for some days misses nobody.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from lms.credits import wording as ledger
from lms.credits.cycles.models import CreditCycle, CreditStanding
from lms.credits.evidence.wording import in_both
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.rules import Obligation
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import LIVE
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice

REMIND_JOB = "credits.remind"
LOOK_BACK = dt.timedelta(days=7)
CLOSING = dt.timedelta(days=30)


def remind() -> int:
    """Send what is due today. How many messages are new."""
    today = clock.today()
    begins, ends = CreditStanding.window_from, CreditStanding.last_day
    due: Mapping[str, ColumnElement[bool]] = {
        "credits.window_open": begins.between(today - LOOK_BACK, today) & (ends >= today),
        "credits.window_closing": ends.between(today + CLOSING - LOOK_BACK, today + CLOSING),
        "credits.registration_overdue": ends.between(today - LOOK_BACK, today - dt.timedelta(days=1)),
    }
    sent = 0
    for kind, condition in due.items():
        notices = [_notice(kind, *row) for row in _rows(condition)]
        with unit_of_work(SYSTEM) as uow:
            sent += messages.send_all(uow, kind, notices)
    return sent


def run(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """The job: see `remind`."""
    del context, payload
    return {"reminded": remind()}


def _rows(condition: ColumnElement[bool]) -> Sequence[Any]:
    """Registrations for which nothing is under way and that no other one follows."""
    under_way = exists().where(
        RegistrationApplication.cycle_id == CreditStanding.cycle_id, RegistrationApplication.state.in_(LIVE)
    )
    followed = exists().where(
        CreditCycle.person_id == CreditStanding.person_id,
        CreditCycle.obligation == Obligation.REGISTRATION,
        CreditCycle.first_day > CreditStanding.last_day,
        ~CreditCycle.void,
    )
    query = (
        select(CreditStanding, ObligationPolicy.unit, ObligationPolicy.unit_minutes)
        .join(ObligationPolicy, ObligationPolicy.id == CreditStanding.policy_id)
        .where(CreditStanding.obligation == Obligation.REGISTRATION, condition, ~under_way, ~followed)
        .order_by(CreditStanding.person_id)
    )
    return db.session.execute(query).all()


def _notice(kind: str, row: CreditStanding, unit: Any, unit_minutes: int) -> Notice:
    hours = in_both(
        lambda: (
            _("继续教育还差 %(time)s。", time=ledger.amount(row.missing, unit, unit_minutes, missing=True))
            if row.missing
            else _("继续教育已达标。")
        )
    )
    params: dict[str, Any] = {"last": row.last_day, "hours": hours}
    if kind == "credits.registration_overdue":
        params["late"] = row.late_until
    return Notice(row.person_id, params, _key(kind, row), "/me/registration")


def _key(kind: str, row: CreditStanding) -> str:
    assert isinstance(row.cycle_id, uuid.UUID)  # noqa: S101 - a row with days has its cycle
    return f"{kind}:{row.cycle_id.hex}:{row.last_day}"


JOBS = (JobSpec(REMIND_JOB, run, _l("提醒登记到期"), every_seconds=86_400),)
