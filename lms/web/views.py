"""The shell's pages: home, the desk's dashboard, one's own page, display preferences, live jobs."""

from __future__ import annotations

import uuid

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from lms.access.service.preferences import keep_preferences
from lms.kernel import clock
from lms.kernel.errors import Forbidden
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_locale
from lms.kernel.models import JobState
from lms.web import queries
from lms.web.rules import at_midnight, days_left, first_step, greeting, local_target
from lms.web.shell import page_context
from lms.webkit.blueprint import Blueprint, public, signed_in
from lms.webkit.identity import current_actor
from lms.webkit.locale import choose_locale
from lms.webkit.preferences import remember
from lms.webkit.registry import registry
from lms.webkit.templating import day, moment

ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})

bp = Blueprint("web", __name__, template_folder="templates")
bp.app_context_processor(page_context)


@bp.get("/")
@public
def home() -> str:
    """The next step and the rooms' cards; for strangers what this site is."""
    actor = current_actor()
    if actor.person_id is None:
        return render_template("web/landing.html")
    step = first_step(registry().fill("next", actor))
    due = step.due if step else None
    return render_template(
        "web/home.html",
        greeting=greeting(clock.now()),
        unit_line=queries.unit_line(actor.person_id),
        step=step,
        days=days_left(due, clock.now()) if due else None,
        due=(day(due) if at_midnight(due) else moment(due)) if due else "",
        cards=registry().fill("home", actor),
    )


@bp.get("/desk")
@signed_in
def desk() -> str:
    """The officers' dashboard."""
    actor = current_actor()
    if not actor.permissions:
        raise Forbidden(_("工作台只对有岗位授权的人员开放。"), todo=_("如工作需要，请联系本单位的管理员授权。"))
    fill = registry().fill
    return render_template("web/desk.html", figures=fill("figure", actor), cards=fill("desk", actor))


@bp.get("/desk/search")
@signed_in
def search() -> str:
    """What the rooms find for a name, a number or the last digits of an identity number."""
    actor = current_actor()
    if not actor.permissions:
        raise Forbidden(_("工作台只对有岗位授权的人员开放。"))
    asked = request.args.get("q", "").strip()[:60]
    found = registry().fill("search", actor, asked) if asked else []
    return render_template("web/search.html", asked=asked, found=found)


@bp.get("/me")
@signed_in
def me() -> str:
    """One's own page: links to what is one's own, and how pages should look."""
    actor = current_actor()
    unit_line = queries.unit_line(actor.person_id) if actor.person_id else ""
    return render_template("web/me.html", unit_line=unit_line, cards=registry().fill("me", actor))


@bp.post("/preferences")
@public
def save_preferences() -> BaseResponse:
    """Keep language, theme and easy reading: in cookies, and for signed-in people with their account."""
    form = request.form
    easy = {"yes": True, "no": False}.get(form.get("easy", ""))
    response = make_response(redirect(local_target(form.get("next"), url_for("web.home")), 303))
    remember(response, locale=form.get("locale"), theme=form.get("theme"), easy=easy)
    keep_preferences(current_actor(), locale=form.get("locale"), easy_reading=easy)
    with in_locale(form.get("locale") or choose_locale()):
        flash(_("已按您的选择显示。"), "green")
    return response


@bp.get("/session")
@public
def session_state() -> Response:
    """Who is signed in now, and a token for forms: what a page that was open for long asks before it sends one."""
    actor = current_actor()
    return jsonify(person=actor.person_id.hex if actor.person_id else "", csrf=generate_csrf())


@bp.get("/jobs/<uuid:job_id>/progress")
@signed_in
def job_progress(job_id: uuid.UUID) -> Response:
    """The live block of a job, for whoever started it and for operators. Reloads the page once it has ended."""
    job = queries.job(current_actor(), job_id)
    response = make_response(render_template("web/_job.html", job=job))
    if job.state in ENDED:
        response.headers["HX-Refresh"] = "true"
    return response
