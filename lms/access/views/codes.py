"""Activation codes of a unit, as a sheet or as slips to cut."""

from __future__ import annotations

import secrets
from typing import Any

from flask import render_template, request

from lms.access import queries
from lms.access.blueprint import bp
from lms.access.dto import Invitation
from lms.access.forms import CodesForm
from lms.access.service import activation
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook
from lms.webkit.templating import day


@bp.route("/desk/activation-codes", methods=["GET", "POST"])
@requires("account:invite")
def codes() -> Any:
    """The answer to the form is the document itself: codes are shown once and stored nowhere in clear."""
    actor = current_actor()
    form = CodesForm(batch=secrets.token_urlsafe(16))
    if form.validate_on_submit() and form.batch.data:
        try:
            unit = queries.typed_unit(actor, activation.INVITE, form.unit.data)
            name = unit.name
            made = activation.make_codes(actor, unit.id, batch=form.batch.data, again=form.again.data)
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            if made.slips and request.form.get("as") == "xlsx":
                return _sheet(name, made)
            return render_template("access/slips.html", made=made, unit=name, address=activation_address())
    tops = queries.tops_for(actor, activation.INVITE)
    return render_template("access/codes.html", form=form, tops=tops), 422 if form.is_submitted() else 200


def _sheet(unit: str, made: Invitation) -> Any:
    titles = (_("单位"), _("姓名"), _("开通码"), _("最后一天"), _("开通地址"))
    rows = [(slip.unit, slip.name, slip.code, day(slip.expires_at), activation_address()) for slip in made.slips]
    content = write_workbook([SheetPlan(_("开通码"), [Column(title, 24) for title in titles], rows)])
    return download(_("%(unit)s 开通码.xlsx", unit=unit), content)


def activation_address() -> str:
    return f"{kernel().config.base_url.rstrip('/')}/activate"
