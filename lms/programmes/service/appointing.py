"""Appointments: made by a selection, renewed, recorded from older documents. Facts are added, never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales, in_both
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.people import queries as people
from lms.programmes import policy, wording
from lms.programmes.appointment_models import Appointment, AppointmentAssessment, Basis, EndKind
from lms.programmes.dto import NewAppointment
from lms.programmes.events import Appointed
from lms.programmes.models import Application, ApplicationState, ProgrammeVersion
from lms.programmes.queries import appointments, catalogue, rounds
from lms.programmes.service.common import change, far_off, held_instead, is_far, leave_out, overtaken, require_met
from lms.programmes.service.ending import end, lock

RENEWAL_MONTHS = "programmes.renewal_months"
_DAY = dt.timedelta(days=1)


def appoint_selected(uow: UnitOfWork, application: Application) -> None:
    """What a selection ends with: an appointment from today. A lower rung of the same ladder ends the day before.

    Who has come to hold it meanwhile, or a higher rung, leaves the round instead, and the place is free.
    """
    version, today = catalogue.load().version(rounds.round_of(application.round_id).version_id), clock.today()
    held = held_instead(application.person_id, version.programme)
    if held is not None:
        reason = _("现任“%(title)s”，不再办理。", title=held)
        if not leave_out(uow, application, ApplicationState.SELECTED, version, reason):
            raise overtaken()
        return
    if not change(uow, application.id, ApplicationState.SELECTED, ApplicationState.APPOINTED):
        raise overtaken()
    _end_lower(uow, application.person_id, version, today)
    _make(
        uow, version, application.person_id, application.org_id, first=today, last=_last_day(version, today),
        basis=Basis.SELECTION, key=f"selection:{application.id.hex}", application_id=application.id,
    )  # fmt: skip


def renew(actor: Actor, appointment_id: uuid.UUID, note: str) -> uuid.UUID:
    """A further term right after the present one, for who meets the conditions for it; the new appointment's id.

    Raises `Conflict` naming what is missing, before its time, or when it was renewed or ended already.
    """
    with unit_of_work(actor) as uow:
        before = policy.seen_appointment(actor, appointment_id)
        policy.require_appointing(actor, before.person_id)
        lock(uow, before)
        version = catalogue.load().entry(before.programme).in_force(clock.today())
        if version is None or version.term_months is None or before.ends_on is None:
            raise Conflict(_("这一项没有期限，不用续聘。"))
        _require_renewable(before, before.ends_on)
        require_met(before.person_id, version.renewal_set, _("还不满足续聘条件。"))
        first = before.ends_on + _DAY
        return _make(
            uow, version, before.person_id, people.present_unit(before.person_id) or before.org_id, first=first,
            last=_last_day(version, first), basis=Basis.RENEWAL, key=f"renewal:{before.id.hex}", renews_id=before.id,
            note=note.strip(),
        )  # fmt: skip


def record(actor: Actor, new: NewAppointment) -> uuid.UUID:
    """Record an appointment made before, by a document; its id. Raises `Invalid` naming every fault."""
    policy.require_appointing(actor, new.person_id)
    entry = catalogue.load().entry(new.programme)
    version = entry.in_force(new.starts_on) or entry.shown
    fields: dict[str, Any] = {}
    if new.starts_on > clock.today():
        fields["starts_on"] = _("请选今天或以前的日期")
    if new.ends_on is not None and new.ends_on < new.starts_on:
        fields["ends_on"] = _("不能早于开始日期")
    fields |= {name: far_off() for name in ("starts_on", "ends_on") if is_far(getattr(new, name))}
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    org_id = people.present_unit(new.person_id)
    if org_id is None:
        fields["person"] = _("人员档案里没有在职单位")
    if fields or org_id is None:
        raise Invalid(_("没有补录。"), todo=_("请改好标出的地方再保存。"), fields=fields)
    with unit_of_work(actor) as uow:
        key = f"record:{new.programme}:{new.person_id.hex}:{new.starts_on.isoformat()}"
        corrected = appointments.corrected(key)
        if corrected:
            key = f"{key}:{corrected}"
        return _make(
            uow, version, new.person_id, org_id, first=new.starts_on, last=new.ends_on, basis=Basis.RECORD, key=key,
            note=new.note.strip(),
        )  # fmt: skip


def assess(actor: Actor, appointment_id: uuid.UUID, year: int, score: int, note: str) -> None:
    """Record a year's assessment, or correct it. Raises `Invalid` naming the field."""
    with unit_of_work(actor) as uow:
        found = policy.seen_appointment(actor, appointment_id)
        policy.require_appointing(actor, found.person_id)
        fields: dict[str, Any] = {}
        if not found.starts_on.year <= year <= clock.today().year:
            fields["year"] = _("应在开始的年份和今年之间")
        if not 0 <= score <= 100:
            fields["score"] = _("应为 0 至 100 分")
        if fields:
            raise Invalid(_("考核没有保存。"), fields=fields)
        revisions = [one.revision for one in appointments.assessments(appointment_id) if one.year == year]
        made = insert_new(
            uow.session, AppointmentAssessment, id=new_id(), appointment_id=appointment_id, year=year,
            revision=max(revisions, default=0) + 1, score=score, note=note.strip(), assessed_by=actor.person_id,
            assessed_at=clock.now(),
        )  # fmt: skip
        if not made:
            raise overtaken()
        uow.audit("appointment.assess", "appointment", appointment_id, org_id=found.org_id, year=year, score=score)


