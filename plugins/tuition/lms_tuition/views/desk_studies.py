"""Officers' pages about studies: the list, one study with its service, the graduation, an early leave."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import yuan
from lms.plugin_api.views import BaseForm, current_actor, download, paginate, requires
from lms.plugin_api.work import clock
from lms_tuition import explaining, policy
from lms_tuition.dto import Standing
from lms_tuition.export import studies_workbook
from lms_tuition.forms import GraduationForm, LeaveForm
from lms_tuition.queries import claims, studies
from lms_tuition.service import recalling, studying
from lms_tuition.views.base import bp, wanted_studies


@bp.get("/desk/tuition/studies")
@requires(policy.VIEW)
def desk_studies() -> str:
    """Studies in the officer's units."""
    actor, wanted = current_actor(), wanted_studies()
    page = paginate(studies.lines(actor, wanted), scalars=False)
    return render_template(
        "tuition/studies.html",
        page=page,
        lines=studies.as_lines(page.rows),
        wanted=wanted,
        units=services().orgs.choices(services().access.visible_orgs(actor, policy.VIEW)),
    )


@bp.get("/desk/tuition/studies.xlsx")
@requires(policy.VIEW)
def export_studies() -> Response:
    """The same list as a spreadsheet."""
    lines = studies.every_line(current_actor(), wanted_studies())
    return download(_("学历进修 %(day)s.xlsx", day=clock.today().isoformat()), studies_workbook(lines))


@bp.get("/desk/tuition/studies/<uuid:subject_id>")
@requires(policy.VIEW)
def desk_study(subject_id: uuid.UUID) -> str:
    """One study. A day of leaving in the address shows what would have to be paid back."""
    data = {"left_on": request.args.get("left_on", type=dt.date.fromisoformat)}
    return _page(subject_id, GraduationForm(formdata=None), LeaveForm(formdata=None, data=data))


@bp.post("/desk/tuition/studies/<uuid:subject_id>/graduation")
@requires(policy.STUDY_EDIT)
def record_graduation(subject_id: uuid.UUID) -> tuple[str, int] | Response:
    """Record a graduation."""
    form = GraduationForm()
    if form.validate_on_submit():
        try:
            studying.record_graduation(current_actor(), subject_id, form.graduated_on.data, form.diploma_number.data)
        except LmsError as refusal:
            _take(form, refusal)
        else:
            flash(_("毕业已登记。"), "green")
            return redirect(url_for("tuition.desk_study", subject_id=subject_id), 303)
    return _page(subject_id, form, LeaveForm(formdata=None)), 422


@bp.post("/desk/tuition/studies/<uuid:subject_id>/leave")
@requires(policy.RECALL)
def record_leave(subject_id: uuid.UUID) -> tuple[str, int] | Response:
    """Record that somebody left early, with what is to come back."""
    form = LeaveForm()
    if form.validate_on_submit():
        try:
            total = recalling.record_leave(current_actor(), subject_id, form.left_on.data, form.reason.data)
        except LmsError as refusal:
            _take(form, refusal)
        else:
            said = _("已登记，应退还 %(amount)s。", amount=yuan(total)) if total else _("已登记，没有应退还的。")
            flash(said, "green")
            return redirect(url_for("tuition.desk_study", subject_id=subject_id), 303)
    return _page(subject_id, GraduationForm(formdata=None), form), 422


def _take(form: BaseForm, refusal: LmsError) -> None:
    if not form.take_errors(refusal):
        raise refusal


def _page(study_id: uuid.UUID, graduation: GraduationForm, leave: LeaveForm) -> str:
    actor = current_actor()
    study = studies.of_officer(actor, study_id)
    standing = studies.standing(study)
    story, recall = studies.story(study_id), studies.recall(study_id)
    can, open_ = services().access.can, standing.may_sign_or_claim
    others = study.person_id != actor.person_id
    return render_template(
        "tuition/desk_study.html",
        one=standing,
        study=study,
        terms=standing.revision.terms,
        name=services().people.names([study.person_id])[study.person_id],
        names=services().people.names([one.by for one in story if one.by]),
        unit=services().orgs.paths([study.org_id])[study.org_id],
        case=studies.cases([study.id]).get(study.id),
        agreement=studies.agreement(study_id),
        employments=services().people.employments(study.person_id),
        story=story,
        drawn=claims.drawn(study_id),
        recall=recall,
        recall_lines=list(explaining.recall_lines(recall.lines)) if recall else [],
        preview=_preview(standing, leave),
        debt=studies.debt(standing.claims),
        graduation=graduation,
        leave=leave,
        may_graduate=open_ and others and study.graduated_on is None and can(actor, policy.STUDY_EDIT, study.org_id),
        may_recall=open_ and others and can(actor, policy.RECALL, study.org_id),
    )


def _preview(standing: Standing, leave: LeaveForm) -> list[explaining.RecallLine] | None:
    """What would have to be paid back for the day in the form; None while there is none."""
    if leave.left_on.data is None or not standing.may_sign_or_claim:
        return None
    lines = recalling.owed_lines(standing.study, standing.claims, leave.left_on.data)
    return list(explaining.recall_lines(explaining.owed_plain(lines)))
