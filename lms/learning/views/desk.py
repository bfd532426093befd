"""The trainer's desk: courses, releases and their review, uploads, where learners stop, the progress list."""

from __future__ import annotations

import uuid

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.learning import exports, queries, rules, service, wording
from lms.learning.forms import StepForm, UploadForm
from lms.learning.views.base import bp
from lms.webkit import uploads
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.security import HEADERS


@bp.get("/desk/courses")
@requires("course:view")
def desk() -> str:
    """The courses of the officer's units."""
    words = request.args.get("q", "").strip()[:60]
    actor = current_actor()
    return render_template(
        "learning/desk_courses.html",
        page=queries.desk_courses(actor, words=words),
        waiting=queries.waiting_for_review(actor),
        words=words,
        wording=wording,
    )


@bp.get("/desk/courses/<slug>")
@requires("course:view")
def desk_course(slug: str) -> str:
    """One course: its releases, its learners, and where they stop."""
    actor = current_actor()
    course = queries.course_for(actor, slug)
    rows = queries.releases(course)
    shown = next((row for row in rows if row.current), rows[0])
    return render_template(
        "learning/desk_course.html",
        course=course,
        releases=rows,
        shown=shown,
        stops=queries.stops(shown.id),
        counts=queries.learner_count(course.id),
        wording=wording,
    )


@bp.get("/desk/courses/<slug>/progress.xlsx")
@requires("course:view")
def progress(slug: str) -> Response:
    """How far the learners of the officer's units are."""
    actor = current_actor()
    course = queries.course_for(actor, slug)
    content = exports.progress_workbook(queries.progress_rows(actor, course))
    return download(_("%(slug)s 学习进度 %(day)s.xlsx", slug=slug, day=clock.today().isoformat()), content)


@bp.route("/desk/courses/imports/new", methods=["GET", "POST"])
@requires("course:edit")
def upload() -> Response | str:
    """Upload a zipped package; checking and importing run in the background."""
    form = UploadForm()
    form.offer_units()
    limit = current_app.config["MAX_CONTENT_LENGTH"] >> 20
    if form.validate_on_submit():
        try:
            sent = uploads.accept(form.file.data, [uploads.ZIP], megabytes=limit)
            job_id = service.upload(current_actor(), sent.content, sent.name, org_id=uuid.UUID(form.org.data))
            return redirect(url_for("learning.import_report", job_id=job_id))
        except LmsError as error:
            if not form.take_errors(error):
                raise
    recent = queries.recent_imports(current_actor())
    return render_template("learning/upload.html", form=form, limit=limit, recent=recent)


@bp.get("/desk/courses/imports/<uuid:job_id>")
@requires("course:edit")
def import_report(job_id: uuid.UUID) -> str:
    """What became of an upload: the checker's problems by file and line, or the new release."""
    return render_template("learning/import_report.html", job=queries.own_import(current_actor(), job_id))


@bp.get("/desk/courses/releases/<uuid:release_id>")
@requires("course:view")
def release(release_id: uuid.UUID) -> str:
    """One release: what is in it, what happened to it, and what may be done next."""
    actor = current_actor()
    page = queries.release_page(actor, release_id)
    return render_template("learning/release.html", page=page, form=StepForm(), wording=wording, rules=rules)


@bp.post("/desk/courses/releases/<uuid:release_id>/<any(in_review, published, returned, withdrawn):state>")
@requires("course:view")
def step(release_id: uuid.UUID, state: str) -> Response:
    """Take the release one step on; which right that needs is the service's question."""
    form = StepForm()
    if form.validate_on_submit():
        service.send_to(current_actor(), release_id, state, note=form.note.data or "")
        flash(str(wording.STEP_DONE[state]), "green")
    else:
        flash(_("说明太长，最多 500 字，没有办理。"), "rose")
    return redirect(url_for("learning.release", release_id=release_id))


@bp.get("/desk/courses/releases/<uuid:release_id>/package.zip")
@requires("course:edit")
def package(release_id: uuid.UUID) -> Response:
    """The package as it was imported, keys of the questions included."""
    course, found, _steps = queries.release_for(current_actor(), release_id, "course:edit")
    return download(f"{course.slug}-{found.version}.zip", queries.packed(found, course.slug), "application/zip")


@bp.get("/desk/courses/releases/<uuid:release_id>/preview/<lesson_slug>")
@requires("course:view")
def preview(release_id: uuid.UUID, lesson_slug: str) -> str:
    """A lesson in a phone's frame."""
    page = queries.preview_lesson(current_actor(), release_id, lesson_slug)
    return render_template("learning/preview.html", page=page, release_id=release_id)


@bp.get("/desk/courses/releases/<uuid:release_id>/preview/<lesson_slug>/phone")
@requires("course:view")
def preview_phone(release_id: uuid.UUID, lesson_slug: str) -> Response:
    """What stands inside the frame: the learner's page without evidence. Our own pages alone may frame it."""
    page = queries.preview_lesson(current_actor(), release_id, lesson_slug)
    response = make_response(render_template("learning/preview_phone.html", page=page))
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    policy = HEADERS["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return response
