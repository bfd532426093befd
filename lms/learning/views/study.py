"""The reading page, the claims of study time it sends, the answers to its checks, and its media."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import Any

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.learning import queries, service, tabs
from lms.learning.dto import Beat, Evidence
from lms.learning.views import media
from lms.learning.views.base import bp
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor


@bp.get("/learn/<uuid:enrolment_id>")
@signed_in
def resume(enrolment_id: uuid.UUID) -> Response:
    """Go to the lesson that comes next, or to the course's page when all are complete."""
    slug, lesson_slug = queries.resume(current_actor(), enrolment_id)
    if lesson_slug is None:
        return redirect(url_for("learning.course", slug=slug))
    return redirect(url_for("learning.lesson", enrolment_id=enrolment_id, lesson_slug=lesson_slug))


@bp.get("/learn/<uuid:enrolment_id>/<lesson_slug>")
@signed_in
def lesson(enrolment_id: uuid.UUID, lesson_slug: str) -> str:
    """Read a lesson. Opening it starts a reading session on this tab."""
    actor = current_actor()
    page = queries.lesson_page(actor, enrolment_id, lesson_slug)
    person_id = page.enrolment.person_id if page.enrolment else uuid.UUID(int=0)
    return render_template(
        "learning/lesson.html",
        page=page,
        evidence=_json(page.evidence),
        tab=tabs.open_tab(person_id, enrolment_id, page.lesson.id),
        reader=person_id.hex,
    )


@bp.post("/learn/beats")
@signed_in
def beats() -> Response:
    """Take a tab's claims, `{"tab": token, "beats": [[seq, seconds], ...], "end": bool}`; answers the evidence."""
    claims: Any = request.get_json(silent=True)
    try:
        token, end = str(claims["tab"]), bool(claims.get("end"))
        wanted = [Beat(_whole(seq), _whole(seconds)) for seq, seconds in claims["beats"]]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Invalid(_("学习记录的格式不对，没有计时。"), todo=_("请重新打开这一课。"), code="bad_beats") from None
    return jsonify(_json(service.beat(current_actor(), token, wanted, read_to_end=end)))


@bp.post("/learn/<uuid:enrolment_id>/<lesson_slug>/checks/<ref>")
@signed_in
def answer(enrolment_id: uuid.UUID, lesson_slug: str, ref: str) -> Response:
    """Answer one check: the question comes back with the explanation; without scripts as a message above the page."""
    chosen = [int(text) for text in request.form.getlist("choice") if text.isdecimal() and len(text) < 4]
    answered = service.answer(current_actor(), enrolment_id, lesson_slug, ref, chosen)
    if "HX-Request" not in request.headers:
        verdict = _("答对了。") if answered.right else _("不对，可以再试。")
        flash(f"{verdict}{answered.check['explanation']}", "green" if answered.right else "amber")
        return redirect(
            url_for("learning.lesson", enrolment_id=enrolment_id, lesson_slug=lesson_slug, _anchor="checks")
        )
    action = url_for("learning.answer", enrolment_id=enrolment_id, lesson_slug=lesson_slug, ref=ref)
    number = request.form.get("number", type=int) or 1
    page = make_response(
        render_template("learning/_check_answered.html", answered=answered, action=action, number=number)
    )
    page.headers["HX-Trigger"] = json.dumps({"lesson-evidence": _json(answered.evidence)})
    return page


@bp.get("/learn/media/<uuid:release_id>/<path:name>")
@signed_in
def medium(release_id: uuid.UUID, name: str) -> Response:
    """A picture, video or document of a release, for its learners and for staff."""
    path = f"media/{name}"
    return media.serve(queries.medium(current_actor(), release_id, path), path)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _json(evidence: Evidence) -> dict[str, Any]:
    return {**asdict(evidence), "seconds_left": evidence.seconds_left}
