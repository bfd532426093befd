"""Claiming on a phone: what kinds there are, the activity, what it will count and why, then the proofs."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.approvals.views.base import sent_proofs
from lms.credits.evidence import queries, rules
from lms.credits.evidence.cases import CASE_KIND, asking_for
from lms.credits.evidence.dto import Assessment, NewClaim
from lms.credits.evidence.forms import ClaimForm
from lms.credits.evidence.models import EvidenceRule
from lms.credits.evidence.service.assessing import OTHER_UNIT, assess
from lms.credits.evidence.service.claiming import submit
from lms.credits.evidence.views.base import WORDS
from lms.credits.views import bp
from lms.kernel import clock
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor, me


@bp.get("/me/evidence/new")
@signed_in
def evidence_kinds() -> str:
    """What can be claimed, and how each kind counts."""
    today = clock.today()
    found = (rules.claimable(kind.rules, today) for kind in queries.kinds())
    return render_template("credits/evidence_kinds.html", rules=[rule for rule in found if rule], **WORDS)


@bp.get("/me/evidence/new/<code>")
@signed_in
def new_claim(code: str) -> str:
    """The form for an activity."""
    rule = _rule_to_begin(code)
    form = ClaimForm.asking(rule.unit, formdata=None)
    form.key.data = new_id().hex
    return _form_page(rule, form)


@bp.post("/me/evidence/new/<code>")
@signed_in
def send_claim(code: str) -> str | tuple[str, int] | Response:
    """Show what the activity will count and why; sent from there, claim it. Sent twice, it is one claim."""
    today = _rule_to_begin(code)
    form = ClaimForm()
    unit = form.asked_unit or today.unit
    form.ask_in(unit)
    if not form.validate_on_submit():
        return _form_page(today, form), 422
    if request.form.get("step") == "edit":
        return _form_page(today, form)
    activity = form.activity(code, unit)
    try:
        if request.form.get("step") == "send":
            return _sent(NewClaim(form.key.data, activity, sent_proofs(CASE_KIND)))
        return _preview_page(form, assess(me(), activity), {})
    except LmsError as refusal:
        return _refused(code, today, form, refusal), refusal.status


def _sent(new: NewClaim) -> Response:
    claim_id = submit(current_actor(), new)
    flash(_("申报已提交，进展会在这里和消息里告诉您。"), "green")
    return redirect(url_for("credits.own_claim", claim_id=claim_id), 303)


def _refused(code: str, today: EvidenceRule, form: ClaimForm, refusal: LmsError) -> str:
    """Beside the fields of the form, above it, or at the proofs below the counting that was shown."""
    if refusal.code == OTHER_UNIT:
        rule = queries.rule_on(code, form.last_day.data) or today
        asked_anew = ClaimForm.asking(rule.unit, formdata=None, data={**form.values(), "amount": None})
        return _form_page(rule, asked_anew, refusal)
    if not refusal.fields:
        return _form_page(today, form, refusal)
    wrong = form.show_refusal(refusal)
    if wrong and not form.errors:
        return _preview_page(form, assess(me(), form.activity(code, form.asked_unit or today.unit)), wrong)
    return _form_page(today, form)


def _rule_to_begin(code: str) -> EvidenceRule:
    """The rule that the form begins with. Raises `NotFound` for a kind of which nothing can be claimed any more."""
    rule = rules.claimable(queries.kind(code).rules, clock.today())
    if rule is None:
        raise NotFound(_("现在不接受这类校外学习。"), todo=_("请从列表里选择。"))
    return rule


def _form_page(rule: EvidenceRule, form: ClaimForm, refusal: LmsError | None = None) -> str:
    return render_template("credits/evidence_form.html", rule=rule, form=form, refusal=refusal, **WORDS)


def _preview_page(form: ClaimForm, assessed: Assessment, wrong: dict[str, str]) -> str:
    return render_template(
        "credits/evidence_preview.html",
        form=form,
        assessed=assessed,
        kind=asking_for(assessed.rule.proofs),
        wrong=wrong,
        **WORDS,
    )