def _make(
    uow: UnitOfWork,
    version: ProgrammeVersion,
    person_id: uuid.UUID,
    org_id: uuid.UUID,
    *,
    first: dt.date,
    last: dt.date | None,
    basis: Basis,
    key: str,
    application_id: uuid.UUID | None = None,
    renews_id: uuid.UUID | None = None,
    note: str = "",
) -> uuid.UUID:
    appointment_id = new_id()
    made = insert_new(
        uow.session, Appointment, id=appointment_id, key=key, programme=version.programme, version_id=version.id,
        person_id=person_id, org_id=org_id, starts_on=first, ends_on=last, basis=basis,
        application_id=application_id, renews_id=renews_id, note=note, made_by=uow.actor.person_id,
        made_at=clock.now(),
    )  # fmt: skip
    if not made:
        raise Conflict(_("这一项已经办理过。"), code="made_before")
    uow.audit("appointment.make", "appointment", appointment_id, org_id=org_id, programme=version.programme)
    uow.emit(
        Appointed(
            appointment_id=appointment_id, person_id=person_id, programme=version.programme, act=version.act.value,
            starts_on=first, ends_on=last,
        )
    )  # fmt: skip
    messages.send(
        uow, person_id=person_id, kind="programmes.appointed",
        params={
            "title": version.title, "act": in_all_locales(wording.ACTS[version.act]),
            "term": in_both(wording.term, first, last),
        },
        key=f"appointment:{appointment_id.hex}", link="/programmes",
    )  # fmt: skip
    return appointment_id


def _end_lower(uow: UnitOfWork, person_id: uuid.UUID, version: ProgrammeVersion, today: dt.date) -> None:
    """Whoever climbs a ladder leaves the rung below, the day before."""
    known = catalogue.load()
    programme = known.entry(version.programme).programme
    if not known.track(programme.track).is_ladder:
        return
    for found, _last in appointments.held_by(person_id, today):
        below = known.entry(found.programme).programme
        if below.track == programme.track and below.rung < programme.rung:
            with_reason = _("进阶到“%(title)s”", title=version.title["zh_CN"])
            end(uow, found, today - _DAY, EndKind.PROMOTED, with_reason)


def _last_day(version: ProgrammeVersion, first: dt.date) -> dt.date | None:
    return clock.last_day_of(first, version.term_months) if version.term_months else None


def _require_renewable(before: Appointment, ends_on: dt.date) -> None:
    """From some months before its last day until as many after it."""
    months, today = int(kernel().settings.value(RENEWAL_MONTHS)), clock.today()
    ended = next(end for one, end in appointments.of_person(before.person_id) if one.id == before.id)
    if ended is not None and ended.kind is not EndKind.EXPIRED:
        raise Conflict(_("这一项已经结束，不能续聘。"))
    opens, closes = clock.months_later(ends_on, -months), clock.months_later(ends_on, months)
    if not opens <= today <= closes:
        raise Conflict(
            _("现在不在续聘的时间。"), why=wording.term(opens, closes), todo=_("请在这段时间里办理。"), code="no_window"
        )
