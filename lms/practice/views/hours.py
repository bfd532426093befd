"""Logging hours on a phone, and the supervisor's page that signs them off."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.kernel import clock
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.practice import policy, queries, rules
from lms.practice.forms import HoursForm, ReturnForm, clock_time
from lms.practice.models import Placement, PracticeLog
from lms.practice.rules import LogState, PlacementState
from lms.practice.service import logging, signing
from lms.practice.views.base import WORDS, bp, show_on
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate

USUAL = 3 * 60
"""Minutes a first log begins with."""


@bp.route("/me/practice/<uuid:placement_id>/log", methods=["GET", "POST"])
@signed_in
def log_hours(placement_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Log hours; the form begins with what was usual last time. Sent twice, it is one log."""
    actor = current_actor()
    placement = policy.own(actor, placement_id)
    form, refusal = HoursForm(), None
    if form.validate_on_submit():
        try:
            logging.send(actor, placement_id, form.hours())
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("已提交，等督导签字。"), "green")
            return redirect(url_for("practice.placement", placement_id=placement_id), 303)
    if not form.is_submitted():
        _suggest(form, placement)
    page = _form_page(placement, form, refusal)
    return (page, 422) if form.is_submitted() else page


@bp.route("/me/practice/<uuid:placement_id>/log/<uuid:log_id>", methods=["GET", "POST"])
@signed_in
def amend_log(placement_id: uuid.UUID, log_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Change a log that is not signed off, and send it anew."""
    actor = current_actor()
    placement, log = policy.own(actor, placement_id), policy.own_log(actor, log_id)
    if log.placement_id != placement.id or log.state not in {LogState.SENT, LogState.RETURNED}:
        raise NotFound(_("这条记录不能再改。"), why=_("它已签字、撤回或冲销。"))
    form, refusal = HoursForm(), None
    if form.validate_on_submit():
        try:
            logging.amend(actor, log_id, form.hours(), form.round.data)
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("已重新提交，等督导签字。"), "green")
            return redirect(url_for("practice.placement", placement_id=placement_id), 303)
    if not form.is_submitted():
        form.show(log)
    page = _form_page(placement, form, refusal, log)
    return (page, 422) if form.is_submitted() else page


@bp.post("/me/practice/<uuid:placement_id>/log/<uuid:log_id>/take-back/<int(max=999999):seen_round>")
@signed_in
def take_back(placement_id: uuid.UUID, log_id: uuid.UUID, seen_round: int) -> Response:
    """Take a log back."""
    logging.take_back(current_actor(), log_id, seen_round)
    flash(_("这条记录已撤回。"), "green")
    return redirect(url_for("practice.placement", placement_id=placement_id), 303)


@bp.get("/supervise")
@signed_in
def supervise() -> str:
    """What waits for the person's signature, and whom they supervise."""
    return _supervise_page(None, None)


@bp.post("/supervise/<uuid:log_id>/sign/<int(max=999999):seen_round>")
@signed_in
def sign(log_id: uuid.UUID, seen_round: int) -> Response:
    """Sign hours off."""
    signing.sign(current_actor(), log_id, seen_round)
    flash(_("已签字。"), "green")
    return redirect(url_for("practice.supervise"), 303)


@bp.post("/supervise/<uuid:log_id>/return")
@signed_in
def send_back(log_id: uuid.UUID) -> tuple[str, int] | Response:
    """Send hours back with a reason."""
    policy.supervised_log(current_actor(), log_id)
    form = ReturnForm()
    if form.validate_on_submit():
        signing.send_back(current_actor(), log_id, form.reason.data or "", form.round.data)
        flash(_("已退回，理由会发给对方。"), "green")
        return redirect(url_for("practice.supervise"), 303)
    return _supervise_page(log_id, form), 422


def _suggest(form: HoursForm, placement: Placement) -> None:
    last = queries.last_log(placement.id)
    local = clock.now().astimezone(clock.CITY_ZONE)
    now = local.date(), local.hour * 60 + local.minute
    taken = [log.span for log in queries.standing_on(placement.person_id, now[0])]
    found = rules.suggestion(now, last.ends - last.begins if last else USUAL, taken)
    form.key.data, form.day.data = new_id().hex, min(now[0], placement.last_day)
    if last is not None:
        form.activity.data = last.activity
    if found is not None:
        form.start.data, form.end.data = clock_time(found.start), clock_time(found.end)


def _form_page(placement: Placement, form: HoursForm, refusal: LmsError | None, log: PracticeLog | None = None) -> str:
    [line] = queries.lines([placement])
    return render_template(
        "practice/log.html",
        line=line,
        form=form,
        refusal=refusal,
        log=log,
        under_way=placement.state is PlacementState.ACTIVE,
        **WORDS,
    )


def _supervise_page(log_id: uuid.UUID | None, form: ReturnForm | None) -> str:
    page = paginate(queries.waiting_for(me()), scalars=False)
    placements = {placement.id: placement for _log, placement, _name in page.rows}
    return render_template(
        "practice/supervise.html",
        page=page,
        lines={line.placement.id: line for line in queries.lines(list(placements.values()))},
        supervised=queries.lines(queries.supervised(me())),
        open_log=log_id,
        form=form or ReturnForm(formdata=None),
        **WORDS,
    )
