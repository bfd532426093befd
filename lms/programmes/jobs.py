"""What happens by itself: terms end on their day, and people are told in time. Each step can be met again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice
from lms.programmes.appointment_models import Appointment, AppointmentEnd, EndKind
from lms.programmes.queries import appointments, catalogue
from lms.programmes.service.appointing import RENEWAL_MONTHS
from lms.programmes.service.ending import end

DAILY = "programmes.daily"
LAST_CALL_DAYS = 30
BATCH = 200


def daily(_context: JobContext, _payload: Mapping[str, Any]) -> dict[str, int]:
    """Write down which terms are over, and remind who can be renewed: when it opens, and a month before the end."""
    return {"ended": end_terms(), "reminded": remind()}


def end_terms() -> int:
    """End every appointment whose last day is over; how many."""
    over = appointments.with_ends().where(Appointment.ends_on < clock.today(), AppointmentEnd.id.is_(None))
    ids = [found.id for found, _end in db.session.execute(over.order_by(Appointment.id))]
    for appointment_id in ids:
        with unit_of_work(SYSTEM) as uow:
            found = uow.session.get_one(Appointment, appointment_id)
            taken = uow.session.scalars(
                appointments.with_ends().where(Appointment.id == appointment_id, AppointmentEnd.id.is_(None))
            ).first()
            if taken is not None and found.ends_on is not None:
                end(uow, found, found.ends_on, EndKind.EXPIRED, _("任期已满"))
    return len(ids)


def remind() -> int:
    """Tell those whose term ends within the months in which it can be renewed; messages have keys."""
    today, known = clock.today(), catalogue.load()
    opens = clock.months_later(today, int(kernel().settings.value(RENEWAL_MONTHS)))
    ending = appointments.with_ends().where(
        appointments.held_on(today), Appointment.ends_on <= opens, AppointmentEnd.id.is_(None)
    )
    found = [row[0] for row in db.session.execute(ending.order_by(Appointment.id))]
    renewed = appointments.renewed(one.id for one in found)
    notices = [
        Notice(
            one.person_id,
            {"title": known.title(one.programme), "day": one.ends_on},
            f"appointment:{one.id.hex}:expiring:{(one.ends_on - today).days <= LAST_CALL_DAYS}",
            "/programmes",
        )
        for one in found
        if one.id not in renewed and one.ends_on is not None
    ]
    sent = 0
    for start in range(0, len(notices), BATCH):
        with unit_of_work(SYSTEM) as uow:
            sent += messages.send_all(uow, "programmes.expiring", notices[start : start + BATCH])
    return sent


JOBS = (JobSpec(DAILY, daily, _l("结束到期的任期，提醒续聘"), every_seconds=21_600),)
