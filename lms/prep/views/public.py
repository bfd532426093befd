"""What everybody may open: what preparation is, and signing up for it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access.views.identify import device, set_cookie
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES
from lms.people.service import public as people
from lms.prep import consent
from lms.prep.forms import DocumentForm, SignUpForm
from lms.prep.models import Source
from lms.prep.queries import papers, ready, sign_ups
from lms.prep.service import signing_up
from lms.prep.views.base import WORDS, bp, show_on
from lms.webkit.blueprint import public, signed_in
from lms.webkit.identity import current_actor, me
from lms.webkit.ratelimit import rate_limited

SIGN_UP_RATE = "prep.sign_ups_a_minute"


@bp.get("/prep")
@public
def index() -> str:
    """The subjects; with a person's own readiness, or how to sign up."""
    person_id = current_actor().person_id
    subjects = papers.open_subjects()
    if person_id is None:
        return render_template("prep/welcome.html", subjects=subjects, **WORDS)
    found = [ready.ready(person_id, subject) for subject in subjects]
    return render_template("prep/index.html", found=found, sign_up=sign_ups.own(person_id), **WORDS)


@bp.route("/prep/sign-up", methods=["GET", "POST"])
@public
@rate_limited("prep_sign_up", SIGN_UP_RATE)
def sign_up() -> Any:
    """Sign up: open to everybody, limited by address, with a trap in place of a picture to read."""
    if not current_actor().is_anonymous:
        return redirect(url_for("prep.index"))
    form, refusal = SignUpForm(), None
    counties = [unit for unit in orgs.children(orgs.city().id) if unit.kind in COUNTIES]
    form.offer(counties)
    if form.validate_on_submit():
        try:
            signing_up.require_nothing_hidden(form.website.data or "")
            opened = signing_up.sign_up(form.sign_up(), device())
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("报名成功，您已登录。"), "green")
            response = redirect(url_for("prep.index"), 303)
            set_cookie(response, opened)  # type: ignore[arg-type]
            return response
    if not form.is_submitted():
        form.key.data = new_id().hex
        form.source.data = request.args.get("from", Source.COMMUNITY.value)[:20]
    form.consent_version.data = consent.CURRENT
    page = render_template(
        "prep/sign_up.html", form=form, refusal=refusal, consent=consent.TEXTS[consent.CURRENT], **WORDS
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/me/sign-up", methods=["GET", "POST"])
@signed_in
@rate_limited("prep_document", SIGN_UP_RATE)
def own_sign_up() -> str | tuple[str, int] | Response:
    """What one's sign-up says, and the identity document that is added when it is needed."""
    form, refusal = DocumentForm(), None
    if form.validate_on_submit():
        try:
            people.add_own_document(current_actor(), form.kind, form.number.data or "")
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("证件已登记。"), "green")
            return redirect(url_for("prep.own_sign_up"), 303)
    row = sign_ups.own(me())
    page = render_template(
        "prep/own_sign_up.html",
        row=row,
        county=orgs.unit(row.org_id).name if row else "",
        has_document=people.has_document(me()),
        consent=consent.TEXTS.get(row.consent, ()) if row else (),
        form=form,
        refusal=refusal,
        **WORDS,
    )
    return (page, 422) if form.is_submitted() else page
