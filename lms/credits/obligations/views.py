"""What is owed: read by officers, set by the city's, tried out before it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.approvals.queries.cases import person_names
from lms.credits import wording as ledger
from lms.credits.cycles import drafts
from lms.credits.evidence.policy import RULE
from lms.credits.evidence.views import bp
from lms.credits.obligations import queries, rules, wording
from lms.credits.obligations.forms import PolicyForm
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.rules import Obligation
from lms.credits.obligations.setting import may_edit
from lms.kernel import clock
from lms.kernel.dated import in_force
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor

WORDS: dict[str, Any] = {"words": wording, "ledger": ledger}


@bp.get("/desk/hours/obligations")
@requires("credit:view")
def obligations() -> str:
    """Every obligation with what it asks of cycles that begin today."""
    listed = [(one, _now_in_force(queries.history(one))) for one in Obligation]
    return render_template("credits/obligations.html", rows=listed, **WORDS)


@bp.get("/desk/hours/obligations/<code>")
@requires("credit:view")
def obligation(code: str) -> str:
    """An obligation: what is in force, its history and, for the city's officers, a form for the next version."""
    one = _known(code)
    return _page(one, _form(one))


@bp.post("/desk/hours/obligations/<code>")
@requires(RULE)
def try_obligation(code: str) -> tuple[str, int] | Response:
    """Try the next version out; it is saved from the page that shows whom it moves."""
    one = _known(code)
    form = _form(one)
    if form.validate_on_submit():
        try:
            job_id = drafts.request(current_actor(), form.policy(one))
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            return redirect(url_for("credits.policy_draft", job_id=job_id), 303)
    return _page(one, form), 422


@bp.get("/desk/hours/obligations/drafts/<uuid:job_id>")
@requires(RULE)
def policy_draft(job_id: uuid.UUID) -> str:
    """A draft: how far the trial is, then whom it moves."""
    found = drafts.draft(current_actor(), job_id)
    return render_template(
        "credits/policy_draft.html", draft=found, effects=drafts.EFFECTS, most=drafts.LISTED, **WORDS
    )


@bp.get("/desk/hours/obligations/drafts/<uuid:job_id>.xlsx")
@requires(RULE)
def draft_names(job_id: uuid.UUID) -> Response:
    """Everybody whom the draft moves, as a spreadsheet."""
    name, content = drafts.spreadsheet(current_actor(), job_id)
    return download(name, content)


@bp.post("/desk/hours/obligations/drafts/<uuid:job_id>")
@requires(RULE)
def save_draft(job_id: uuid.UUID) -> Response:
    """Put a draft in force that was tried out."""
    drafts.save(current_actor(), job_id)
    flash(_("规定已保存，从所填日期起生效。"), "green")
    code = drafts.draft(current_actor(), job_id).policy.obligation.value
    return redirect(url_for("credits.obligation", code=code), 303)


def _known(code: str) -> Obligation:
    if code not in set(Obligation):
        raise NotFound(_("没有这项义务。"), todo=_("请从列表里选择。"))
    return Obligation(code)


def _form(one: Obligation) -> PolicyForm:
    return PolicyForm.showing(one, _now_in_force(queries.history(one)))


def _now_in_force(history: Sequence[ObligationPolicy]) -> ObligationPolicy:
    """The version for what begins today; the earliest rules what began before it."""
    return in_force(history, clock.today()) or history[-1]


def _page(one: Obligation, form: PolicyForm) -> str:
    history = queries.history(one)
    return render_template(
        "credits/obligation.html",
        obligation=one,
        history=history,
        now_in_force=_now_in_force(history),
        counting={row.id for row in rules.in_order(history)},
        form=form,
        names=person_names(row.set_by for row in history),
        may_edit=may_edit(current_actor()),
        today=clock.today(),
        **WORDS,
    )
