"""Officers' pages about claims: the list, one claim with its vouchers beside their files, the checks."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, download, paginate, requires
from lms.plugin_api.work import clock, session
from lms_payouts.api import ClaimState, paying_budget, payment_of
from lms_tuition import policy
from lms_tuition.dto import VoucherView
from lms_tuition.export import claims_workbook
from lms_tuition.forms import CheckForm
from lms_tuition.models import Study
from lms_tuition.queries import claims, schemes, studies
from lms_tuition.rules import reckoned_then
from lms_tuition.service import checking
from lms_tuition.service.common import scheme_code
from lms_tuition.views.base import bp, wanted_claims


@bp.get("/desk/tuition")
@requires(policy.VIEW)
def index() -> str:
    """Claims in the officer's units, with sums by state."""
    actor, wanted = current_actor(), wanted_claims()
    page = paginate(claims.lines(actor, wanted), scalars=False)
    lines = claims.as_lines(page.rows)
    return render_template(
        "tuition/claims.html",
        page=page,
        lines=lines,
        cases=studies.cases([line.claim.id for line in lines]),
        wanted=wanted,
        sums=claims.sums(actor, wanted),
        years=claims.years(actor),
        units=services().orgs.choices(services().access.visible_orgs(actor, policy.VIEW)),
    )


@bp.get("/desk/tuition/claims.xlsx")
@requires(policy.VIEW)
def export_claims() -> Response:
    """The same list as a spreadsheet."""
    lines = claims.every_line(current_actor(), wanted_claims())
    return download(_("学费报销 %(day)s.xlsx", day=clock.today().isoformat()), claims_workbook(lines))


@bp.get("/desk/tuition/claims/<uuid:subject_id>")
@requires(policy.VIEW)
def desk_claim(subject_id: uuid.UUID) -> str:
    """One claim: every voucher beside its file, how the amount came about, the budget, the story."""
    return _page(subject_id, None, None)


@bp.post("/desk/tuition/claims/<uuid:subject_id>/vouchers/<uuid:voucher_id>")
@requires(policy.CHECK)
def check_voucher(subject_id: uuid.UUID, voucher_id: uuid.UUID) -> tuple[str, int] | Response:
    """Record what was found of a voucher."""
    form = CheckForm()
    if form.validate_on_submit():
        try:
            claim_id = checking.check_voucher(current_actor(), voucher_id, form.verdict.data, form.note.data or "")
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("核对结果已记录。"), "green")
            address = url_for("tuition.desk_claim", subject_id=claim_id, _anchor=f"voucher-{voucher_id}")
            return redirect(address, 303)
    return _page(subject_id, form, voucher_id), 422


def _page(claim_id: uuid.UUID, form: CheckForm | None, voucher_id: uuid.UUID | None) -> str:
    actor = current_actor()
    claim = claims.of_officer(actor, claim_id)
    study = session.get_one(Study, claim.study_id)
    revision = schemes.revision(study.revision_id)
    name = services().people.names([claim.person_id])[claim.person_id]
    found = claims.views(claim, study, name)
    story = studies.story(study.id, claim_id)
    may_check = services().access.can(actor, policy.CHECK, claim.org_id) and claim.person_id != actor.person_id
    return render_template(
        "tuition/desk_claim.html",
        claim=claim,
        study=study,
        terms=revision.terms,
        reckoning=reckoned_then(revision.terms, claim.claimed_fen, claim.left_fen),
        name=name,
        unit=services().orgs.paths([claim.org_id])[claim.org_id],
        case=studies.cases([claim.id]).get(claim.id),
        vouchers=found,
        forms={one.voucher.id: _form(one, form, voucher_id) for one in found},
        names=services().people.names([one.by for one in story if one.by]),
        story=story,
        payer=paying_budget(claim, revision.budget_level, scheme_code(study.level)),
        payment=payment_of(claim),
        may_check=may_check and claim.state is ClaimState.IN_REVIEW,
    )


def _form(one: VoucherView, posted: CheckForm | None, voucher_id: uuid.UUID | None) -> CheckForm:
    """The voucher's own form: what was posted for it, else what was found last."""
    if posted is not None and one.voucher.id == voucher_id:
        return posted
    return CheckForm(formdata=None, data={"verdict": one.verdict, "note": one.checked_note})
