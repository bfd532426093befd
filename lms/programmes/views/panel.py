"""A panel member's pages: the rounds, whom there is to score, and the form, on a phone or at a desk."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.people.models import Person
from lms.programmes import policy
from lms.programmes.forms import score_form
from lms.programmes.models import Application, ApplicationState, PanelScore, Round
from lms.programmes.queries import catalogue, rounds
from lms.programmes.service import panel as scoring
from lms.programmes.views.base import WORDS, bp
from lms.webkit.blueprint import signed_in
from lms.webkit.forms import seen_revision
from lms.webkit.identity import current_actor, me


@bp.get("/panels")
@signed_in
def panels() -> str:
    """The rounds one scores in."""
    return render_template("programmes/panels.html", rounds=rounds.seats(me()), known=catalogue.load(), **WORDS)


@bp.get("/panels/<uuid:round_id>")
@signed_in
def panel(round_id: uuid.UUID) -> str:
    """Whom there is to score: those one has to stay out of are named, what others gave is not."""
    member = policy.membership(current_actor(), round_id)
    round_ = rounds.round_of(round_id)
    query = select(Application, Person.name, policy.conflicted(me())).join(Person, Person.id == Application.person_id)
    query = query.where(Application.round_id == round_id, Application.state == ApplicationState.ELIGIBLE)
    rows = db.session.execute(query.order_by(Application.applied_at, Application.id)).all()
    mine = {
        application_id: scores[member.id]
        for application_id, scores in rounds.latest_scores(round_id).items()
        if member.id in scores
    }
    known = catalogue.load()
    return render_template(
        "programmes/panel.html", round=round_, rows=rows, mine=mine, version=known.version(round_.version_id),
        points_of=rounds.points_of, **WORDS,
    )  # fmt: skip


@bp.get("/panels/<uuid:round_id>/<uuid:application_id>")
@signed_in
def score_page(round_id: uuid.UUID, application_id: uuid.UUID) -> str:
    """One applicant with the form."""
    return _page(round_id, application_id)


@bp.post("/panels/<uuid:round_id>/<uuid:application_id>")
@signed_in
def score(round_id: uuid.UUID, application_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Give points."""
    _member, _application, round_, _last = _of(round_id, application_id)
    version = catalogue.load().version(round_.version_id)
    form = score_form(version, {}, "")
    if not form.validate_on_submit():
        return _page(round_id, application_id, form), 422
    points = {one["key"]: form[one["key"]].data for one in version.criteria}
    seen = seen_revision("seen")
    try:
        scoring.score(current_actor(), application_id, points, form.comment.data or "", seen)
    except LmsError as refusal:
        if not refusal.fields:
            raise
        form.take_errors(refusal)
        return _page(round_id, application_id, form), 422
    flash(_("评分已保存，结束评分前可以再改。"), "green")
    return redirect(url_for("programmes.panel", round_id=round_id), 303)


def _of(round_id: uuid.UUID, application_id: uuid.UUID) -> tuple[Any, Application, Round, PanelScore | None]:
    member = policy.membership(current_actor(), round_id)
    application = db.session.get(Application, application_id)
    if application is None or application.round_id != round_id:
        raise policy.missing()
    scoring.refuse_conflicted(current_actor(), application_id)
    last = rounds.latest_scores(round_id).get(application_id, {}).get(member.id)
    return member, application, rounds.round_of(round_id), last


def _page(round_id: uuid.UUID, application_id: uuid.UUID, form: Any = None) -> str:
    _member, application, round_, last = _of(round_id, application_id)
    version = catalogue.load().version(round_.version_id)
    if form is None:
        form = score_form(version, last.points if last else {}, last.comment if last else "")
    name = db.session.scalar(select(Person.name).where(Person.id == application.person_id))
    return render_template(
        "programmes/score.html", application=application, name=name, round=round_, version=version, form=form,
        seen=last.revision if last else 0, **WORDS,
    )  # fmt: skip
