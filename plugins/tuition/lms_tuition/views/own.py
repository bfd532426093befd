"""The person's pages about studies, for a phone: what they have, applying, correcting, the agreement."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import Conflict, LmsError
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, me, sent_proofs, signed_in
from lms.plugin_api.work import clock
from lms_tuition import policy
from lms_tuition.agreement import digest
from lms_tuition.cases import STUDY_CASE
from lms_tuition.explaining import recall_lines
from lms_tuition.forms import AmendStudyForm, SignForm, StudyForm
from lms_tuition.models import Study
from lms_tuition.queries import claims, schemes, studies
from lms_tuition.service import studying
from lms_tuition.views.base import bp


@bp.get("/me/tuition")
@signed_in
def own() -> str:
    """A person's studies with their claims, and what is paid for which degree."""
    found = studies.own(me())
    subjects = [one.study.id for one in found] + [claim.id for one in found for claim in one.claims]
    return render_template(
        "tuition/own.html", found=found, cases=studies.cases(subjects), offered=schemes.open_on(clock.today())
    )


@bp.get("/me/tuition/studies/new")
@signed_in
def new_study() -> str:
    """The form to apply for a study."""
    return _new_page(StudyForm(formdata=None, data={"key": new_id().hex}), {})


@bp.post("/me/tuition/studies/new")
@signed_in
def apply() -> tuple[str, int] | Response:
    """Apply. Sent twice, it is one application."""
    form = StudyForm().offer(list(schemes.open_on(clock.today())))
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            study_id = studying.apply(current_actor(), form.study(sent_proofs(STUDY_CASE)))
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("申请已提交，单位同意后会通知您签服务协议。"), "green")
            return redirect(url_for("tuition.own_study", study_id=study_id), 303)
    return _new_page(form, wrong), 422


@bp.get("/me/tuition/studies/<uuid:study_id>")
@signed_in
def own_study(study_id: uuid.UUID) -> str:
    """One study: where it is, what can be done now, its claims, its story."""
    study = policy.own_study(current_actor(), study_id)
    standing = studies.standing(study)
    recall = studies.recall(study_id)
    return render_template(
        "tuition/own_study.html",
        one=standing,
        study=study,
        terms=standing.revision.terms,
        cases=studies.cases([study.id, *(claim.id for claim in standing.claims)]),
        story=studies.story(study_id),
        drawn=claims.drawn(study_id),
        recall=recall,
        recall_lines=list(recall_lines(recall.lines)) if recall else [],
        debt=studies.debt(standing.claims),
    )


@bp.get("/me/tuition/studies/<uuid:subject_id>/correct")
@signed_in
def correct_study(subject_id: uuid.UUID) -> str:
    """The form to change a returned application."""
    study = policy.own_study(current_actor(), subject_id)
    brief = studies.cases([study.id]).get(study.id)
    if brief is None or brief.state != "returned":
        raise Conflict(_("这件申请现在不能修改。"), why=_("它没有被退回，或已经重新提交。"))
    return _correct_page(study, AmendStudyForm.showing(study, brief.round), {})


@bp.post("/me/tuition/studies/<uuid:subject_id>/correct")
@signed_in
def send_study_correction(subject_id: uuid.UUID) -> tuple[str, int] | Response:
    """Hand a returned application in again."""
    actor = current_actor()
    study = policy.own_study(actor, subject_id)
    form = AmendStudyForm()
    form.offer([study.level])
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            typed, answer = form.study(sent_proofs(STUDY_CASE)), form.note.data or ""
            studying.correct_study(actor, subject_id, typed, answer=answer, seen_round=form.key.data)
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("补正已提交，接着由退回的单位办理。"), "green")
            return redirect(url_for("tuition.own_study", study_id=subject_id), 303)
    return _correct_page(study, form, wrong), 422


@bp.get("/me/tuition/studies/<uuid:study_id>/agreement")
@signed_in
def agreement(study_id: uuid.UUID) -> str:
    """The agreement: to be signed, or as it was signed."""
    study = policy.own_study(current_actor(), study_id)
    signed = studies.agreement(study_id)
    text = signed.text if signed else studying.proposed_agreement(current_actor(), study_id)
    form = SignForm(formdata=None, data={"seen": digest(text)})
    return render_template("tuition/agreement.html", study=study, signed=signed, text=text, form=form)


@bp.post("/me/tuition/studies/<uuid:study_id>/agreement")
@signed_in
def sign(study_id: uuid.UUID) -> tuple[str, int] | Response:
    """Sign the agreement. Sent twice, it is signed once."""
    actor, form = current_actor(), SignForm()
    study = policy.own_study(actor, study_id)
    if form.validate_on_submit():
        try:
            studying.sign(actor, study_id, signed_as=form.signed_as.data, seen=form.seen.data)
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("服务协议已签好，可以报销学费了。"), "green")
            return redirect(url_for("tuition.own_study", study_id=study_id), 303)
    signed = studies.agreement(study_id)
    text = signed.text if signed else studying.proposed_agreement(actor, study_id)
    return render_template("tuition/agreement.html", study=study, signed=signed, text=text, form=form), 422


def _new_page(form: StudyForm, wrong: dict[str, str]) -> str:
    offered = schemes.open_on(clock.today())
    form.offer(list(offered))
    return render_template("tuition/new_study.html", form=form, wrong=wrong, kind=STUDY_CASE, offered=offered)


def _correct_page(study: Study, form: AmendStudyForm, wrong: dict[str, str]) -> str:
    name = services().people.person(me()).name
    return render_template(
        "tuition/correct_study.html", study=study, form=form, wrong=wrong, kind=STUDY_CASE, name=name
    )
