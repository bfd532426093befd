"""Keeping the calendar of working days: checked, audited. Deadlines computed before stay as they are."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.insert import insert_new
from lms.kernel.models import WorkingDay
from lms.kernel.uow import unit_of_work

LONGEST = 31
"""How many days one entry may cover."""


def set_working_days(actor: Actor, first: dt.date, last: dt.date, *, is_working: bool, note: str) -> int:
    """Say for each day from `first` to `last` whether people work. The caller has checked the right to do so.

    Returns how many days. Raises `Invalid` for past days: what was computed with them stays computed.
    """
    if first < clock.today():
        raise Invalid(_("过去的日子不能改。"), fields={"first": _("请选今天或以后的日期")})
    span = (last - first).days + 1
    if not 1 <= span <= LONGEST:
        message = _("最后一天应在第一天之后 %(days)d 天以内", days=LONGEST - 1)
        raise Invalid(_("这段日子没有录入。"), fields={"last": message})
    with unit_of_work(actor) as uow:
        values = {"is_working": is_working, "note": note, "set_by": actor.person_id, "set_at": clock.now()}
        for offset in range(span):
            day = first + dt.timedelta(days=offset)
            if not insert_new(uow.session, WorkingDay, day=day, **values):
                uow.change(update(WorkingDay).where(WorkingDay.day == day).values(**values))
        until = last.isoformat()
        uow.audit("calendar.set", "working_day", first.isoformat(), until=until, working=is_working, note=note)
        return span


def clear_working_day(actor: Actor, day: dt.date) -> None:
    """Take an entry away: the published arrangements count again. Raises `NotFound`, and `Invalid` for a past day."""
    if day < clock.today():
        raise Invalid(_("过去的日子不能改。"))
    with unit_of_work(actor) as uow:
        was = uow.session.scalar(select(WorkingDay.is_working).where(WorkingDay.day == day))
        if not uow.change(delete(WorkingDay).where(WorkingDay.day == day)):
            raise NotFound(_("工作日历里没有这一天。"))
        uow.audit("calendar.clear", "working_day", day.isoformat(), working=was)
