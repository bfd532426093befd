"""Catalogue and course pages: for learners and, where a course is open to the public, for everybody."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel.i18n import gettext as _
from lms.learning import queries, service, wording
from lms.learning.views.base import bp
from lms.webkit.blueprint import public, signed_in
from lms.webkit.identity import current_actor


@bp.get("/courses")
@public
def catalogue() -> str:
    """All published courses, searched and filtered."""
    actor = current_actor()
    wanted = {name: request.args.get(name, "").strip()[:60] for name in ("q", "tier", "category")}
    return render_template(
        "learning/catalogue.html",
        layout="layouts/public.html" if actor.is_anonymous else "layouts/learner.html",
        page=queries.catalogue(actor, words=wanted["q"], tier=wanted["tier"], category=wanted["category"]),
        wanted=wanted,
        wording=wording,
    )


@bp.get("/courses/<slug>")
@public
def course(slug: str) -> str:
    """What a course is, for whom, and how far the reader is in it."""
    actor = current_actor()
    return render_template(
        "learning/course.html",
        layout="layouts/public.html" if actor.is_anonymous else "layouts/learner.html",
        page=queries.course_page(actor, slug),
        may_repeat=queries.may_repeat(),
        wording=wording,
    )


@bp.post("/courses/<slug>/enrol")
@signed_in
def enrol(slug: str) -> Response:
    """Enrol and begin reading."""
    return redirect(url_for("learning.resume", enrolment_id=service.enrol(current_actor(), slug)))


@bp.post("/learn/<uuid:enrolment_id>/withdraw")
@signed_in
def withdraw(enrolment_id: uuid.UUID) -> Response:
    """Leave a course."""
    service.withdraw(current_actor(), enrolment_id)
    flash(_("已退出课程，学过的记录会保留。想继续时可以再选。"), "green")
    return redirect(url_for("learning.catalogue"))


@bp.get("/learn/<uuid:enrolment_id>/move")
@signed_in
def move(enrolment_id: uuid.UUID) -> str:
    """What moving to the newer release would mean."""
    offer, slug = queries.move_offer(current_actor(), enrolment_id)
    return render_template("learning/move.html", offer=offer, slug=slug)


@bp.post("/learn/<uuid:enrolment_id>/move/<uuid:release_id>")
@signed_in
def move_now(enrolment_id: uuid.UUID, release_id: uuid.UUID) -> Response:
    """Go on with the newer release."""
    service.move_to_current(current_actor(), enrolment_id, release_id)
    flash(_("已换到新版本，没有改动的课保留了进度。"), "green")
    return redirect(url_for("learning.resume", enrolment_id=enrolment_id))
