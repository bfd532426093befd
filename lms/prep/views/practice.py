"""Practice on a phone: a subject's readiness, papers, one question after another, the result."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.exams.dto import Blueprint
from lms.exams.wording import paper as paper_in_words
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.prep import policy
from lms.prep.queries import papers, ready
from lms.prep.service import practising
from lms.prep.views.base import WORDS, bp
from lms.questions import kinds
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate

HISTORY = 10


@bp.get("/prep/<slug>")
@signed_in
def subject(slug: str) -> str:
    """How ready one is, what to work on first, and the papers so far."""
    found = papers.open_subject(slug)
    page = paginate(papers.papers(me(), found.id), size=HISTORY)
    return render_template(
        "prep/subject.html",
        ready=ready.ready(me(), found),
        paper=paper_in_words(Blueprint.from_json(found.blueprint)),
        page=page,
        views=papers.views(page.rows, found),
        over=practising.is_over,
        key=new_id().hex,
        **WORDS,
    )


@bp.post("/prep/<slug>/start")
@signed_in
def start(slug: str) -> Response:
    """Draw a paper and begin. Sent twice, it is one paper."""
    given = request.form
    paper_id = practising.start(
        current_actor(),
        slug,
        key=given.get("key", "")[:64] or new_id().hex,
        timed=given.get("timed") == "yes",
        point=given.get("point", "")[:20],
    )
    return redirect(url_for("prep.paper", paper_id=paper_id), 303)


@bp.get("/prep/papers/<uuid:paper_id>")
@signed_in
def paper(paper_id: uuid.UUID) -> Response:
    """Go on where the paper was left, or to its result."""
    found = policy.own_paper(current_actor(), paper_id)
    view = papers.view(found)
    if practising.is_over(found) or view.next_position is None:
        return redirect(url_for("prep.result", paper_id=paper_id))
    return redirect(url_for("prep.question", paper_id=paper_id, number=view.next_position + 1))


@bp.route("/prep/papers/<uuid:paper_id>/<int:number>", methods=["GET", "POST"])
@signed_in
def question(paper_id: uuid.UUID, number: int) -> str | tuple[str, int] | Response:
    """One question; answered, with what is right and why."""
    found = policy.own_paper(current_actor(), paper_id)
    error = ""
    if request.method == "POST":
        picked = frozenset(int(one) for one in request.form.getlist("choice") if one.isdecimal() and len(one) < 4)
        try:
            practising.answer(current_actor(), paper_id, number - 1, picked)
        except Invalid as refusal:
            error = str(refusal.fields.get("choice", refusal.what))
        else:
            return redirect(url_for("prep.question", paper_id=paper_id, number=number), 303)
    view = papers.view(policy.own_paper(current_actor(), paper_id))
    page = render_template(
        "prep/question.html",
        view=view,
        one=papers.shown(found, number - 1),
        kinds=kinds.known(),
        over=practising.is_over(view.paper),
        error=error,
        **WORDS,
    )
    return (page, 422) if error else page


@bp.post("/prep/papers/<uuid:paper_id>/finish")
@signed_in
def finish(paper_id: uuid.UUID) -> Response:
    """End a paper early."""
    practising.finish(current_actor(), paper_id)
    flash(_("练习已结束，没有答的题不计入备考估计。"), "green")
    return redirect(url_for("prep.result", paper_id=paper_id), 303)


@bp.get("/prep/papers/<uuid:paper_id>/result")
@signed_in
def result(paper_id: uuid.UUID) -> str | Response:
    """What was earned, and every question answered with its explanation."""
    found = policy.own_paper(current_actor(), paper_id)
    view = papers.view(found)
    if not practising.is_over(found):
        return redirect(url_for("prep.paper", paper_id=paper_id))
    return render_template(
        "prep/result.html",
        view=view,
        questions=papers.shown_all(found, sorted(view.answered)),
        key=new_id().hex,
        **WORDS,
    )
