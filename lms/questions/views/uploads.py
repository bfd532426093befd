"""Bringing a file of items into a bank: upload, look at what it would do, apply."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.kernel.errors import Conflict, Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.questions import formats, kinds, queries, service
from lms.questions.forms import ApplyForm, UploadForm
from lms.questions.rules import letters
from lms.questions.service.uploads import MEGABYTES
from lms.questions.views.base import bp
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.route("/desk/banks/<slug>/upload", methods=["GET", "POST"])
@requires("bank:edit")
def upload(slug: str) -> str | tuple[str, int] | Response:
    """Choose a file; it is kept and checked, nothing is written."""
    actor = current_actor()
    bank = queries.bank(actor, slug, "bank:edit")
    form, known = UploadForm(), formats.offered()
    form.format.choices = [("", _("按文件的扩展名")), *((key, one.title) for key, one in known.items())]
    status = 200
    if form.validate_on_submit():
        sent = form.file.data
        name = (sent.filename or "") if sent else ""
        content = sent.stream.read((MEGABYTES << 20) + 1) if sent else b""
        try:
            file_id = service.keep_upload(actor, slug, name, content, form.format.data)
            return redirect(url_for("questions.check", slug=slug, file_id=file_id))
        except LmsError as error:
            if not form.take_errors(error):
                raise
            status = error.status
    page = render_template("questions/upload.html", bank=bank, form=form, formats=known.values(), limit=MEGABYTES)
    return page, status


@bp.get("/desk/banks/<slug>/uploads/<uuid:file_id>")
@requires("bank:edit")
def check(slug: str, file_id: uuid.UUID) -> str:
    """What the file would do to the bank, problem by problem and item by item."""
    actor = current_actor()
    bank = queries.bank(actor, slug, "bank:edit")
    checked = service.check_upload(actor, slug, file_id)
    return render_template(
        "questions/check.html",
        bank=bank,
        check=checked,
        form=ApplyForm(data={"seal": checked.seal}),
        kinds=kinds,
        letters=letters,
    )


@bp.post("/desk/banks/<slug>/uploads/<uuid:file_id>")
@requires("bank:edit")
def apply(slug: str, file_id: uuid.UUID) -> Response:
    """Write the checked file into the bank."""
    form = ApplyForm()
    try:
        report = service.apply_upload(current_actor(), slug, file_id, seal=form.seal.data or "")
    except (Conflict, Invalid) as error:
        flash(str(error), "amber")
        return redirect(url_for("questions.check", slug=slug, file_id=file_id))
    if report.new or report.changed:
        flash(_("已写入：新增 %(new)d 题，修改 %(changed)d 题。", new=report.new, changed=report.changed), "green")
    else:
        flash(_("题库里已经是这些内容，没有改动。"), "green")
    return redirect(url_for("questions.bank", slug=slug))
