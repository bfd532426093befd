"""The person's pages about claims, for a phone: claiming, the claim, correcting it, another account."""

from __future__ import annotations

import uuid
from functools import partial

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import Conflict, LmsError
from lms.plugin_api.models import new_id
from lms.plugin_api.services import ProofFile, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, me, sent_proofs, signed_in
from lms_payouts.api import account_page, payment_of, require_to_pay, take_account
from lms_tuition import policy
from lms_tuition.cases import CLAIM_CASE, CLAIM_EXTRAS
from lms_tuition.claim_forms import AmendForm, ClaimForm
from lms_tuition.claim_models import Claim
from lms_tuition.models import SchemeRevision, Study
from lms_tuition.queries import claims, schemes, studies
from lms_tuition.rules import reckoned_then
from lms_tuition.service import claiming, paying
from lms_tuition.views.base import bp


@bp.get("/me/tuition/studies/<uuid:study_id>/claim")
@signed_in
def claim(study_id: uuid.UUID) -> str:
    """The form to claim what vouchers come to."""
    study = policy.own_study(current_actor(), study_id)
    name = services().people.person(me()).name
    form = ClaimForm(formdata=None, data={"key": new_id().hex, "line0_payer": name})
    return _claim_page(study, form, {})


@bp.post("/me/tuition/studies/<uuid:study_id>/claim")
@signed_in
def send_claim(study_id: uuid.UUID) -> tuple[str, int] | Response:
    """Claim. Sent twice, it is one claim."""
    actor = current_actor()
    study = policy.own_study(actor, study_id)
    form = _suited(ClaimForm(), study)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            claim_id = claiming.open_claim(actor, form.claim(study_id, _extras()))
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("报销已提交，进展会在这里和消息里告诉您。"), "green")
            return redirect(url_for("tuition.own_claim", claim_id=claim_id), 303)
    return _claim_page(study, form, wrong), 422


@bp.get("/me/tuition/claims/<uuid:claim_id>")
@signed_in
def own_claim(claim_id: uuid.UUID) -> str:
    """One claim: where it is, by when, its vouchers, its story, its payment."""
    found = policy.own_claim(current_actor(), claim_id)
    study, revision = _study(found)
    return render_template(
        "tuition/own_claim.html",
        claim=found,
        study=study,
        terms=revision.terms,
        case=studies.cases([found.id]).get(found.id),
        vouchers=claims.vouchers(claim_id),
        reckoning=reckoned_then(revision.terms, found.claimed_fen, found.left_fen),
        story=studies.story(study.id, claim_id),
        payment=payment_of(found),
        name=services().people.person(me()).name,
    )


@bp.get("/me/tuition/claims/<uuid:subject_id>/correct")
@signed_in
def correct_claim(subject_id: uuid.UUID) -> str:
    """The form to change a returned claim."""
    found = policy.own_claim(current_actor(), subject_id)
    brief = studies.cases([found.id]).get(found.id)
    if brief is None or brief.state != "returned":
        raise Conflict(_("这笔报销现在不能修改。"), why=_("它没有被退回，或已经重新提交。"))
    return _correct_page(found, AmendForm.showing(found, claims.vouchers(found.id), brief.round), {})


@bp.post("/me/tuition/claims/<uuid:subject_id>/correct")
@signed_in
def send_correction(subject_id: uuid.UUID) -> tuple[str, int] | Response:
    """Hand a returned claim in again."""
    actor = current_actor()
    found = policy.own_claim(actor, subject_id)
    study, _revision = _study(found)
    form = _suited(AmendForm(), study)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            claiming.correct_claim(actor, subject_id, form.amendment(_extras()))
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("补正已提交，接着由退回的单位办理。"), "green")
            return redirect(url_for("tuition.own_claim", claim_id=subject_id), 303)
    return _correct_page(found, form, wrong), 422


@bp.get("/me/tuition/claims/<uuid:claim_id>/account")
@signed_in
def account(claim_id: uuid.UUID) -> str:
    """The form for another account."""
    found = policy.own_claim(current_actor(), claim_id)
    require_to_pay(found)
    return account_page(found, payment_of(found), url_for("tuition.own_claim", claim_id=claim_id))


@bp.post("/me/tuition/claims/<uuid:claim_id>/account")
@signed_in
def send_account(claim_id: uuid.UUID) -> tuple[str, int] | Response:
    """Give the payment another account."""
    actor = current_actor()
    found = policy.own_claim(actor, claim_id)
    correct = partial(paying.correct_account, actor, claim_id)
    return take_account(found, payment_of(found), url_for("tuition.own_claim", claim_id=claim_id), correct)


def _extras() -> tuple[ProofFile, ...]:
    """The proofs beside the vouchers."""
    return tuple(one for one in sent_proofs(CLAIM_CASE) if one.kind in CLAIM_EXTRAS)


def _study(found: Claim) -> tuple[Study, SchemeRevision]:
    study = policy.own_study(current_actor(), found.study_id)
    return study, schemes.revision(study.revision_id)


def _suited(form: ClaimForm, study: Study) -> ClaimForm:
    form.suit(schemes.revision(study.revision_id).terms, graduated=study.graduated_on is not None)
    return form


def _claim_page(study: Study, form: ClaimForm, wrong: dict[str, str]) -> str:
    if "line0_cost" in form and not form["line0_cost"].choices:
        _suited(form, study)
    standing = studies.standing(study)
    terms = standing.revision.terms
    return render_template(
        "tuition/claim.html",
        one=standing,
        study=study,
        terms=terms,
        left=max(0, terms.cap_fen - claims.drawn(study.id)),
        form=form,
        wrong=wrong,
        kind=CLAIM_CASE,
        extras=CLAIM_EXTRAS,
        name=services().people.person(me()).name,
    )


def _correct_page(found: Claim, form: AmendForm, wrong: dict[str, str]) -> str:
    study, revision = _study(found)
    if not form["line0_cost"].choices:
        _suited(form, study)
    return render_template(
        "tuition/correct_claim.html",
        claim=found,
        study=study,
        terms=revision.terms,
        form=form,
        wrong=wrong,
        kind=CLAIM_CASE,
        extras=CLAIM_EXTRAS,
        name=services().people.person(me()).name,
    )
