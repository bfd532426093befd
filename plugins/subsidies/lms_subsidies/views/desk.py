"""Officers' pages: a round with its funnel and list, one claim, a recall."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, download, paginate, requires
from lms.plugin_api.work import clock
from lms_payouts.api import ClaimState, paying_budget, payment_of
from lms_subsidies import explaining, policy
from lms_subsidies.dto import RoundLine
from lms_subsidies.export import round_workbook
from lms_subsidies.forms import SettleForm
from lms_subsidies.models import Claim
from lms_subsidies.queries import claims, rounds, schemes
from lms_subsidies.service import claiming, recalling
from lms_subsidies.service.closing import scheme_code
from lms_subsidies.views.base import bp, wanted_round


@bp.get("/desk/subsidies")
@requires(policy.VIEW)
def index() -> str:
    """How far a round has come, and everybody in it."""
    actor, wanted = current_actor(), wanted_round()
    page = paginate(rounds.lines(actor, wanted), scalars=False)
    lines = rounds.as_lines(page.rows)
    return render_template(
        "subsidies/round.html",
        page=page,
        lines=lines,
        cases=claims.cases(_claims(lines)),
        wanted=wanted,
        stages=rounds.stages(actor, wanted),
        schemes=schemes.known(),
        years=rounds.years(actor),
        units=services().orgs.choices(services().access.visible_orgs(actor, policy.VIEW)),
        today=clock.today(),
    )


@bp.get("/desk/subsidies/round.xlsx")
@requires(policy.VIEW)
def export_round() -> Response:
    """The same list as a spreadsheet."""
    content = round_workbook(rounds.every_line(current_actor(), wanted_round()))
    return download(_("持证奖励 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.get("/desk/subsidies/claims/<uuid:subject_id>")
@requires(policy.VIEW)
def desk_claim(subject_id: uuid.UUID) -> str:
    """One claim: what it rests on, where it is, whose budget pays, its story."""
    return _page(subject_id, SettleForm(formdata=None))


@bp.post("/desk/subsidies/claims/<uuid:subject_id>/recall")
@requires(policy.RECALL)
def settle_recall(subject_id: uuid.UUID) -> tuple[str, int] | Response:
    """Decide whether money that went out is to come back."""
    form = SettleForm()
    if form.validate_on_submit():
        try:
            recall = form.decision.data == "recall"
            recalling.settle_recall(current_actor(), subject_id, recall=recall, remark=form.note.data or "")
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("处理结果已记录。"), "green")
            return redirect(url_for("subsidies.desk_claim", subject_id=subject_id), 303)
    return _page(subject_id, form), 422


def _claims(lines: list[RoundLine]) -> list[Claim]:
    return [line.claim for line in lines if line.claim is not None]


def _page(claim_id: uuid.UUID, form: SettleForm) -> str:
    actor = current_actor()
    claim = claims.of_officer(actor, claim_id)
    revision, invitation = claims.revision_of(claim), claims.invitation_of(claim)
    story = claims.story(claim_id)
    lines = []
    if claim.state is ClaimState.IN_REVIEW:
        judged = claiming.judge(claim, invitation, revision.terms(claim.basis))
        lines = explaining.explained(judged.assessment)
    names = services().people.names([claim.person_id, *(one.by for one in story if one.by)])
    return render_template(
        "subsidies/desk_claim.html",
        claim=claim,
        revision=revision,
        invitation=invitation,
        case=claims.cases([claim]).get(claim.id),
        lines=lines,
        story=story,
        names=names,
        unit=services().orgs.paths([claim.org_id])[claim.org_id],
        payer=paying_budget(claim, revision.budget_level, scheme_code(revision.code)),
        payment=payment_of(claim),
        debt=claims.debt(claim),
        may_settle=claim.person_id != actor.person_id and services().access.can(actor, policy.RECALL, claim.org_id),
        form=form,
    )
