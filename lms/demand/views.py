"""Wishing and rating on a phone; what to write next at a desk."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.classes import policy
from lms.demand import export, queries, service
from lms.demand.forms import STATES, TONES, AnswerForm, SurveyForm, WishForm
from lms.demand.models import WishState
from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import Blueprint, requires, signed_in
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor, me

bp = Blueprint("demand", __name__, template_folder="templates")


@bp.get("/wishes")
@signed_in
def wishes() -> str:
    """What people want to learn, and the classes one may rate."""
    return _wishes_page(WishForm(formdata=None))


@bp.post("/wishes")
@signed_in
def make_wish() -> str | tuple[str, int] | Response:
    """Wish for something; the same wish again is a vote."""
    form = WishForm()
    if not form.validate():
        return _wishes_page(form), 422
    try:
        service.wish(current_actor(), form.title.data)
    except LmsError as refusal:
        if form.take_errors(refusal):
            return _wishes_page(form), refusal.status
        return _wishes_page(form, refusal), refusal.status
    flash(_("已提交，也算您的一票。"), "green")
    return redirect(url_for("demand.wishes"), 303)


@bp.post("/wishes/<uuid:wish_id>/vote")
@signed_in
def vote(wish_id: uuid.UUID) -> Response:
    """Vote, or take it back."""
    service.vote(current_actor(), wish_id, wanted=request.form.get("wanted") == "yes")
    return redirect(url_for("demand.wishes"), 303)


@bp.route("/classes/<uuid:group_id>/survey", methods=["GET", "POST"])
@signed_in
def survey(group_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Rate a class that is over, once."""
    group = next((one for one in queries.to_rate(me()) if one.id == group_id), None)
    if group is None:
        raise service.not_to_rate()
    form = SurveyForm()
    if request.method == "POST" and form.validate():
        marks = {name: int(form[name].data) for name in ("content", "teaching", "use")}
        service.rate(current_actor(), group_id, text=form.text.data or "", **marks)
        flash(_("谢谢，评价已提交。"), "green")
        return redirect(url_for("demand.wishes"), 303)
    page = render_template("demand/survey.html", form=form, group=group)
    return page if request.method == "GET" else (page, 422)


@bp.get("/desk/demand")
@requires(policy.VIEW)
def desk() -> str:
    """Which courses to write next: wishes by votes, ratings of classes, weak points of examinations."""
    return _desk_page(AnswerForm(formdata=None))


def _desk_page(form: AnswerForm, answering: uuid.UUID | None = None) -> str:
    """The desk; the form stands at the wish that is being answered."""
    actor = current_actor()
    text, state = request.args.get("q", "").strip()[:40], request.args.get("state", type=WishState)
    return render_template(
        "demand/desk.html",
        lines=queries.wishes(None, *([state] if state else []), text=text),
        text=text,
        state=state,
        ratings=queries.ratings(actor),
        remarks=queries.remarks(actor),
        points=queries.weak_points(actor),
        may_answer=policy.may_rule(actor),
        states=STATES,
        tones=TONES,
        form=form,
        answering=answering,
    )


@bp.get("/desk/demand.xlsx")
@requires(policy.VIEW)
def export_demand() -> Response:
    """The three lists as one spreadsheet."""
    actor = current_actor()
    content = export.demand_workbook(queries.wishes(), queries.ratings(actor), queries.weak_points(actor))
    return download(_("课程需求 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.post("/desk/demand/wishes/<uuid:wish_id>")
@requires(policy.RULE)
def answer(wish_id: uuid.UUID) -> tuple[str, int] | Response:
    """Say what becomes of a wish."""
    form = AnswerForm()
    if not form.validate():
        return _desk_page(form, wish_id), 422
    try:
        service.answer(current_actor(), wish_id, state=WishState(form.state.data), text=form.answer.data or "")
    except LmsError as refusal:
        if not form.take_errors(refusal):
            raise
        return _desk_page(form, wish_id), refusal.status
    flash(_("已保存。"), "green")
    return redirect(url_for("demand.desk"), 303)


def _wishes_page(form: WishForm, refusal: LmsError | None = None) -> str:
    shown = WishState.OPEN, WishState.PLANNED, WishState.DONE
    return render_template(
        "demand/wishes.html",
        lines=queries.wishes(me(), *shown),
        to_rate=queries.to_rate(me()),
        form=form,
        refusal=refusal,
        states=STATES,
        tones=TONES,
    )
