"""Operators' pages: settings with their days and history, jobs, the audit log."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.models import JobState
from lms.kernel.runtime import kernel
from lms.web import queries, service
from lms.web.forms import setting_form, shown
from lms.webkit.blueprint import Blueprint, requires
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

bp = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")


@bp.get("/settings")
@requires("setting:view")
def settings() -> str:
    """Every setting with its value today."""
    return render_template("web/settings.html", settings=queries.settings_now())


@bp.route("/settings/<key>", methods=["GET", "POST"])
@requires("setting:view")
def setting(key: str) -> str | tuple[str, int] | BaseResponse:
    """One setting: its history and, with the right, a form for the next value."""
    registry, actor = kernel().settings, current_actor()
    spec = registry.spec(key)
    if request.method == "POST" and not actor.holds("setting:edit"):
        abort(403)
    form = setting_form(spec)(data={"value": shown(spec, registry.value(key)), "valid_from": clock.today()})
    if form.validate_on_submit():
        try:
            service.change_setting(
                actor, key, form.typed(spec), valid_from=form.valid_from.data, note=form.note.data.strip()
            )
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("“%(title)s”已保存。", title=spec.title), "green")
            return redirect(url_for("admin.setting", key=key), 303)
    history = registry.history(key)
    page = render_template(
        "web/setting.html",
        spec=spec,
        form=form,
        history=history,
        in_force=registry.in_force(key, clock.today()),
        names=queries.names_of([row.set_by for row in history]),
    )
    return (page, 422) if form.errors else page


@bp.get("/jobs")
@requires("job:view")
def jobs() -> str:
    """Background work, newest first."""
    state, name = request.args.get("state", ""), request.args.get("name", "")
    recurring = request.args.get("recurring") == "1"
    page = paginate(queries.jobs(current_actor(), state=state, name=name, recurring=recurring))
    return render_template(
        "web/jobs.html",
        page=page,
        specs=kernel().jobs.specs,
        states=list(JobState),
        state=state,
        name=name,
        recurring=recurring,
        names=queries.names_of([row.created_by for row in page.rows]),
    )


@bp.get("/jobs/<uuid:job_id>")
@requires("job:view")
def job(job_id: uuid.UUID) -> str:
    """One job: progress, result, what went wrong."""
    row = queries.job(current_actor(), job_id)
    spec = kernel().jobs.specs.get(row.name)
    return render_template("web/job.html", job=row, spec=spec, names=queries.names_of([row.created_by]))


@bp.post("/jobs/<uuid:job_id>/again")
@requires("job:edit")
def job_again(job_id: uuid.UUID) -> BaseResponse:
    """Queue a failed job once more."""
    service.run_again(current_actor(), job_id)
    flash(_("任务已重新排队。"), "green")
    return redirect(url_for("admin.job", job_id=job_id), 303)


@bp.post("/jobs/<uuid:job_id>/cancel")
@requires("job:edit")
def job_cancel(job_id: uuid.UUID) -> BaseResponse:
    """Cancel a job that has not started."""
    service.cancel(current_actor(), job_id)
    flash(_("任务已取消。"), "green")
    return redirect(url_for("admin.job", job_id=job_id), 303)


@bp.get("/audit")
@requires("audit:view")
def audit() -> str:
    """The audit log with search, and how the last check of its chain ended."""
    args = request.args
    wanted = queries.AuditFilter(
        actor=args.get("actor", "").strip(),
        action=args.get("action", "").strip(),
        subject=args.get("subject", "").strip(),
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
    )
    page = paginate(queries.audit_log(current_actor(), wanted), size=50)
    return render_template("web/audit.html", page=page, wanted=wanted, check=queries.last_audit_check())


@bp.post("/audit/check")
@requires("audit:view")
def audit_check() -> BaseResponse:
    """Have the chain walked in the background."""
    service.check_audit_log(current_actor())
    flash(_("已开始核对，完成后结果显示在下面。"), "green")
    return redirect(url_for("admin.audit"), 303)


def _day(typed: str) -> dt.date | None:
    """A day as typed, or None for anything that is none."""
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None
