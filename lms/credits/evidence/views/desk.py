"""Officers' pages of claims: the list with its spreadsheet, and one claim."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import render_template, request
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals.queries import case_view
from lms.credits.evidence import export, policy, queries
from lms.credits.evidence.dto import ClaimFilter
from lms.credits.evidence.rules import ClaimState
from lms.credits.evidence.service.amending import case_of
from lms.credits.evidence.views.base import WORDS
from lms.credits.evidence.views.own_claims import about
from lms.credits.views import bp
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

AT_ONCE = 500
"""Claims of a spreadsheet that are looked up together: a statement takes only so many ids."""


@bp.get("/desk/hours/evidence")
@requires(policy.VIEW)
def unit_claims() -> str:
    """The claims in the officer's sight."""
    wanted = _wanted()
    page = paginate(queries.claims_seen(current_actor(), wanted), scalars=False)
    claims = [row[0] for row in page.rows]
    return render_template(
        "credits/evidence_desk.html",
        page=page,
        wanted=wanted,
        kinds=queries.kinds(),
        units=orgs.choices(access.visible_orgs(current_actor(), policy.VIEW)),
        **about(claims),
        **WORDS,
    )


@bp.get("/desk/hours/evidence.xlsx")
@requires(policy.VIEW)
def export_claims() -> Response:
    """The same list as a spreadsheet."""
    listed = queries.claims_seen(current_actor(), _wanted()).execution_options(yield_per=AT_ONCE)
    parts = db.session.execute(listed).partitions()
    content = export.claims_workbook([(claim, case) for claim, case in part] for part in parts)
    return download(_("校外学习申报 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.get("/desk/hours/evidence/<uuid:subject_id>")
@requires(policy.VIEW)
def desk_claim(subject_id: uuid.UUID) -> str:
    """One claim: stated, counted, why, and what still stands."""
    claim = policy.seen_claim(current_actor(), subject_id)
    view = case_view(case_of(claim))
    return render_template("credits/evidence_desk_claim.html", claim=claim, view=view, **about([claim]), **WORDS)


def _wanted() -> ClaimFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    return ClaimFilter(
        text=given.get("q", "").strip()[:60],
        code=given.get("kind", "")[:40],
        state=given.get("state", type=ClaimState),
        org_id=given.get("org", type=uuid.UUID),
        first_day=given.get("from", type=dt.date.fromisoformat),
        last_day=given.get("to", type=dt.date.fromisoformat),
    )
