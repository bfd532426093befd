"""The filtered list as a file: asked for, written in the background, fetched when it is ready."""

from __future__ import annotations

import uuid

from flask import Response, redirect, render_template, request, url_for

from lms.kernel.errors import LmsError
from lms.kernel.models import JobState
from lms.people.dto import PeopleFilter
from lms.people.forms import ExportForm
from lms.people.roster import export
from lms.people.views.blueprint import VIEW, bp, show_on
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor


@bp.post("/desk/people/export")
@requires(VIEW)
def request_export() -> Response | tuple[str, int]:
    """Queue the export of the list as it is filtered."""
    form, wanted = ExportForm(), PeopleFilter.parse(request.args)
    if form.validate():
        try:
            job_id = export.request_export(
                current_actor(), wanted, clear=bool(form.clear.data), reason=form.reason.data or ""
            )
        except LmsError as refusal:
            show_on(form, refusal)
        else:
            return redirect(url_for("people.export_page", job_id=job_id), 303)  # type: ignore[return-value]
    return render_template("people/export_ask.html", form=form, wanted=wanted), 422


@bp.get("/desk/people/exports/<uuid:job_id>")
@requires(VIEW)
def export_page(job_id: uuid.UUID) -> str:
    """An export under way or done; it stays until it is fetched, and after."""
    job = export.export_job(current_actor(), job_id)
    return render_template("people/export.html", job=job, done=job.state is JobState.DONE)


@bp.get("/desk/people/exports/<uuid:job_id>/file")
@requires(VIEW)
def export_file(job_id: uuid.UUID) -> Response:
    name, content = export.exported_file(current_actor(), job_id)
    return download(name, content)
