"""A claim as its claimant sees it: where it is, its story, and what may have to be put right."""

from __future__ import annotations

import uuid
from functools import partial

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import Conflict, LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, me, sent_proofs, signed_in
from lms_payouts.api import account_page, payment_of, require_to_pay, take_account
from lms_subsidies import explaining, policy
from lms_subsidies.cases import CASE_KIND
from lms_subsidies.forms import AmendForm
from lms_subsidies.models import Claim
from lms_subsidies.queries import claims
from lms_subsidies.rules import Terms
from lms_subsidies.service import claiming, correcting, paying
from lms_subsidies.views.base import bp


@bp.get("/me/subsidies/claims/<uuid:claim_id>")
@signed_in
def own_claim(claim_id: uuid.UUID) -> str:
    """One claim: where it is, by when, its story, its payment."""
    found = policy.own_claim(current_actor(), claim_id)
    return render_template(
        "subsidies/own_claim.html",
        claim=found,
        revision=claims.revision_of(found),
        invitation=claims.invitation_of(found),
        case=claims.cases([found]).get(found.id),
        story=claims.story(claim_id),
        payment=payment_of(found),
        debt=claims.debt(found),
        name=services().people.person(me()).name,
    )


@bp.get("/me/subsidies/claims/<uuid:subject_id>/correct")
@signed_in
def correct(subject_id: uuid.UUID) -> str:
    """The form to change a returned claim."""
    found = policy.own_claim(current_actor(), subject_id)
    brief = claims.cases([found]).get(found.id)
    if brief is None or brief.state != "returned":
        raise Conflict(_("这笔申领现在不能修改。"), why=_("它没有被退回，或已经重新提交。"))
    typed = {"key": brief.round, "bank_name": found.bank_name, **dict.fromkeys(found.declared, True)}
    return _correct_page(found, _asking(AmendForm(formdata=None, data=typed), found), {})


@bp.post("/me/subsidies/claims/<uuid:subject_id>/correct")
@signed_in
def send_correction(subject_id: uuid.UUID) -> tuple[str, int] | Response:
    """Hand a returned claim in again."""
    actor = current_actor()
    found = policy.own_claim(actor, subject_id)
    form = _asking(AmendForm(), found)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            correcting.correct_claim(actor, subject_id, form.amendment(sent_proofs(CASE_KIND)))
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("补正已提交，接着由退回的单位办理。"), "green")
            return redirect(url_for("subsidies.own_claim", claim_id=subject_id), 303)
    return _correct_page(found, form, wrong), 422


@bp.get("/me/subsidies/claims/<uuid:claim_id>/account")
@signed_in
def account(claim_id: uuid.UUID) -> str:
    """The form for another account."""
    found = policy.own_claim(current_actor(), claim_id)
    require_to_pay(found)
    return account_page(found, payment_of(found), url_for("subsidies.own_claim", claim_id=claim_id))


@bp.post("/me/subsidies/claims/<uuid:claim_id>/account")
@signed_in
def send_account(claim_id: uuid.UUID) -> tuple[str, int] | Response:
    """Give the payment another account."""
    actor = current_actor()
    found = policy.own_claim(actor, claim_id)
    correct = partial(paying.correct_account, actor, claim_id)
    return take_account(found, payment_of(found), url_for("subsidies.own_claim", claim_id=claim_id), correct)


def _terms(claim: Claim) -> Terms:
    return claims.revision_of(claim).terms(claim.basis)


def _asking(form: AmendForm, claim: Claim) -> AmendForm:
    """The form with those declarations only that the terms want."""
    form.ask_for([one.kind for one in _terms(claim).conditions])
    return form


def _correct_page(claim: Claim, form: AmendForm, wrong: dict[str, str]) -> str:
    judged = claiming.judge(claim, claims.invitation_of(claim), _terms(claim))
    return render_template(
        "subsidies/correct.html",
        claim=claim,
        revision=claims.revision_of(claim),
        lines=explaining.explained(judged.assessment),
        form=form,
        wrong=wrong,
        kind=CASE_KIND,
        name=services().people.person(me()).name,
    )
