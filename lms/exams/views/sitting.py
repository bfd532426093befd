"""The sitting: its page, its paper, and the JSON its script talks to."""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Flask, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lms.access.views.identify import cookie_name
from lms.exams import queries, saving, starting
from lms.exams.dto import Claims
from lms.exams.front import TOKEN_HEADER
from lms.exams.models import SittingState
from lms.exams.receipts import BadTokenError, login_mark, make_token, read_token
from lms.exams.rules import MAX_BODY, BadEntriesError, read_entries
from lms.exams.service import submit
from lms.exams.service.submitting import outcome
from lms.exams.views.blueprint import bp
from lms.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from lms.kernel.fastpath import fastpath
from lms.kernel.i18n import gettext as _
from lms.questions import kinds
from lms.webkit.blueprint import exempt_from_csrf, public, signed_in, token_checked
from lms.webkit.identity import current_actor
from lms.webkit.security import wants_json


@bp.post("/exams/sessions/<uuid:session_id>/start")
@signed_in
def start(session_id: uuid.UUID) -> AnyResponse:
    """Begin, or go back to what was begun. A script gets JSON with the token of the first device."""
    person_id = current_actor().person_id
    if person_id is None:
        raise _not_valid()
    started = starting.start(fastpath(), session_id, person_id)
    page = url_for("exams.sitting", sitting_id=started.sitting_id)
    if not wants_json():
        return redirect(page, 303)
    answer: dict[str, Any] = {"url": page, "sitting": str(started.sitting_id), **_times(started)}
    if started.fresh:
        answer |= {"device": started.device, "token": _token(started.sitting_id, started.device)}
    return as_response(answer)


@bp.get("/exams/sittings/<uuid:sitting_id>")
@signed_in
def sitting(sitting_id: uuid.UUID) -> AnyResponse | str:
    """The page on which the candidate writes; everything in it is drawn by its script from the paper."""
    row = queries.own_sitting(current_actor().person_id, sitting_id)
    if row.state is SittingState.SUBMITTED:
        return redirect(url_for("exams.handed_in", sitting_id=sitting_id))
    entrance = queries.entrance(row.person_id, row.session_id)
    return render_template(
        "exams/sitting.html",
        entrance=entrance,
        sitting=row,
        form=queries.form(row.form_id),
        header=TOKEN_HEADER,
        kinds=kinds.known(),
    )


@bp.get("/exams/papers/<uuid:form_id>/<digest>.json")
@signed_in
def paper(form_id: uuid.UUID, digest: str) -> Response:
    """What candidates see of a paper form: immutable, so browsers keep it; only for those who have begun it."""
    form = queries.form_of_sitter(current_actor().person_id, form_id)
    if form.digest != digest:
        raise NotFound(_("找不到这份试卷。"))
    text = json.dumps({"items": form.content}, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, mimetype="application/json")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@bp.post("/exams/sittings/<uuid:sitting_id>/device")
@signed_in
def device(sitting_id: uuid.UUID) -> Response:
    """Make the present browser the one that writes. Body: {"from": its former device number, or 0}.

    `carry` says whether answers this browser has not yet sent still rank last: nobody else has written since.
    """
    person_id = current_actor().person_id
    row = queries.own_sitting(person_id, sitting_id)
    sent = body()
    former = sent.get("from") if isinstance(sent, dict) else None
    carry = former == row.device
    started = starting.take_over(fastpath(), sitting_id, row.person_id)
    kept = saving.kept(fastpath(), sitting_id)
    answers = {position: [answer.choice, answer.marked] for position, answer in kept.items()}
    token = _token(sitting_id, started.device)
    return as_response(
        {"device": started.device, "token": token, "carry": carry, "answers": answers, **_times(started)}
    )


@bp.post("/exams/sittings/<sitting_id>/answers")
@token_checked
def save_answers(sitting_id: str) -> Response:
    """Keep answers and give receipts. Body: {"device": 1, "entries": [{"seq", "position", "choice", "marked"}]}.

    The plain case never comes here: `lms.exams.front` answers it.
    """
    claims = claimed(sitting_id)
    try:
        number, entries = read_entries(body())
    except BadEntriesError as error:
        raise _bad_entries(str(error)) from None
    if number != claims.device:
        raise _bad_entries("device is not the token's")
    saved = saving.save(fastpath(), current_app.config["SECRET_KEY"], claims, entries)
    return as_response(saving.as_json(saved))


