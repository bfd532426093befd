"""The claimant's pages, for a phone: what can be claimed, why or why not, and the claim itself."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, me, sent_proofs, signed_in
from lms_subsidies import explaining, wording
from lms_subsidies.cases import CASE_KIND
from lms_subsidies.dto import Offer
from lms_subsidies.forms import ClaimForm
from lms_subsidies.queries import claims
from lms_subsidies.service import claiming
from lms_subsidies.views.base import bp


@bp.get("/me/subsidies")
@signed_in
def own() -> str:
    """Open invitations first, then every claim with where it stands."""
    made = claims.own_claims(me())
    return render_template(
        "subsidies/own.html",
        offers=claims.offers(me()),
        claims=made,
        cases=claims.cases([claim for claim, _revision in made]),
    )


@bp.get("/me/subsidies/<uuid:invitation_id>")
@signed_in
def claim(invitation_id: uuid.UUID) -> str:
    """An award's conditions line by line and, when all hold, the form to claim it."""
    offer = claims.offer(current_actor(), invitation_id)
    return _page(offer, _asking(ClaimForm(formdata=None, data={"key": new_id().hex}), offer), {})


@bp.post("/me/subsidies/<uuid:invitation_id>")
@signed_in
def send_claim(invitation_id: uuid.UUID) -> tuple[str, int] | Response:
    """Claim. Sent twice, it is one claim."""
    actor = current_actor()
    offer = claims.offer(actor, invitation_id)
    form = _asking(ClaimForm(), offer)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            claim_id = claiming.open_claim(actor, form.claim(invitation_id, sent_proofs(CASE_KIND)))
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("申领已提交，进展会在这里和消息里告诉您。"), "green")
            return redirect(url_for("subsidies.own_claim", claim_id=claim_id), 303)
    return _page(offer, form, wrong), 422


def _asking(form: ClaimForm, offer: Offer) -> ClaimForm:
    """The form with those declarations only that the terms want."""
    wanted = offer.revision.terms(offer.invitation.basis).conditions if offer.revision else ()
    form.ask_for([one.kind for one in wanted])
    return form


def _page(offer: Offer, form: ClaimForm, wrong: dict[str, str]) -> str:
    lines = explaining.explained(offer.assessment) if offer.assessment else []
    return render_template(
        "subsidies/claim.html",
        offer=offer,
        lines=lines,
        form=form,
        wrong=wrong,
        kind=CASE_KIND,
        name=services().people.person(me()).name,
        basis=wording.basis(offer.invitation.basis),
    )
