"""The applicant's pages, for a phone: where an application stands, what is asked, what happened."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.approvals import kinds, policy, queries, rules, service, wording
from lms.approvals.dto import Correction
from lms.approvals.forms import CorrectionForm, WithdrawForm
from lms.approvals.models import RUNNING, CaseState
from lms.approvals.queries import cases
from lms.approvals.queries.story import story
from lms.approvals.views.base import bp, sent_proofs, subject_link
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/me/applications")
@signed_in
def own() -> str:
    """Every application of the person, those still running first."""
    page = paginate(queries.own_cases(current_actor()))
    return render_template(
        "approvals/own.html", page=page, views=cases.views(page.rows), wording=wording, running=RUNNING
    )


@bp.get("/me/applications/<uuid:case_id>")
@signed_in
def own_case(case_id: uuid.UUID) -> str:
    """One application: where it is, by when, what is asked, its story."""
    return _page(case_id, CorrectionForm(formdata=None), {})


@bp.post("/me/applications/<uuid:case_id>/resubmit")
@signed_in
def resubmit(case_id: uuid.UUID) -> tuple[str, int] | Response:
    """Answer a return: new proofs and a note, in one go."""
    actor, form = current_actor(), CorrectionForm()
    case = cases.row(case_id)
    policy.require_own(actor, case)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        correction = Correction(note=form.note.data or "", proofs=sent_proofs(kinds.require(case.kind)))
        try:
            service.resubmit(actor, case_id, correction, seen_round=int(form.round.data or 0))
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("补正已提交，接着由退回的单位办理。"), "green")
            return redirect(url_for("approvals.own_case", case_id=case_id), 303)
    return _page(case_id, form, wrong), 422


@bp.post("/me/applications/<uuid:case_id>/proofs")
@signed_in
def add_proofs(case_id: uuid.UUID) -> tuple[str, int] | Response:
    """Add proofs before anybody has decided."""
    actor, case = current_actor(), cases.row(case_id)
    policy.require_own(actor, case)
    files = sent_proofs(kinds.require(case.kind))
    if not files:
        flash(_("没有选择文件。"), "amber")
        return redirect(url_for("approvals.own_case", case_id=case_id), 303)
    try:
        service.add_proofs(actor, case_id, files)
    except LmsError as refusal:
        form = CorrectionForm(formdata=None)
        return _page(case_id, form, form.show_refusal(refusal)), 422
    flash(_("证明材料已加上。"), "green")
    return redirect(url_for("approvals.own_case", case_id=case_id), 303)


@bp.post("/me/applications/<uuid:case_id>/withdraw")
@signed_in
def withdraw(case_id: uuid.UUID) -> Response:
    """Take an application back."""
    form = WithdrawForm()
    service.withdraw(current_actor(), case_id, (form.reason.data or "") if form.validate() else "")
    flash(_("申请已撤回。"), "green")
    return redirect(url_for("approvals.own_case", case_id=case_id), 303)


def _page(case_id: uuid.UUID, form: CorrectionForm, wrong: dict[str, str]) -> str:
    row = cases.row(case_id)
    policy.require_own(current_actor(), row)
    view = queries.case_view(case_id)
    kind, brief = kinds.find(view.brief.kind), view.brief
    form.round.data = brief.round
    more: dict[str, Any] = {}
    if brief.state is CaseState.OPEN and not view.decisions:
        more["may_add"] = bool(kind and kind.proofs)
    asked = {one.item for one in view.last_return.missing} if view.last_return else set()
    keys = [proof.key for proof in kind.proofs] if kind else []
    return render_template(
        "approvals/own_case.html",
        view=view,
        kind=kind,
        story=story(view),
        form=form,
        withdraw_form=WithdrawForm(formdata=None),
        wrong=wrong,
        is_running=brief.state in RUNNING,
        correct_href=subject_link(kind.correct_endpoint, brief.subject_id) if kind else "",
        wording=wording,
        states=CaseState,
        asked_proofs=[key for key in keys if rules.proof_item(key) in asked],
        more_proofs=[key for key in keys if rules.proof_item(key) not in asked],
        **more,
    )
