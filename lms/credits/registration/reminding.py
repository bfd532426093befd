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
from lms.credits.cycles.models import CreditStanding
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.rules import Obligation, TimeUnit
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import LIVE
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice
from lms.webkit.templating import day

REMIND_JOB = "credits.remind"
OVERDUE = "credits.registration_overdue"
LOOK_BACK = dt.timedelta(days=7)
CLOSING = dt.timedelta(days=30)


def remind() -> int:
    """Send what is due today. How many messages are new."""
    today = clock.today()
    begins, ends = CreditStanding.window_from, CreditStanding.last_day
    due: Mapping[str, ColumnElement[bool]] = {
        "credits.window_open": begins.between(today - LOOK_BACK, today) & (ends >= today),
        "credits.window_closing": ends.between(today + CLOSING - LOOK_BACK, today + CLOSING),
        OVERDUE: ends.between(today - LOOK_BACK, today - dt.timedelta(days=1)),
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
    query = (
        select(CreditStanding, ObligationPolicy.unit, ObligationPolicy.unit_minutes)
        .join(ObligationPolicy, ObligationPolicy.id == CreditStanding.policy_id)
        .where(
            CreditStanding.obligation == Obligation.REGISTRATION,
            CreditStanding.followed_until.is_(None),
            condition,
            ~under_way,
        )
        .order_by(CreditStanding.person_id)
    )
    return db.session.execute(query).all()


def _notice(kind: str, row: CreditStanding, unit: TimeUnit, unit_minutes: int) -> Notice:
    params: dict[str, Any] = {"last": row.last_day, "hours": in_both(_hours, kind, row, unit, unit_minutes)}
    if kind == OVERDUE:
        params["late"] = in_both(_late, row)
    return Notice(row.person_id, params, _key(kind, row), "/me/registration")


def _hours(kind: str, row: CreditStanding, unit: TimeUnit, unit_minutes: int) -> str:
    if not row.missing:
        return _("继续教育已达标。")
    time = ledger.amount(row.missing, unit, unit_minutes, missing=True)
    if kind == OVERDUE:
        return _("继续教育还差 %(time)s，只计最后一天及以前的学习。", time=time)
    return _("继续教育还差 %(time)s。", time=time)


def _late(row: CreditStanding) -> str:
    if row.late_until == row.last_day:
        return _("不能补办，请联系登记部门。")
    return _("可补办到 %(late)s。", late=day(row.late_until))


def _key(kind: str, row: CreditStanding) -> str:
    assert isinstance(row.cycle_id, uuid.UUID)  # noqa: S101 - a row with days has its cycle
    return f"{kind}:{row.cycle_id.hex}:{row.last_day}"


JOBS = (JobSpec(REMIND_JOB, run, _l("提醒登记到期"), every_seconds=86_400),)
