"""Where a person works, and the national certificates they hold."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import exists, select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.people import rules, trail
from lms.people.events import EmploymentEnded, EmploymentStarted, QualificationRecorded
from lms.people.models import Employment, Qualification, QualificationKind
from lms.people.rules import Fault
from lms.people.wording import say

EDIT = "person:edit"
POST_LENGTH = 60


def start_employment(
    actor: Actor, person_id: uuid.UUID, *, org_id: uuid.UUID, started_on: dt.date, post: str = ""
) -> uuid.UUID:
    """Employ a person at a unit from a day on; returns the employment's id.

    Raises `Conflict` while they are employed there.
    """
    with unit_of_work(actor) as uow:
        authority().require(actor, EDIT, org_id)
        if started_on > clock.today() + dt.timedelta(days=366):
            raise Invalid(_("入职日期不对。"), fields={"started_on": say("date_too_far", {})})
        same = exists().where(
            Employment.person_id == person_id,
            Employment.org_id == org_id,
            Employment.ended_on.is_(None) | (Employment.started_on == started_on),
        )
        if uow.session.scalar(select(same)):
            raise Conflict(
                _("这个人已在这个单位任职，或同一天已有一段任职。"), todo=_("如要修改，请先结束原来的任职。")
            )
        row = Employment(
            id=new_id(), person_id=person_id, org_id=org_id, post=_post(post), started_on=started_on, ended_on=None
        )
        uow.session.add(row)
        uow.session.flush()
        uow.audit("employment.start", "person", person_id, org_id=org_id, on=str(started_on))
        uow.emit(EmploymentStarted(person_id=person_id, org_id=org_id, started_on=started_on))
        return row.id


def end_employment(actor: Actor, employment_id: uuid.UUID, ended_on: dt.date) -> None:
    """End an employment; `ended_on` is the last day, today or earlier: an ended employment no longer counts.

    Raises `Conflict` when it has ended already.
    """
    with unit_of_work(actor) as uow:
        row = uow.session.get(Employment, employment_id, populate_existing=True)
        if row is None:
            raise NotFound(_("找不到这段任职。"))
        authority().require(actor, EDIT, row.org_id)
        if ended_on < row.started_on:
            raise Invalid(_("离职日期不对。"), fields={"ended_on": say("ended_before_started", {})})
        if ended_on > clock.today():
            raise Invalid(
                _("离职日期不对。"),
                why=_("登记离职后，此人立即不再列入本单位。"),
                todo=_("请在最后一天当天或之后登记。"),
                fields={"ended_on": say("date_future", {})},
            )
        ended = uow.change(
            update(Employment)
            .where(Employment.id == employment_id, Employment.ended_on.is_(None))
            .values(ended_on=ended_on)
        )
        if ended != 1:
            raise Conflict(_("这段任职已经结束。"))
        uow.audit("employment.end", "person", row.person_id, org_id=row.org_id, on=str(ended_on))
        uow.emit(EmploymentEnded(person_id=row.person_id, org_id=row.org_id, ended_on=ended_on))


def record_qualification(
    actor: Actor,
    person_id: uuid.UUID,
    *,
    kind: QualificationKind,
    certificate_number: str,
    obtained_on: dt.date,
    registered_from: dt.date | None = None,
    registered_until: dt.date | None = None,
) -> None:
    """Record a national certificate, or correct it and renew its registration when it is held already."""
    with unit_of_work(actor) as uow:
        authority().require_person(actor, EDIT, person_id)
        number = _certificate(certificate_number, obtained_on, registered_from, registered_until)
        held = uow.session.scalar(
            select(Qualification).where(Qualification.person_id == person_id, Qualification.kind == kind)
        )
        row = held or Qualification(id=new_id(), person_id=person_id, kind=kind)
        taken = exists().where(Qualification.certificate_number == number, Qualification.id != row.id)
        if uow.session.scalar(select(taken)):
            raise Invalid(_("管理号不对。"), fields={"certificate_number": say("certificate_taken", {})})
        row.certificate_number, row.obtained_on, row.recorded_at = number, obtained_on, clock.now()
        row.registered_from, row.registered_until = registered_from, registered_until
        uow.session.add(row)
        uow.session.flush()
        trail.record(uow, "qualification.record", person_id, kind=kind, registered_until=str(registered_until or ""))
        uow.emit(
            QualificationRecorded(
                person_id=person_id,
                kind=kind.value,
                registered_from=registered_from,
                registered_until=registered_until,
            )
        )


def register(actor: Actor, qualification_id: uuid.UUID, *, registered_from: dt.date, registered_until: dt.date) -> None:
    """Record that a certificate is registered from a day to a day, both included, as an approved application asks.

    Raises `NotFound`, and `Invalid` for a period that ends before it begins or does not follow the one recorded.
    """
    with unit_of_work(actor) as uow:
        row = uow.session.get(Qualification, qualification_id, populate_existing=True)
        if row is None:
            raise NotFound(_("找不到这本证书。"))
        authority().require_person(actor, EDIT, row.person_id)
        before = row.registered_until
        if registered_until < registered_from or (before is not None and registered_from <= before):
            raise Invalid(_("登记的日期不对。"), fields={"registered_until": say("registration_reversed", {})})
        row.registered_from, row.registered_until, row.recorded_at = registered_from, registered_until, clock.now()
        uow.session.flush()
        trail.record(
            uow, "qualification.register", row.person_id, kind=row.kind, registered_until=str(registered_until)
        )
        uow.emit(
            QualificationRecorded(
                person_id=row.person_id,
                kind=row.kind.value,
                registered_from=registered_from,
                registered_until=registered_until,
            )
        )


def _post(typed: str) -> str:
    try:
        return rules.checked_text(typed, POST_LENGTH)
    except Fault as fault:
        raise Invalid(_("岗位填得不对。"), fields={"post": say(fault.code, fault.params)}) from None


def _certificate(
    number: str, obtained_on: dt.date, registered_from: dt.date | None, registered_until: dt.date | None
) -> str:
    wrong: dict[str, Fault] = {}
    try:
        number = rules.checked_certificate_number(number)
    except Fault as fault:
        wrong["certificate_number"] = fault
    if obtained_on > clock.today():
        wrong["obtained_on"] = Fault("date_future")
    if registered_from and registered_until and registered_until < registered_from:
        wrong["registered_until"] = Fault("registration_reversed")
    if wrong:
        shown = {field: say(fault.code, fault.params) for field, fault in wrong.items()}
        raise Invalid(_("证书信息有填得不对的地方。"), fields=shown)
    return number