@bp.get("/exams/sittings/<sitting_id>/clock")
@token_checked
def clock(sitting_id: str) -> Response:
    """The server's time, the deadline, and whether this device still writes."""
    claims = claimed(sitting_id)
    state, number, now, deadline_at = saving.standing(fastpath(), claims.sitting_id)
    if state != "open":
        raise Conflict(_("这场考试已经交卷。"), code="submitted")
    if number != claims.device:
        raise saving.superseded()
    return as_response({"now": saving.milliseconds(now), "deadline": saving.milliseconds(deadline_at)})


@bp.post("/exams/sittings/<sitting_id>/submit")
@token_checked
def hand_in(sitting_id: str) -> Response:
    """Hand in; a second call gets the same answer. An older device may not."""
    claims = claimed(sitting_id)
    state, number, _now, _deadline = saving.standing(fastpath(), claims.sitting_id)
    if state == "open" and number != claims.device:
        raise saving.superseded()
    submitted = submit(claims.sitting_id)
    return as_response(
        {
            "submitted_at": saving.milliseconds(submitted.submitted_at),
            "answered": submitted.answered,
            "items": submitted.items,
            "receipt": submitted.receipt,
            "url": url_for("exams.handed_in", sitting_id=claims.sitting_id),
        }
    )


@bp.get("/exams/sittings/<uuid:sitting_id>/handed-in")
@signed_in
def handed_in(sitting_id: uuid.UUID) -> AnyResponse | str:
    """What was handed in, with the final receipt."""
    row = queries.own_sitting(current_actor().person_id, sitting_id)
    if row.state is SittingState.OPEN:
        return redirect(url_for("exams.sitting", sitting_id=sitting_id))
    entrance = queries.entrance(row.person_id, row.session_id)
    return render_template("exams/handed_in.html", entrance=entrance, outcome=outcome(row))


@bp.get("/exams/worker.js")
@public
def worker() -> Response:
    """The service worker; it must live above the pages it serves."""
    response = bp.send_static_file("worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


def claimed(sitting_id: str) -> Claims:
    """What the request's exam token allows.

    Raises `Unauthenticated` for a token that is forged or of another sign-in, `NotFound` for one of another sitting.
    """
    try:
        claims = read_token(current_app.config["SECRET_KEY"], request.headers.get(TOKEN_HEADER, ""))
    except BadTokenError:
        raise _not_valid() from None
    if claims.login != this_login():
        raise _not_valid()
    if claims.sitting_id.hex != sitting_id.replace("-", ""):
        raise NotFound(_("找不到这场考试。"))
    return claims


def this_login() -> str:
    """The mark of the present sign-in."""
    return login_mark(request.cookies.get(cookie_name(), ""))


def body() -> Any:
    """The request's JSON, or None where it is none or too long."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    try:
        return json.loads(request.get_data(cache=False))
    except ValueError:
        return None


def as_response(value: dict[str, Any]) -> Response:
    return Response(json.dumps(value, separators=(",", ":")), mimetype="application/json")


def _token(sitting_id: uuid.UUID, number: int) -> str:
    return make_token(current_app.config["SECRET_KEY"], Claims(sitting_id, number, this_login()))


def _times(started: starting.Started) -> dict[str, int]:
    return {
        "now": saving.milliseconds(started.now),
        "deadline": saving.milliseconds(started.deadline_at),
    }


def _bad_entries(why: str) -> Invalid:
    return Invalid(_("发送的答案格式不对。"), why=why, code="bad_entries")


def _not_valid() -> Unauthenticated:
    return Unauthenticated(
        _("这次考试的凭证无效或已过期。"), todo=_("请重新登录后回到考试，本机的答案不会丢。"), code="token_invalid"
    )


def install(app: Flask) -> None:
    """Token-checked views need no CSRF token."""
    exempt_from_csrf(app, save_answers, hand_in, clock)
