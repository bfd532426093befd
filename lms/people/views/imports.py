"""Roster imports: upload, watch the check, read the problems, fetch the marked file, apply."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from lms.kernel.authority import authority
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.jobs.worker import job_or_none
from lms.kernel.models import JobState
from lms.orgs import queries as orgs
from lms.people.forms import UploadForm
from lms.people.models import ApplyMode, ImportState, RosterImport
from lms.people.roster import files, queries, service
from lms.people.roster.job import IMPORT
from lms.people.roster.layout import COLUMN
from lms.people.roster.report import marked_name
from lms.people.roster.template import template
from lms.people.views.blueprint import bp
from lms.people.wording import STATES, plain_fault, refusal, say
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate
from lms.webkit.uploads import XLSX, accept

UPLOAD_MEGABYTES = 20


@bp.route("/desk/imports", methods=["GET", "POST"])
@requires(IMPORT)
def imports() -> Any:
    """The imports so far, and a new one."""
    form = UploadForm()
    units = orgs.tops(authority().visible_orgs(current_actor(), IMPORT))
    form.org_id.choices = [(unit.id.hex, unit.name) for unit in units]
    if form.validate_on_submit():
        try:
            upload = accept(request.files.get("file"), [XLSX], megabytes=UPLOAD_MEGABYTES)
            import_id = service.start_import(current_actor(), upload, uuid.UUID(form.org_id.data))
        except LmsError as error:
            if not form.take_errors(error):
                form.file.errors = [*form.file.errors, str(error)]
        else:
            return redirect(url_for("people.import_page", import_id=import_id), 303)
    page = paginate(queries.imports(current_actor()), scalars=False)
    shown = render_template("people/imports.html", form=form, page=page, states=STATES, units=units)
    return shown, 422 if form.is_submitted() else 200


@bp.get("/desk/imports/template.xlsx")
@requires(IMPORT)
def import_template() -> Response:
    return download(_("名册模板.xlsx"), template(current_actor()))


@bp.get("/desk/imports/<uuid:import_id>")
@requires(IMPORT)
def import_page(import_id: uuid.UUID) -> str:
    """One import: live progress, then counts, problems and what can be done."""
    roster = service.get(current_actor(), import_id)
    column, _dot, code = request.args.get("which", "").partition(".")
    wanted = queries.ProblemFilter(column, code)
    job = job_or_none(roster.job_id) if roster.job_id else None
    busy = roster.state in {ImportState.CHECKING, ImportState.APPLYING}
    return render_template(
        "people/import.html",
        roster=roster,
        unit=orgs.unit(roster.org_id).name,
        busy=busy,
        stuck=busy and job is not None and job.state in {JobState.FAILED, JobState.CANCELLED},
        steps=_steps(roster),
        states=STATES,
        modes=ApplyMode,
        failure=refusal(roster.failure["code"], roster.failure["params"]) if roster.failure else "",
        page=paginate(queries.problems(import_id, wanted)),
        counts=queries.problem_counts(import_id),
        wanted=wanted,
        columns=COLUMN,
        plain_fault=plain_fault,
        say=say,
    )


def _steps(roster: RosterImport) -> list[tuple[str, str]]:
    """Upload, check, apply: each done, under way or still to come."""
    checked = roster.state not in {ImportState.CHECKING, ImportState.FAILED}
    applied = {ImportState.APPLIED: "done", ImportState.APPLYING: "now"}.get(roster.state, "todo")
    return [(_("上传"), "done"), (_("检查"), "done" if checked else "now"), (_("写入"), applied)]


@bp.get("/desk/imports/<uuid:import_id>/marked.xlsx")
@requires(IMPORT)
def import_marked(import_id: uuid.UUID) -> Response:
    """The officer's own file with the faulty cells marked."""
    roster = service.get(current_actor(), import_id)
    if roster.report_file_id is None:
        raise NotFound(_("这次导入没有标注文件。"), why=_("检查还没有完成，或没有发现问题。"))
    return download(marked_name(roster.file_name), files.fetch(roster.report_file_id))


@bp.post("/desk/imports/<uuid:import_id>/apply")
@requires(IMPORT)
def import_apply(import_id: uuid.UUID) -> Response:
    mode = ApplyMode.ONLY_CORRECT if request.form.get("mode") == ApplyMode.ONLY_CORRECT else ApplyMode.ALL
    service.request_apply(current_actor(), import_id, mode)
    return _back(import_id)


@bp.post("/desk/imports/<uuid:import_id>/cancel")
@requires(IMPORT)
def import_cancel(import_id: uuid.UUID) -> Response:
    service.cancel(current_actor(), import_id)
    flash(_("导入已取消，没有写入任何数据。"), "amber")
    return _back(import_id)


@bp.post("/desk/imports/<uuid:import_id>/again")
@requires(IMPORT)
def import_again(import_id: uuid.UUID) -> Response:
    service.try_again(current_actor(), import_id)
    return _back(import_id)


def _back(import_id: uuid.UUID) -> Response:
    return redirect(url_for("people.import_page", import_id=import_id), 303)  # type: ignore[return-value]
