"""A talent's pages, on a phone: the plan, writing it, reporting on its measures."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.programmes.plans import policy, queries
from lms.programmes.plans.forms import AnswerForm, PlanForm, ReportForm
from lms.programmes.plans.models import CultivationPlan, CultivationReport
from lms.programmes.plans.rules import Measure, MeasureState, Text
from lms.programmes.plans.service import reporting, writing
from lms.programmes.plans.service.reporting import NewReport
from lms.programmes.plans.views import typed
from lms.programmes.plans.views.base import KINDS, MEGABYTES, words
from lms.programmes.views.base import bp
from lms.webkit import uploads
from lms.webkit.blueprint import signed_in
from lms.webkit.downloads import download
from lms.webkit.forms import seen_revision
from lms.webkit.identity import current_actor, me


@bp.get("/plans")
@signed_in
def plans() -> str:
    """The plans one takes part in: one's own, and those one looks after."""
    found = list(queries.load(queries.of_person(me())).values())
    return render_template("programmes/plans.html", plans=found, me=me(), **words())


@bp.get("/plans/<uuid:plan_id>")
@signed_in
def plan(plan_id: uuid.UUID) -> str:
    """One plan, for the talent and the mentor."""
    return page(plan_id)


@bp.get("/plans/<uuid:plan_id>/write")
@signed_in
def write_plan(plan_id: uuid.UUID) -> str:
    """The form: the draft, or what is in force to begin a change."""
    found = policy.own(current_actor(), plan_id)
    text = queries.load_one(found).text
    form = PlanForm(formdata=None, data={"edit": found.edit, "goals": text.goals, "reason": text.reason})
    return _write_page(found, form, text.measures, {})


@bp.post("/plans/<uuid:plan_id>/write")
@signed_in
def save_plan(plan_id: uuid.UUID) -> tuple[str, int] | Response:
    """Save the draft."""
    found, form, measures = policy.own(current_actor(), plan_id), PlanForm(), typed.measures()
    if not form.validate():
        return _write_page(found, form, measures, {}), 422
    try:
        text = Text(form.goals.data or "", tuple(measures), form.reason.data or "")
        writing.write(current_actor(), plan_id, form.edit.data, text)
    except LmsError as refusal:
        wrong = form.show_refusal(refusal)
        return _write_page(found, form, measures, wrong), 422
    flash(_("草稿已保存。看过以后提交导师。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


@bp.post("/plans/<uuid:plan_id>/<any(propose, drop):step>")
@signed_in
def move_plan(plan_id: uuid.UUID, step: str) -> Response:
    """Hand the draft to the mentor, or give the change up."""
    seen = seen_revision("edit")
    if step == "drop":
        writing.drop(current_actor(), plan_id, seen)
        flash(_("已放弃这次调整，原来的计划不变。"), "green")
    else:
        writing.propose(current_actor(), plan_id, seen)
        flash(_("已提交导师。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


@bp.get("/plans/<uuid:plan_id>/measures/<uuid:line>")
@signed_in
def report_form(plan_id: uuid.UUID, line: uuid.UUID) -> str:
    """The form of a report."""
    form = ReportForm(formdata=None, data={"key": new_id().hex, "done_on": clock.today()})
    return _report_page(plan_id, line, form, {})


@bp.post("/plans/<uuid:plan_id>/measures/<uuid:line>")
@signed_in
def send_report(plan_id: uuid.UUID, line: uuid.UUID) -> tuple[str, int] | Response:
    """Send it. The same form twice is one report."""
    form = ReportForm()
    if not form.validate():
        return _report_page(plan_id, line, form, {}), 422
    try:
        file = request.files.get("file")
        upload = uploads.accept(file, KINDS, megabytes=MEGABYTES) if file and file.filename else None
        new = NewReport(str(form.key.data), form.done_on.data, form.text.data, form.completes.data, upload)
        reporting.report(current_actor(), plan_id, line, new)
    except LmsError as refusal:
        return _report_page(plan_id, line, form, form.show_refusal(refusal)), refusal.status
    flash(_("汇报已提交，等导师确认。"), "green")
    return redirect(url_for("programmes.plan", plan_id=plan_id), 303)


@bp.get("/plans/reports/<uuid:report_id>/file")
@signed_in
def report_file(report_id: uuid.UUID) -> Response:
    """The proof of a report, for the talent, the mentor, and officers who see the plan."""
    found = db.session.get(CultivationReport, report_id)
    if found is None:
        raise policy.missing()
    try:
        policy.taking_part(current_actor(), found.plan_id)
    except NotFound:
        policy.seen(current_actor(), found.plan_id)
    if found.file_id is None:
        raise NotFound(_("这次汇报没有文件。"))
    row = kernel().files.row(found.file_id)
    return download(row.name, kernel().files.read(found.file_id), row.media_type, inline=True)


def page(plan_id: uuid.UUID, answering: AnswerForm | None = None, answered: uuid.UUID | None = None) -> str:
    """The plan's page; a form that was refused stands where it was typed: at a report, else at the plan's text."""
    found = policy.taking_part(current_actor(), plan_id)
    return render_template(
        "programmes/plan.html",
        shown=queries.load_one(found),
        plan=found,
        mine=found.person_id == me(),
        mentors=found.mentor_id == me(),
        answering=answering or AnswerForm(formdata=None),
        answered=answered,
        **words(),
    )


def _write_page(found: CultivationPlan, form: PlanForm, measures: Iterable[Measure], wrong: dict[str, str]) -> str:
    shown = queries.load_one(found)
    if not found.revision:
        del form.reason
    done = {one.line for one in shown.done}
    lines, blank = typed.shown(one for one in measures if one.line not in done)
    return render_template(
        "programmes/plan_form.html",
        shown=shown,
        plan=found,
        form=form,
        lines=lines,
        blank=blank,
        wrong=wrong,
        **words(),
    )


def _report_page(plan_id: uuid.UUID, line: uuid.UUID, form: ReportForm, wrong: dict[str, str]) -> str:
    shown = queries.load_one(policy.own(current_actor(), plan_id))
    found = next((one for one in shown.lines if one.measure.line == line), None)
    if found is None or found.state is MeasureState.DONE:
        raise NotFound(_("计划里没有这项措施，或它已完成。"))
    return render_template(
        "programmes/plan_report.html", shown=shown, plan=shown.plan, line=found, form=form, wrong=wrong, **words()
    )
