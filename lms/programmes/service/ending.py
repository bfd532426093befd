"""How appointments end: given up, by right, or with their term. An end is a fact that is added once."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.programmes import policy, rules, wording
from lms.programmes.appointment_models import Appointment, AppointmentEnd, EndKind
from lms.programmes.events import AppointmentEnded
from lms.programmes.queries import appointments, catalogue

_DAY = dt.timedelta(days=1)


def step_down(actor: Actor, appointment_id: uuid.UUID, reason: str) -> None:
    """Give up an appointment of one's own, today being its last day. Raises as `end`."""
    with unit_of_work(actor) as uow:
        found = uow.session.get(Appointment, appointment_id)
        if found is None or actor.person_id is None or found.person_id != actor.person_id:
            raise policy.missing_appointment()
        end(uow, found, clock.today(), EndKind.STEPPED_DOWN, reason)


def remove(actor: Actor, appointment_id: uuid.UUID, last_day: dt.date, kind: EndKind, reason: str) -> None:
    """End somebody's appointment by right, with its last day. Raises as `end`, `Forbidden` for one's own."""
    with unit_of_work(actor) as uow:
        found = policy.seen_appointment(actor, appointment_id)
        policy.require_appointing(actor, found.person_id)
        if kind not in {EndKind.STEPPED_DOWN, EndKind.REMOVED, EndKind.CORRECTED}:
            raise Forbidden(_("这种结束由系统办理。"))
        today = clock.today()
        if not min(found.starts_on - _DAY, today) <= last_day <= today:
            raise Invalid(_("没有办理。"), fields={"last_day": _("应在开始日期和今天之间")})
        end(uow, found, last_day, kind, reason)


def end(uow: UnitOfWork, found: Appointment, last_day: dt.date, kind: EndKind, reason: str) -> None:
    """Write how an appointment ended, once: with it goes the further term it was renewed for, before that begins.

    A term that is full ends for itself alone, and quietly where a further one follows. Raises `Conflict` when it has
    ended, or the further term has begun; `Invalid` without a reason.
    """
    if not reason.strip():
        raise Invalid(_("没有办理。"), fields={"reason": _("请写明原因")})
    lock(uow, found)
    further = appointments.further_term(found.id)
    last = rules.last_held(found.starts_on, found.ends_on, last_day)
    _close(uow, found, last, kind, reason.strip())
    if kind is not EndKind.EXPIRED or further is None:
        _tell_end(uow, found, last, kind)
    while further is not None and kind is not EndKind.EXPIRED:
        if further.starts_on <= clock.today():
            raise Conflict(_("续聘的任期已经开始，前一项不能再这样结束。"), todo=_("请在续聘的那一项办理。"))
        _close(uow, further, rules.last_held(further.starts_on, further.ends_on, last), kind, reason.strip())
        further = appointments.further_term(further.id)


def lock(uow: UnitOfWork, found: Appointment) -> None:
    """Let renewing an appointment, opening its plan and ending it wait for each other."""
    uow.session.execute(select(Appointment.id).where(Appointment.id == found.id).with_for_update())


def _close(uow: UnitOfWork, found: Appointment, last_day: dt.date, kind: EndKind, reason: str) -> None:
    made = insert_new(
        uow.session, AppointmentEnd, id=new_id(), appointment_id=found.id, last_day=last_day, kind=kind,
        reason=reason, ended_by=uow.actor.person_id, ended_at=clock.now(),
    )  # fmt: skip
    if not made:
        raise Conflict(_("这一项已经结束。"))
    uow.audit("appointment.end", "appointment", found.id, org_id=found.org_id, kind=kind.value, on=str(last_day))
    uow.emit(
        AppointmentEnded(
            appointment_id=found.id, person_id=found.person_id, programme=found.programme, kind=kind.value,
            last_day=last_day,
        )
    )  # fmt: skip


def _tell_end(uow: UnitOfWork, found: Appointment, last_day: dt.date, kind: EndKind) -> None:
    messages.send(
        uow, person_id=found.person_id, kind="programmes.ended",
        params={
            "title": catalogue.load().title(found.programme), "day": last_day,
            "why": in_all_locales(wording.ENDS[kind]),
        },
        key=f"appointment:{found.id.hex}:ended", link="/programmes",
    )  # fmt: skip
