"""The officers' lists: who may be given a certificate, what was issued, cohorts, rosters to verify."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.certificates import exports, queries, service, wording
from lms.certificates.dto import Candidate, IssuedFilter
from lms.certificates.forms import RosterForm
from lms.certificates.models import CertificateKind
from lms.certificates.rules import Status
from lms.certificates.views.base import bp
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.requirements import checking
from lms.webkit import uploads
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

ROSTER_MEGABYTES = 5


@bp.get("/desk/certificates")
@requires("certificate:view")
def waiting() -> str | Response:
    """Who may be given a certificate now, in the units the officer answers for; who only looks sees the issued ones."""
    actor, kinds = current_actor(), queries.kinds()
    if not actor.holds("certificate:issue"):
        return redirect(url_for("certificates.issued"))
    kind = _chosen(kinds)
    text, org_id = request.args.get("q", "").strip()[:60], request.args.get("org", type=uuid.UUID)
    page = None
    rows: list[Candidate] = []
    findings: checking.Findings = {}
    if kind is not None:
        page = paginate(queries.candidates(actor, kind, org_id=org_id, text=text), scalars=False)
        rows = [queries.candidate(row) for row in page.rows]
        findings = checking.shown(kind.requirements, [row.person_id for row in rows], clock.today())
    return render_template(
        "certificates/waiting.html",
        kinds=kinds,
        kind=kind,
        page=page,
        rows=rows,
        findings=findings,
        text=text,
        org_id=org_id,
        units=orgs.choices(access.visible_orgs(actor, "certificate:issue")),
        batches=queries.own_batches(actor, 5),
    )


@bp.post("/desk/certificates/issue")
@requires("certificate:issue")
def issue() -> Response:
    """Issue to the ticked persons, or to everybody of the filtered list: one at once, more in the background."""
    actor, kind = current_actor(), queries.kind(request.form.get("kind", ""))
    name = "only" if "only" in request.form else "person"
    chosen = _everybody(kind) if request.form.get("all") else request.form.getlist(name, type=uuid.UUID)
    if len(chosen) == 1:
        certificate_id = service.issue(actor, kind.code, chosen[0])
        flash(_("证书已签发，PDF 正在生成。"), "green")
        return redirect(url_for("certificates.show", certificate_id=certificate_id))
    batch_id = service.request_issue(actor, kind.code, chosen)
    return redirect(url_for("certificates.batch", batch_id=batch_id))


@bp.get("/desk/certificates/batches/<uuid:batch_id>")
@requires("certificate:issue")
def batch(batch_id: uuid.UUID) -> str:
    """A cohort's progress and what became of each person."""
    found = queries.batch(current_actor(), batch_id)
    people = [uuid.UUID(person) for person in found.person_ids]
    return render_template(
        "certificates/batch.html",
        batch=found,
        kind=queries.kind(found.kind),
        names=queries.names(people),
        people=people,
        outcome=found.outcome or {},
    )


@bp.get("/desk/certificates/issued")
@requires("certificate:view")
def issued() -> str:
    """What was issued, with search and filter."""
    wanted = _wanted()
    page = paginate(queries.issued(current_actor(), wanted), scalars=False)
    return render_template(
        "certificates/issued.html",
        page=page,
        rows=queries.as_issued(page.rows),
        kinds=queries.kinds(),
        wanted=wanted,
        today=clock.today(),
        wording=wording,
    )


@bp.get("/desk/certificates/issued.xlsx")
@requires("certificate:view")
def export_issued() -> Response:
    """The same list as a spreadsheet."""
    found = queries.streamed(queries.issued(current_actor(), _wanted()))
    content = exports.issued_workbook(found, clock.today())
    return download(_("证书 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.route("/desk/certificates/roster", methods=["GET", "POST"])
@requires("certificate:view")
def roster() -> str | Response:
    """Upload names and numbers; the same sheet comes back with what each certificate is worth."""
    form = RosterForm()
    if form.validate_on_submit():
        try:
            upload = uploads.accept(form.file.data, (uploads.XLSX,), megabytes=ROSTER_MEGABYTES)
            return download(_("查验结果 %(name)s", name=upload.name), exports.verified_roster(upload.content))
        except LmsError as error:
            if not form.take_errors(error):
                form.file.errors = [str(error)]
    return render_template("certificates/roster.html", form=form)


def _chosen(kinds: Sequence[CertificateKind]) -> CertificateKind | None:
    wanted = request.args.get("kind", "")
    return next((kind for kind in kinds if kind.code == wanted), kinds[0] if kinds else None)


def _everybody(kind: CertificateKind) -> list[uuid.UUID]:
    """All candidates of the list as it was filtered."""
    listed = queries.candidates(
        current_actor(),
        kind,
        org_id=request.form.get("org", type=uuid.UUID),
        text=request.form.get("q", "").strip()[:60],
    ).subquery()
    return list(db.session.scalars(select(listed.c.person_id)))


def _wanted() -> IssuedFilter:
    given = request.args
    return IssuedFilter(
        text=given.get("q", "").strip()[:60], kind=given.get("kind", ""), status=given.get("status", type=Status)
    )
