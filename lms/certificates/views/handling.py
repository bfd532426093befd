"""One certificate on an officer's desk: its content and story, revoking, correcting, printing again."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.certificates import policy, queries, service, wording
from lms.certificates.forms import ReasonForm
from lms.certificates.rules import Status
from lms.certificates.views.base import bp
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.people.models import Person
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/certificates/<uuid:certificate_id>")
@requires("certificate:view")
def show(certificate_id: uuid.UUID) -> str:
    """Everything about one certificate."""
    actor = current_actor()
    found = queries.one(certificate_id)
    policy.require(actor, "certificate:view", found.certificate)
    today = clock.today()
    status = found.status_on(today)
    return render_template(
        "certificates/show.html",
        found=found,
        claims=found.claims,
        ending=queries.ending(certificate_id),
        status=status,
        sentence=wording.sentence(found, today),
        running=status in {Status.VALID, Status.NOT_YET, Status.EXPIRED},
        person=db.session.get_one(Person, found.certificate.person_id),
        wording=wording,
    )


@bp.route("/desk/certificates/<uuid:certificate_id>/revoke", methods=["GET", "POST"])
@requires("certificate:revoke")
def revoke(certificate_id: uuid.UUID) -> str | Response:
    """Take a certificate back, with a reason."""
    found, form = queries.one(certificate_id), ReasonForm()
    policy.require(current_actor(), "certificate:revoke", found.certificate)
    if form.validate_on_submit():
        service.revoke(current_actor(), certificate_id, form.reason.data or "")
        flash(_("证书已撤销，查验页面立即显示。"), "amber")
        return redirect(url_for("certificates.show", certificate_id=certificate_id))
    return render_template("certificates/revoke.html", form=form, found=found, claims=found.claims)


@bp.route("/desk/certificates/<uuid:certificate_id>/correct", methods=["GET", "POST"])
@requires("certificate:issue")
def correct(certificate_id: uuid.UUID) -> str | Response:
    """Issue a new certificate with the name as it now stands in the person's record."""
    found, form = queries.one(certificate_id), ReasonForm()
    policy.require(current_actor(), "certificate:issue", found.certificate)
    if form.validate_on_submit():
        new_id = service.correct(current_actor(), certificate_id, form.reason.data or "")
        flash(_("已签发更正后的新证书，原证书同时失效。"), "green")
        return redirect(url_for("certificates.show", certificate_id=new_id))
    person = db.session.get_one(Person, found.certificate.person_id)
    return render_template("certificates/correct.html", form=form, found=found, claims=found.claims, person=person)


@bp.post("/desk/certificates/<uuid:certificate_id>/print")
@requires("certificate:issue")
def reprint(certificate_id: uuid.UUID) -> Response:
    """Ask once more for a PDF that is still missing; one that exists stays as it is."""
    found = queries.one(certificate_id)
    policy.require(current_actor(), "certificate:issue", found.certificate)
    if not found.printed:
        service.request_printing(current_actor(), certificate_id)
        flash(_("已重新排队生成 PDF。"), "green")
    return redirect(url_for("certificates.show", certificate_id=certificate_id))
