"""Officers' pages: one session, from freezing to publication."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.exams import analysis, export, queries, service, wording
from lms.exams.dto import KeyRow
from lms.exams.forms import ExtraForm, ListForm, ReasonForm
from lms.exams.models import Outcome, Result
from lms.exams.service.grading import job_of
from lms.exams.views.blueprint import bp
from lms.kernel import clock
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/exams/sessions/<uuid:session_id>")
@requires("exam:view")
def desk_session(session_id: uuid.UUID) -> str:
    """Readiness, live numbers, and after marking the results in pictures."""
    actor = current_actor()
    session, exam = queries.session(actor, session_id)
    results = [row for row, _ticket in queries.scores(session_id)] if queries.may(actor, "result:view", exam) else []
    return render_template(
        "exams/desk_session.html",
        session=session,
        exam=exam,
        counts=queries.counts(session_id),
        forms=queries.forms_in_use(session_id),
        job_id=job_of(session_id),
        may_edit=queries.may(actor, "exam:edit", exam),
        may_publish=queries.may(actor, "result:publish", exam),
        wording=wording,
        reason_form=ReasonForm(),
        now_open=session.opens_at <= clock.now() < session.closes_at,
        **_pictures(results, exam.pass_half_points, session_id),
    )


@bp.get("/desk/exams/sessions/<uuid:session_id>/live")
@requires("exam:view")
def live(session_id: uuid.UUID) -> str:
    """The live numbers alone, asked for every few seconds while candidates write."""
    session, _exam = queries.session(current_actor(), session_id)
    return render_template("exams/_live.html", session=session, counts=queries.counts(session_id))


@bp.post("/desk/exams/sessions/<uuid:session_id>/freeze")
@requires("exam:edit")
def freeze(session_id: uuid.UUID) -> Response:
    """Draw the papers."""
    forms = service.freeze(current_actor(), session_id)
    flash(_("已组成 %(forms)d 套试卷并冻结。", forms=forms), "green")
    return _back(session_id)


@bp.post("/desk/exams/sessions/<uuid:session_id>/close")
@requires("exam:edit")
def close(session_id: uuid.UUID) -> Response:
    """End the session; marking starts in the background."""
    service.close_session(current_actor(), session_id)
    flash(_("考试已结束，正在评分。"), "green")
    return _back(session_id)


@bp.post("/desk/exams/sessions/<uuid:session_id>/publish")
@requires("result:publish")
def publish(session_id: uuid.UUID) -> Response:
    """Make the results known."""
    results = service.publish(current_actor(), session_id)
    flash(_("已公布 %(count)d 人的成绩，并通知了考生。", count=results), "green")
    return _back(session_id)


@bp.post("/desk/exams/sessions/<uuid:session_id>/cancel")
@requires("exam:edit")
def cancel_session(session_id: uuid.UUID) -> Response:
    """Call the session off."""
    service.cancel_session(current_actor(), session_id, ReasonForm().reason.data or "")
    flash(_("这一期已取消，已通知报名的人。"), "amber")
    return _back(session_id)


@bp.get("/desk/exams/sessions/<uuid:session_id>/forms/<int:number>")
@requires("exam:edit")
def paper_form(session_id: uuid.UUID, number: int) -> str:
    """A paper with its key. Looking at it is recorded."""
    session, exam = queries.session(current_actor(), session_id, "exam:edit")
    form = next((row for row in queries.forms(session_id) if row.number == number), None)
    if form is None:
        raise NotFound(_("找不到这套试卷。"))
    service.note_look(current_actor(), form.id, exam.org_id)
    items = [
        {
            "stem": Markup(content["stem"]),  # noqa: S704 - sanitised when frozen
            "options": [Markup(text) for text in content["options"]],  # noqa: S704
            "key": KeyRow.from_json(key).key,
            "ref": key["ref"],
            "points": listed(key["points"]),
        }
        for content, key in zip(form.content, form.key, strict=True)
    ]
    return render_template("exams/desk_form.html", session=session, exam=exam, form=form, items=items)


@bp.get("/desk/exams/sessions/<uuid:session_id>/seats")
@requires("exam:view")
def seats(session_id: uuid.UUID) -> str:
    """Who is registered."""
    actor = current_actor()
    session, exam = queries.session(actor, session_id)
    text = request.args.get("q", "").strip()[:60]
    page = paginate(queries.seats(session_id, text), size=50, scalars=False)
    return render_template(
        "exams/desk_seats.html",
        session=session,
        exam=exam,
        page=page,
        text=text,
        units=queries.units_of([row[0].person_id for row in page.rows]),
        may_edit=queries.may(actor, "exam:edit", exam),
        may_see_results=queries.may(actor, "result:view", exam),
        extra_form=ExtraForm(),
        wording=wording,
    )


@bp.route("/desk/exams/sessions/<uuid:session_id>/register", methods=["GET", "POST"])
@requires("exam:edit")
def register_list(session_id: uuid.UUID) -> Response | str:
    """Register people from a list: first checked line by line, then applied."""
    session, exam = queries.session(current_actor(), session_id, "exam:edit")
    form, lines = ListForm(), []
    if form.validate_on_submit():
        try:
            lines = service.check_list(current_actor(), session_id, form.people.data or "")
            if request.form.get("apply"):
                count = service.register_list(
                    current_actor(), session_id, form.people.data or "", skip_faulty=bool(form.skip_faulty.data)
                )
                flash(_("已为 %(count)d 人报名。", count=count), "green")
                return redirect(url_for("exams.seats", session_id=session_id), 303)
        except LmsError as error:
            flash(str(error), "rose")
    return render_template("exams/desk_register.html", session=session, exam=exam, form=form, lines=lines)


@bp.post("/desk/exams/seats/<uuid:seat_id>/extra")
@requires("exam:edit")
def extra(seat_id: uuid.UUID) -> Response:
    """Grant extra time."""
    form = ExtraForm()
    session_id = service.set_extra_minutes(
        current_actor(), seat_id, -1 if form.minutes.data is None else form.minutes.data
    )
    flash(_("加时已保存。"), "green")
    return redirect(url_for("exams.seats", session_id=session_id), 303)


@bp.get("/desk/exams/sessions/<uuid:session_id>/results.xlsx")
@requires("result:view")
def export_results(session_id: uuid.UUID) -> Response:
    """Results as a spreadsheet."""
    session, exam = queries.session(current_actor(), session_id, "result:view")
    content = export.results_workbook(session_id)
    name = _("%(title)s第%(number)s期成绩.xlsx", title=pick(exam.title), number=session.number)
    return download(name, content)


def _pictures(results: list[Result], pass_line: int, session_id: uuid.UUID) -> dict[str, Any]:
    """What the page draws from the newest results."""
    scored = [row for row in results if row.outcome is Outcome.SCORED and row.half_points is not None]
    scores = [row.half_points or 0 for row in scored]
    total = scored[0].total_half_points if scored else 0
    return {
        "marked": len(results),
        "absent": sum(1 for row in results if row.outcome is Outcome.ABSENT),
        "passed": sum(1 for row in scored if row.passed),
        "scores": scores,
        "median": analysis.median(scores),
        "bands": analysis.distribution(scores, total, pass_line) if scored else [],
        "items": queries.item_figures(session_id) if scored else [],
        "total": total,
    }


def _back(session_id: uuid.UUID) -> Response:
    return redirect(url_for("exams.desk_session", session_id=session_id), 303)
