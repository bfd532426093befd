"""Officers' pages: exams and their dates."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.exams import queries, service, wording
from lms.exams.dto import Blueprint
from lms.exams.forms import ExamForm, SessionForm
from lms.exams.service.exams import explain_shortage, shortages
from lms.exams.views.blueprint import bp
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.learning.queries import published_titles
from lms.questions import kinds
from lms.questions import queries as questions
from lms.questions.dto import BankRow
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/exams")
@requires("exam:view")
def desk_index() -> str:
    """Every exam in sight."""
    return render_template("exams/desk_index.html", rows=queries.exams(current_actor()))


@bp.route("/desk/exams/new", methods=["GET", "POST"])
@requires("exam:edit")
def new_exam() -> Response | str:
    """Set up an exam."""
    form = _exam_form()
    if form.validate_on_submit():
        try:
            service.create_exam(
                current_actor(),
                slug=form.slug.data or "",
                org_id=uuid.UUID(form.org.data),
                bank_id=uuid.UUID(form.bank.data),
                plan=form.plan(),
            )
        except LmsError as error:
            _show(form, error)
        else:
            flash(_("考试已建好，接下来请安排考期。"), "green")
            return redirect(url_for("exams.desk_exam", slug=form.slug.data), 303)
    elif not form.is_submitted():
        form.suggest()
    return render_template("exams/desk_edit.html", form=form, exam=None, worths=wording.worths())


@bp.get("/desk/exams/<slug>")
@requires("exam:view")
def desk_exam(slug: str) -> str:
    """An exam, what its paper is made of, and its dates."""
    exam = queries.exam(current_actor(), slug)
    blueprint = Blueprint.from_json(exam.blueprint)
    return render_template(
        "exams/desk_exam.html",
        exam=exam,
        blueprint=blueprint,
        paper=wording.paper(blueprint),
        missing=[explain_shortage(blueprint, shortage) for shortage in shortages(blueprint, exam.bank_id)],
        sessions=queries.sessions(exam.id),
        bank=queries.bank_of(exam),
        wording=wording,
    )


@bp.route("/desk/exams/<slug>/edit", methods=["GET", "POST"])
@requires("exam:edit")
def edit_exam(slug: str) -> Response | str:
    """Change an exam."""
    exam = queries.exam(current_actor(), slug, "exam:edit")
    form = _exam_form()
    del form.slug, form.bank, form.org
    if form.validate_on_submit():
        try:
            service.edit_exam(current_actor(), exam.id, form.plan(exam.certificate_kind))
        except LmsError as error:
            _show(form, error)
        else:
            flash(_("已保存。已组卷的考期不受影响。"), "green")
            return redirect(url_for("exams.desk_exam", slug=slug), 303)
    elif not form.is_submitted():
        form.show(exam)
    return render_template("exams/desk_edit.html", form=form, exam=exam, worths=wording.worths())


@bp.route("/desk/exams/<slug>/sessions/new", methods=["GET", "POST"])
@requires("exam:edit")
def new_session(slug: str) -> Response | str:
    """Announce a date."""
    exam = queries.exam(current_actor(), slug, "exam:edit")
    form = SessionForm()
    if form.validate_on_submit():
        try:
            session_id = service.create_session(current_actor(), exam.id, **form.moments())
        except LmsError as error:
            _show(form, error)
        else:
            flash(_("考期已安排，可以开始报名。开考前请组卷。"), "green")
            return redirect(url_for("exams.desk_session", session_id=session_id), 303)
    return render_template("exams/desk_session_edit.html", form=form, exam=exam, session=None)


@bp.route("/desk/exams/sessions/<uuid:session_id>/edit", methods=["GET", "POST"])
@requires("exam:edit")
def edit_session(session_id: uuid.UUID) -> Response | str:
    """Move a date."""
    session, exam = queries.session(current_actor(), session_id, "exam:edit")
    form = SessionForm()
    if form.validate_on_submit():
        try:
            service.edit_session(current_actor(), session_id, **form.moments())
        except LmsError as error:
            _show(form, error)
        else:
            flash(_("时间已保存。"), "green")
            return redirect(url_for("exams.desk_session", session_id=session_id), 303)
    elif not form.is_submitted():
        form.show(session)
    return render_template("exams/desk_session_edit.html", form=form, exam=exam, session=session)


def _exam_form() -> ExamForm:
    form, actor, types = ExamForm(), current_actor(), kinds.offered()
    form.bank.choices = [(row.id.hex, _bank_title(row, types)) for row in questions.banks(actor)]
    form.org.choices = [(unit.id.hex, unit.name) for unit in queries.own_units(actor, "exam:edit")]
    form.course_slug.choices = [("", _("不要求")), *((slug, pick(title)) for slug, title in published_titles())]
    return form


def _bank_title(row: BankRow, types: Iterable[str]) -> str:
    """A bank with its numbers of items by type: 成都社工员（单选题 300、多选题 100）."""
    counts = listed(f"{kinds.title(key)} {row.counts.get(key, 0)}" for key in types)
    return _("%(name)s（%(more)s）", name=pick(row.title), more=counts)


def _show(form: ExamForm | SessionForm, error: LmsError) -> None:
    """A refusal beside its fields, or above the form where it is about none of them; what was typed is kept."""
    if not form.take_errors(error):
        flash(str(error), "rose")
