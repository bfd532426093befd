"""Officers' pages of appointments: the list, one of them, recording, the checks."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from lms.access import policy as access
from lms.approvals.queries.cases import person_names
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.kernel.runtime import kernel
from lms.orgs import queries as orgs
from lms.programmes import export, policy
from lms.programmes.appointment_models import Appointment, AppointmentEnd, EndKind
from lms.programmes.dto import NewAppointment
from lms.programmes.forms import AssessForm, RecordForm, RemoveForm, today_form
from lms.programmes.queries import appointments, catalogue, supervision
from lms.programmes.queries.appointments import AppointmentFilter, Status
from lms.programmes.service import appointing, checking, ending, supervising
from lms.programmes.service.appointing import RENEWAL_MONTHS
from lms.programmes.service.checking import FaultKind
from lms.programmes.views.base import WORDS, bp, found_people
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/appointments")
@requires(policy.VIEW)
def appointments_desk() -> str:
    """The appointments in the officer's sight, those that end first ahead."""
    wanted, actor = _wanted(), current_actor()
    page = paginate(_listed(wanted), scalars=False)
    return render_template(
        "programmes/appointments.html",
        page=page,
        wanted=wanted,
        known=catalogue.load(),
        units=orgs.paths(row[0].org_id for row in page.rows),
        choices=orgs.choices(access.visible_orgs(actor, policy.VIEW)),
        renewed=appointments.renewed(row[0].id for row in page.rows),
        last_day=appointments.last_day,
        statuses=Status,
        today=clock.today(),
        **WORDS,
    )


