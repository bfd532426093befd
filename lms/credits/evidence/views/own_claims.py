"""A person's claims: the list, one of them, the correction of one that was returned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.approvals.models import CaseState
from lms.approvals.queries import case_view
from lms.approvals.views.base import sent_proofs
from lms.credits.evidence import policy, queries
from lms.credits.evidence.cases import CASE_KIND, asking_for
from lms.credits.evidence.dto import Amendment, Assessment
from lms.credits.evidence.forms import AmendForm, shown
from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import Unit
from lms.credits.evidence.service.amending import amend, case_of, judge
from lms.credits.evidence.service.assessing import OTHER_UNIT
from lms.credits.evidence.views.base import WORDS
from lms.credits.views import bp
from lms.kernel.errors import Conflict, LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate


@bp.get("/me/evidence")
@signed_in
def own_claims() -> str:
    """Every claim of the person with where it stands."""
    page = paginate(queries.own(me()))
    return render_template("credits/evidence_own.html", page=page, **about(page.rows), **WORDS)


@bp.get("/me/evidence/<uuid:claim_id>")
@signed_in
def own_claim(claim_id: uuid.UUID) -> str:
    """One claim: where it is, what was stated, what counted and why."""
    claim = policy.own_claim(current_actor(), claim_id)
    return render_template("credits/evidence_claim.html", claim=claim, **about([claim]), **WORDS)


@bp.get("/me/evidence/<uuid:subject_id>/correct")
@signed_in
def correct_claim(subject_id: uuid.UUID) -> str:
    """The form to change a returned claim."""
    claim = policy.own_claim(current_actor(), subject_id)
    brief = case_view(case_of(claim)).brief
    if brief.state is not CaseState.RETURNED:
        raise Conflict(_("这件申报现在不能修改。"), why=_("它没有被退回，或已经重新提交。"))
    form = AmendForm.asking(_unit(claim), formdata=None, data=shown(claim))
    form.key.data = str(brief.round)
    return _page(claim, form, {})


@bp.post("/me/evidence/<uuid:subject_id>/correct")
@signed_in
def send_correction(subject_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Count anew, or hand the returned claim in again."""
    actor, form = current_actor(), AmendForm()
    claim = policy.own_claim(actor, subject_id)
    unit = form.asked_unit or _unit(claim)
    form.ask_in(unit)
    if not form.validate_on_submit():
        return _page(claim, form, {}), 422
    sent = Amendment(form.activity(claim.code, unit), form.seen_round, form.note.data or "", sent_proofs(CASE_KIND))
    try:
        if request.form.get("step") != "send":
            return _page(claim, form, {}, judge(claim, sent))
        amend(actor, subject_id, sent)
    except LmsError as refusal:
        if refusal.code == OTHER_UNIT:
            rule = queries.rule_on(claim.code, sent.activity.last_day)
            form = AmendForm.asking(rule.unit if rule else unit, formdata=None, data={**form.values(), "amount": None})
            return _page(claim, form, {}, refusal=refusal), 422
        if not refusal.fields:
            return _page(claim, form, {}, refusal=refusal), refusal.status
        return _page(claim, form, form.show_refusal(refusal)), 422
    flash(_("补正已提交，接着由退回的单位办理。"), "green")
    return redirect(url_for("credits.own_claim", claim_id=subject_id), 303)


def about(claims: Sequence[EvidenceClaim]) -> dict[str, Any]:
    """What pages show of claims beside themselves."""
    return {
        "rules": queries.rules_of(claims),
        "cases": queries.cases_of(claims),
        "standing": queries.standing_minutes([claim.id for claim in claims]),
    }


def _unit(claim: EvidenceClaim) -> Unit:
    return queries.rules_of([claim])[claim.rule_id].unit


def _page(
    claim: EvidenceClaim,
    form: AmendForm,
    wrong: dict[str, str],
    assessed: Assessment | None = None,
    refusal: LmsError | None = None,
) -> str:
    rule = assessed.rule if assessed else queries.rules_of([claim])[claim.rule_id]
    return render_template(
        "credits/evidence_correct.html",
        claim=claim,
        rule=rule,
        form=form,
        assessed=assessed,
        kind=asking_for(rule.proofs),
        wrong=wrong,
        refusal=refusal,
        **WORDS,
    )
