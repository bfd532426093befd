"""The holder's certificates, and the one way to a PDF for holders and officers alike."""

from __future__ import annotations

import uuid

from flask import render_template
from werkzeug.wrappers import Response

from lms.certificates import policy, queries, wording
from lms.certificates.models import CertificateDocument
from lms.certificates.views.base import bp
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.webkit.blueprint import signed_in
from lms.webkit.downloads import PDF, download
from lms.webkit.identity import current_actor, me


@bp.get("/certificates")
@signed_in
def own() -> str:
    """Every certificate of the person."""
    return render_template("certificates/own.html", found=queries.own(me()), today=clock.today(), wording=wording)


@bp.get("/certificates/<uuid:certificate_id>.pdf")
@signed_in
def document(certificate_id: uuid.UUID) -> Response:
    """The printed certificate, for its holder and for officers who see it. Anybody else learns nothing."""
    actor = current_actor()
    certificate = queries.one(certificate_id).certificate
    if certificate.person_id != actor.person_id:
        policy.require(actor, "certificate:view", certificate)
    stored = db.session.get(CertificateDocument, certificate_id)
    if stored is None:
        raise NotFound(_("证书的 PDF 正在生成。"), todo=_("请过一会儿再下载。"))
    return download(f"{certificate.number}.pdf", kernel().files.read(stored.file_id), PDF, inline=True)
