"""The learner's pages: what is offered, one session, the result."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.exams import queries, service, wording
from lms.exams.dto import Blueprint, KeyRow
from lms.exams.models import KeyRelease, Outcome, PaperForm, Result, SessionState
from lms.exams.rules import chosen, deadline
from lms.exams.views.blueprint import bp
from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.learning.queries import completed_enrolment
from lms.questions.rules import letters
from lms.webkit.blueprint import public, signed_in
from lms.webkit.identity import current_actor


@bp.get("/exams")
@public
def index() -> str:
    """What can be registered for, what is coming, what was taken."""
    person_id = current_actor().person_id
    taken = queries.taken(person_id) if person_id else []
    past = {entrance.session.id for entrance in taken}
    offered = [entrance for entrance in queries.offered(person_id) if entrance.session.id not in past]
    return render_template("exams/index.html", offered=offered, taken=taken)


@bp.get("/exams/sessions/<uuid:session_id>")
@public
def session(session_id: uuid.UUID) -> str:
    """One date: register, wait, start."""
    person_id = current_actor().person_id
    entrance = queries.entrance(person_id, session_id)
    exam, now = entrance.exam, clock.now()
    needs_course = (
        person_id is not None
        and bool(exam.course_slug)
        and not entrance.registered
        and completed_enrolment(person_id, exam.course_slug) is None
    )
    return render_template(
        "exams/session.html",
        entrance=entrance,
        needs_course=needs_course,
        paper=wording.paper(Blueprint.from_json(exam.blueprint)),
        minutes_left=int((_would_end(entrance, now) - now).total_seconds() // 60),
        may_cancel=entrance.sitting is None
        and entrance.session.state in {SessionState.DRAFT, SessionState.FROZEN}
        and now <= entrance.session.register_until,
    )


@bp.post("/exams/sessions/<uuid:session_id>/register")
@signed_in
def register(session_id: uuid.UUID) -> Response:
    """Register oneself."""
    ticket = service.register(current_actor(), session_id)
    flash(_("已报名，准考证号 %(ticket)s。", ticket=ticket), "green")
    return redirect(url_for("exams.session", session_id=session_id), 303)


@bp.post("/exams/sessions/<uuid:session_id>/cancel")
@signed_in
def cancel(session_id: uuid.UUID) -> Response:
    """Give one's seat back."""
    service.cancel_seat(current_actor(), session_id)
    flash(_("已取消报名。"), "green")
    return redirect(url_for("exams.session", session_id=session_id), 303)


@bp.get("/exams/results/<uuid:result_id>")
@signed_in
def result(result_id: uuid.UUID) -> str:
    """A published result with its map; key and explanations only where the exam releases them."""
    entrance = queries.own_result(current_actor().person_id, result_id)
    row = entrance.result
    released = entrance.exam.key_release is KeyRelease.WITH_RESULTS
    show = released and row is not None and row.outcome is Outcome.SCORED and entrance.sitting is not None
    points: Sequence[dict[str, Any]] = row.by_point if row else []
    weak = sorted((one for one in points if one["total"]), key=lambda one: one["half_points"] / one["total"])
    names = [f"{one['code']} {pick(one['title'])}" for one in weak[:3] if one["half_points"] < 0.6 * one["total"]]
    return render_template(
        "exams/result.html",
        entrance=entrance,
        points=points,
        weakest=listed(names),
        review=_review(row, queries.form(entrance.sitting.form_id)) if show else [],  # type: ignore[arg-type,union-attr]
    )


def _would_end(entrance: queries.Entrance, now: dt.datetime) -> dt.datetime:
    """When a sitting begun now would end."""
    extra = entrance.seat.extra_minutes if entrance.seat else 0
    return deadline(now, entrance.exam.minutes, extra, entrance.session.closes_at)


def _review(row: Result, form: PaperForm) -> list[dict[str, Any]]:
    """Each item with its options, what was chosen and what is right. The HTML was sanitised when it was frozen."""
    shown: list[dict[str, Any]] = []
    for content, stored, got in zip(form.content, form.key, row.items, strict=True):
        key, picked = KeyRow.from_json(stored), chosen(got["choice"])
        options = [
            {
                "letter": letters([index]),
                "html": Markup(text),  # noqa: S704
                "right": index in key.key,
                "chosen": index in picked,
            }
            for index, text in enumerate(content["options"])
        ]
        shown.append(
            {
                "stem": Markup(content["stem"]),  # noqa: S704
                "options": options,
                "explanation": Markup(stored["explanation"]),  # noqa: S704
                "half_points": got["half_points"],
                "worth": key.half_points,
            }
        )
    return shown
