"""Notices for everybody: masked names, public facts, and the way to object. No sign-in."""

from __future__ import annotations

import uuid

from flask import render_template, request
from werkzeug.wrappers import Response

from lms.approvals import service, wording
from lms.approvals.dto import NewObjection
from lms.approvals.forms import ObjectionForm, ReceiptForm
from lms.approvals.models import CaseState
from lms.approvals.queries import notices as stored
from lms.approvals.views.base import bp
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_token
from lms.webkit.blueprint import public
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate
from lms.webkit.ratelimit import rate_limited

LIMIT = "approvals.objections_per_minute"


@bp.get("/notices")
@public
def notices() -> str:
    """Running notices and those ended lately."""
    page = paginate(stored.published())
    return render_template("approvals/notices.html", page=page, takes=stored.takes_objections, wording=wording)


@bp.get("/notices/<number>")
@public
def notice(number: str) -> str:
    """A notice: what it says, who is in it, until when, how to object."""
    found = stored.by_number(number)
    shown = stored.shows_names(found)
    entries = stored.entries(found.id) if shown else []
    return render_template(
        "approvals/notice.html",
        notice=found,
        shown=shown,
        entries=entries,
        columns=stored.public_columns(entries),
        takes=stored.takes_objections(found),
        states=CaseState,
        wording=wording,
    )


@bp.route("/notices/<number>/object", methods=["GET", "POST"])
@public
@rate_limited("approvals.object", LIMIT)
def object_to(number: str) -> str | tuple[str, int] | Response:
    """Object to an entry or to the notice as a whole; the answer is a receipt."""
    found = stored.by_number(number)
    if not stored.takes_objections(found):
        return render_template("approvals/notice_over.html", notice=found), 410
    entry = _entry(found.id)
    form = ObjectionForm()
    if form.validate_on_submit():
        new = NewObjection(
            name=form.name.data,
            contact=form.contact.data,
            body=form.body.data,
            key=(form.key.data or new_token())[:64],
            case_id=entry.entry.case_id if entry else None,
        )
        try:
            receipt = service.object_to(current_actor(), found.id, new)
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            return render_template("approvals/objected.html", notice=found, receipt=receipt)
    if not form.is_submitted():
        form.key.data = new_token()
    page = render_template("approvals/object.html", notice=found, entry=entry, form=form)
    return page, 422 if form.errors else 200


@bp.route("/notices/receipts", methods=["GET", "POST"])
@public
@rate_limited("approvals.object", LIMIT)
def receipt() -> str | tuple[str, int]:
    """What became of an objection, for whoever holds its receipt."""
    form = ReceiptForm()
    if not form.validate_on_submit():
        return render_template("approvals/receipt.html", form=form, found=None, missed=False, wording=wording)
    found = stored.by_receipt(form.receipt.data)
    page = render_template("approvals/receipt.html", form=form, found=found, missed=found is None, wording=wording)
    return page, 200 if found else 404


def _entry(notice_id: uuid.UUID) -> stored.EntryNow | None:
    """The line objected to, by its number in the notice; without one the whole notice is meant."""
    wanted = request.args.get("entry", type=int)
    if wanted is None:
        return None
    for one in stored.entries(notice_id):
        if one.entry.position == wanted and one.is_here:
            return one
    raise NotFound(_("公示名单里没有这一项，或它已经撤回。"))
