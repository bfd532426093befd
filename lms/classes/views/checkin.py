"""Checking in on a phone: the page behind the picture on the screen, and the digits to type instead."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.classes import codes
from lms.classes.queries import attendance, data
from lms.classes.rules.seats import window
from lms.classes.service import attending
from lms.classes.views.base import WORDS, bp
from lms.kernel import clock
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor
from lms.webkit.ratelimit import rate_limited
from lms.webkit.templating import moment

DEVICE = "device"
A_YEAR = 365 * 24 * 3600


@bp.get("/classes/meetings/<uuid:meeting_id>/check-in")
@signed_in
def check_in_page(meeting_id: uuid.UUID) -> Response:
    """What the picture leads to: one button with its code, or the field for the digits."""
    return _page(meeting_id, request.args.get("c", "")[:40], None, 200)


@bp.post("/classes/meetings/<uuid:meeting_id>/check-in")
@signed_in
@rate_limited("classes.check-in", "classes.check_ins_a_minute")
def check_in(meeting_id: uuid.UUID) -> Response:
    """Check in; twice is once."""
    sent = "".join((request.form.get("code", "") or "").split())[:40]
    try:
        at = attending.check_in(current_actor(), meeting_id, sent, _device())
    except Conflict as refusal:
        return _page(meeting_id, "", refusal, refusal.status)
    flash(_("签到成功：%(when)s。", when=moment(at)), "green")
    return redirect(url_for("classes.check_in_page", meeting_id=meeting_id), 303)


def _page(meeting_id: uuid.UUID, token: str, refusal: Conflict | None, status: int) -> Response:
    meeting, person_id = attending.own_meeting(current_actor(), meeting_id)
    opens, closes = attending.check_in_window(meeting)
    page = render_template(
        "classes/check_in.html",
        meeting=meeting,
        group=attending.group_of(meeting),
        rooms=data.rooms_by_id({meeting.room_id} if meeting.room_id else set()),
        record=attendance.own(meeting_id, person_id),
        token=token if token and codes.fits(meeting_id, token, clock.now()) else "",
        stale=bool(token) and not codes.fits(meeting_id, token, clock.now()),
        when=window(clock.now(), opens, closes),
        opens=opens,
        refusal=refusal,
        **WORDS,
    )
    answer = make_response(page, status)
    if not request.cookies.get(DEVICE):
        answer.set_cookie(
            DEVICE, secrets.token_urlsafe(16), max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return answer


def _device() -> str:
    """The fingerprint of this browser; empty where it keeps no cookie."""
    kept = request.cookies.get(DEVICE, "")
    return hashlib.sha256(kept.encode()).hexdigest() if kept else ""
