"""Continuing education in people's calendars: when a registration can be renewed, and its last day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from lms.agenda.sources import CalendarEntry, CalendarSource
from lms.credits.cycles.models import CreditStanding
from lms.credits.obligations.rules import Obligation
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l

NAMES = {Obligation.REGISTRATION: _l("社会工作者登记"), Obligation.YEAR: _l("年度继续教育")}


def windows(person_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[CalendarEntry]:
    """When a registration can be renewed, and the last day of what is owed, where they lie in the days. One SELECT."""
    query = select(CreditStanding).where(CreditStanding.person_id == person_id).order_by(CreditStanding.obligation)
    found = []
    for row in db.session.scalars(query):
        name = str(NAMES[row.obligation])
        steps = [("ends", row.last_day, _("最后一天：%(name)s", name=name))]
        if row.obligation is Obligation.REGISTRATION:  # nothing is applied for in a year
            steps.append(("opens", row.window_from, _("可以办理：%(name)s", name=name)))
        for step, day, title in steps:
            if day is not None and first <= day <= last:
                key = f"credits-{step}-{row.obligation.value}-{person_id.hex}-{day.isoformat()}"
                found.append(CalendarEntry(key, title, day, day, "/hours", busy=False))
    return found


SOURCE = CalendarSource("credits.windows", _l("继续教育"), windows)