@bp.get("/desk/appointments.xlsx")
@requires(policy.VIEW)
def export_appointments() -> Response:
    """The same list as a spreadsheet."""
    rows = [(row[0], row[1], row[2]) for row in db.session.execute(_listed(_wanted()))]
    content = export.appointments_workbook(rows, catalogue.load())
    return download(_("聘任名单 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.get("/desk/appointments/check")
@requires(policy.APPOINT)
def check() -> str:
    """What does not fit together, and what would be done: nothing is changed by looking."""
    return render_template("programmes/check.html", faults=checking.find(current_actor()), **WORDS)


@bp.post("/desk/appointments/check")
@requires(policy.APPOINT)
def repair() -> Response:
    """Do what is suggested for one fault."""
    kind = request.form.get("kind", FaultKind.OPEN, type=FaultKind)
    checking.repair(current_actor(), kind, request.form.get("appointment", uuid.UUID(int=0), type=uuid.UUID))
    flash(_("已办理，记入审计。"), "green")
    return redirect(url_for("programmes.check"), 303)


@bp.get("/desk/appointments/record/<uuid:person_id>")
@requires(policy.APPOINT)
def record_form(person_id: uuid.UUID) -> str:
    """The form to record an older appointment."""
    access.require_person(current_actor(), policy.APPOINT, person_id)
    return _record_page(person_id, _record_form(), {})


@bp.post("/desk/appointments/record/<uuid:person_id>")
@requires(policy.APPOINT)
def record(person_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Record it."""
    actor, form = current_actor(), _record_form()
    access.require_person(actor, policy.APPOINT, person_id)
    if not form.validate_on_submit():
        return _record_page(person_id, form, {}), 422
    new = NewAppointment(
        programme=form.programme.data, person_id=person_id, starts_on=form.starts_on.data, ends_on=form.ends_on.data,
        note=form.note.data,
    )  # fmt: skip
    try:
        appointment_id = appointing.record(actor, new)
    except LmsError as refusal:
        return _record_page(person_id, form, form.show_refusal(refusal)), 422
    flash(_("已补录。"), "green")
    return redirect(url_for("programmes.appointment", appointment_id=appointment_id), 303)


@bp.get("/desk/appointments/<uuid:appointment_id>")
@requires(policy.VIEW)
def appointment(appointment_id: uuid.UUID) -> str:
    """One appointment with what can be done about it."""
    return _page(appointment_id)


@bp.post("/desk/appointments/<uuid:appointment_id>/renew")
@requires(policy.APPOINT)
def renew(appointment_id: uuid.UUID) -> Response:
    """A further term."""
    new_id = appointing.renew(current_actor(), appointment_id, request.form.get("note", "")[:300])
    flash(_("已续聘。"), "green")
    return redirect(url_for("programmes.appointment", appointment_id=new_id), 303)


@bp.post("/desk/appointments/<uuid:appointment_id>/end")
@requires(policy.APPOINT)
def end_appointment(appointment_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """End it by right."""
    form = RemoveForm()
    if not form.validate_on_submit():
        return _page(appointment_id, closing=form), 422
    try:
        kind, reason = EndKind(form.kind.data), form.reason.data
        ending.remove(current_actor(), appointment_id, form.last_day.data, kind, reason)
    except LmsError as refusal:
        form.show_refusal(refusal)
        return _page(appointment_id, closing=form), 422
    flash(_("已登记结束，已通知本人。"), "green")
    return redirect(url_for("programmes.appointment", appointment_id=appointment_id), 303)


@bp.post("/desk/appointments/<uuid:appointment_id>/assess")
@requires(policy.APPOINT)
def assess(appointment_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Record the assessment of a year."""
    form = AssessForm()
    if not form.validate_on_submit():
        return _page(appointment_id, assessing=form), 422
    try:
        comment = form.comment.data or ""
        appointing.assess(current_actor(), appointment_id, form.year.data, form.score.data, comment)
    except LmsError as refusal:
        form.show_refusal(refusal)
        return _page(appointment_id, assessing=form), 422
    flash(_("考核已保存。"), "green")
    return redirect(url_for("programmes.appointment", appointment_id=appointment_id), 303)


@bp.post("/desk/appointments/<uuid:appointment_id>/pair")
@requires(policy.APPOINT)
def pair(appointment_id: uuid.UUID) -> Response:
    """Put somebody under the holder's supervision."""
    found = policy.seen_appointment(current_actor(), appointment_id)
    person_id = request.form.get("person", uuid.UUID(int=0), type=uuid.UUID)
    supervising.pair(current_actor(), found.person_id, person_id)
    flash(_("督导关系已建立。"), "green")
    return redirect(url_for("programmes.appointment", appointment_id=appointment_id), 303)


@bp.post("/desk/appointments/<uuid:appointment_id>/part/<uuid:pair_id>")
@requires(policy.APPOINT)
def part(appointment_id: uuid.UUID, pair_id: uuid.UUID) -> Response:
    """End a pair."""
    supervising.part(current_actor(), pair_id)
    flash(_("督导关系已结束，记录保留。"), "green")
    return redirect(url_for("programmes.appointment", appointment_id=appointment_id), 303)


def _listed(wanted: AppointmentFilter) -> Select[Appointment, AppointmentEnd, str]:
    today = clock.today()
    soon = clock.months_later(today, int(kernel().settings.value(RENEWAL_MONTHS)))
    return appointments.listed(current_actor(), wanted, today, soon)


def _wanted() -> AppointmentFilter:
    given = request.args
    return AppointmentFilter(
        text=given.get("q", "").strip()[:60],
        programme=given.get("programme", "")[:40],
        org_id=given.get("org", type=uuid.UUID),
        status=given.get("status", type=Status),
    )


def _record_form() -> RecordForm:
    form = RecordForm()
    known = catalogue.load()
    form.programme.choices = [SelectChoice(code, pick(known.title(code))) for code in known.entries]
    return form


def _record_page(person_id: uuid.UUID, form: RecordForm, wrong: dict[str, str]) -> str:
    name = person_names([person_id])[person_id]
    return render_template("programmes/record.html", person_id=person_id, name=name, form=form, wrong=wrong, **WORDS)


def _page(appointment_id: uuid.UUID, closing: BaseForm | None = None, assessing: BaseForm | None = None) -> str:
    actor, today = current_actor(), clock.today()
    found = policy.seen_appointment(actor, appointment_id)
    end = next(end for one, end in appointments.of_person(found.person_id) if one.id == found.id)
    may_edit = actor.holds(policy.APPOINT) and actor.person_id != found.person_id
    return render_template(
        "programmes/appointment.html",
        found=found,
        end=end,
        is_held=appointments.is_held(found, end, today),
        name=person_names([found.person_id])[found.person_id],
        unit=orgs.paths([found.org_id])[found.org_id],
        version=catalogue.load().version(found.version_id),
        assessments=appointments.assessments(found.id),
        renewed=bool(appointments.renewed([found.id])),
        may_edit=may_edit,
        ending=closing or today_form(RemoveForm),
        assessing=assessing or AssessForm(formdata=None, data={"year": today.year}),
        pairs=[one for one in supervision.pairs(found.person_id) if one[0].supervisor_id == found.person_id],
        may_supervise=supervision.may_supervise(found.person_id, today),
        people_found=found_people(actor) if may_edit else (),
        **WORDS,
    )
