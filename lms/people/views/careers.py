"""Employments and national certificates of a person."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for

from lms.kernel.authority import authority
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.people import queries, service
from lms.people.forms import EmploymentForm, EndForm, QualificationForm
from lms.people.models import QualificationKind
from lms.people.views.blueprint import EDIT, bp, show_on, typed_unit
from lms.people.wording import QUALIFICATIONS
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.route("/desk/people/<uuid:person_id>/employments/new", methods=["GET", "POST"])
@requires(EDIT)
def start_employment(person_id: uuid.UUID) -> Any:
    authority().require_person(current_actor(), EDIT, person_id)
    form = EmploymentForm()
    if form.validate_on_submit():
        try:
            service.start_employment(
                current_actor(),
                person_id,
                org_id=typed_unit(form.unit.data or ""),
                started_on=form.started_on.data,
                post=form.post.data or "",
            )
        except LmsError as refusal:
            show_on(form, refusal)
        else:
            flash(_("已登记任职。"), "green")
            return redirect(url_for("people.show", person_id=person_id), 303)
    return _page(person_id, form, _("登记任职"), _("登记"))


@bp.route("/desk/people/<uuid:person_id>/employments/<uuid:employment_id>/end", methods=["GET", "POST"])
@requires(EDIT)
def end_employment(person_id: uuid.UUID, employment_id: uuid.UUID) -> Any:
    unit = queries.employment_unit(current_actor(), person_id, employment_id)
    form = EndForm()
    if form.validate_on_submit():
        try:
            service.end_employment(current_actor(), employment_id, form.ended_on.data)
        except LmsError as refusal:
            show_on(form, refusal)
        else:
            flash(_("已登记离职。"), "green")
            still_visible = queries.among(authority().visible_persons(current_actor(), EDIT), person_id)
            goal = url_for("people.show", person_id=person_id) if still_visible else url_for("people.index")
            return redirect(goal, 303)
    return _page(person_id, form, _("结束在“%(unit)s”的任职", unit=unit), _("登记离职"))


@bp.route("/desk/people/<uuid:person_id>/qualifications/<any(assistant, intermediate, senior, new):kind>",
          methods=["GET", "POST"])  # fmt: skip
@requires(EDIT)
def record_qualification(person_id: uuid.UUID, kind: str) -> Any:
    """Record a certificate (`new`), or correct one and renew its registration."""
    authority().require_person(current_actor(), EDIT, person_id)
    held = {line.kind.value: line for line in queries.profile(current_actor(), person_id).qualifications}.get(kind)
    form = QualificationForm(obj=held, kind=held.kind.value if held else None)
    if held:
        form.kind.choices = [(held.kind.value, QUALIFICATIONS[held.kind])]
    if form.validate_on_submit():
        try:
            service.record_qualification(
                current_actor(),
                person_id,
                kind=QualificationKind(form.kind.data),
                certificate_number=form.certificate_number.data or "",
                obtained_on=form.obtained_on.data,
                registered_from=form.registered_from.data,
                registered_until=form.registered_until.data,
            )
        except LmsError as refusal:
            show_on(form, refusal)
        else:
            flash(_("已登记职业资格。"), "green")
            return redirect(url_for("people.show", person_id=person_id), 303)
    return _page(person_id, form, _("更正或续登") if held else _("登记职业资格"), _("保存"))


def _page(person_id: uuid.UUID, form: Any, title: str, action: str) -> Any:
    name = queries.profile(current_actor(), person_id).name
    page = render_template("people/form.html", form=form, title=title, action=action, name=name, person_id=person_id)
    return page, 422 if form.is_submitted() else 200
