"""A mentor's pages: agreeing to a plan, answering reports, writing the assessment of a look."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.programmes.plans import policy, queries
from lms.programmes.plans.forms import AnswerForm, WordsForm
from lms.programmes.plans.models import CultivationReport
from lms.programmes.plans.rules import ReportState
from lms.programmes.plans.service import looking, reporting, writing
from lms.programmes.plans.views.base import words
from lms.programmes.plans.views.own import page
from lms.programmes.views.base import bp
from lms.webkit.blueprint import signed_in
from lms.webkit.forms import seen_revision
from lms.webkit.identity import current_actor


@bp.post("/plans/<uuid:plan_id>/agree")
@signed_in
def agree_to_plan(plan_id: uuid.UUID) -> Response:
    """Agree to the text."""
    writing.agree(current_actor(), plan_id, seen_revision("edit"))
    flash(_("已同意，等干部确认。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


@bp.post("/plans/<uuid:plan_id>/return")
@signed_in
def return_plan(plan_id: uuid.UUID) -> tuple[str, int] | Response:
    """Send it back."""
    form = AnswerForm()
    if not form.validate():
        return page(plan_id, form), 422
    try:
        seen = seen_revision("edit")
        writing.send_back(current_actor(), plan_id, seen, form.reason.data or "")
    except LmsError as refusal:
        form.show_refusal(refusal)
        return page(plan_id, form), 422
    flash(_("已退回，请对方修改。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


@bp.post("/plans/reports/<uuid:report_id>/<any(confirm, return):step>")
@signed_in
def answer_report(report_id: uuid.UUID, step: str) -> tuple[str, int] | Response:
    """Confirm a report, or return it with words."""
    found = db.session.get(CultivationReport, report_id)
    if found is None:
        raise policy.missing()
    form, state = AnswerForm(), ReportState.CONFIRMED if step == "confirm" else ReportState.RETURNED
    if not form.validate():
        return page(found.plan_id, form, report_id), 422
    try:
        plan_id = reporting.answer(current_actor(), report_id, state, form.reason.data or "")
    except LmsError as refusal:
        form.show_refusal(refusal)
        return page(found.plan_id, form, report_id), 422
    flash(_("已确认。") if state is ReportState.CONFIRMED else _("已退回，请对方修改。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


@bp.get("/plans/<uuid:plan_id>/looks/<int:number>")
@signed_in
def look(plan_id: uuid.UUID, number: int) -> str:
    """The form of an assessment."""
    return _page(plan_id, number, WordsForm(formdata=None))


@bp.post("/plans/<uuid:plan_id>/looks/<int:number>")
@signed_in
def write_look(plan_id: uuid.UUID, number: int) -> tuple[str, int] | Response:
    """Save it, for good."""
    form = WordsForm()
    if not form.validate():
        return _page(plan_id, number, form), 422
    looking.assess(current_actor(), plan_id, number, form.text.data)
    flash(_("考察意见已保存，等干部记录结果。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


def _page(plan_id: uuid.UUID, number: int, form: WordsForm) -> str:
    shown = queries.load_one(policy.mentored(current_actor(), plan_id))
    found = shown.look(number)
    if found is None:
        raise policy.missing()
    return render_template("programmes/plan_look.html", shown=shown, plan=shown.plan, look=found, form=form, **words())
