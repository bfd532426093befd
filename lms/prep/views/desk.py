"""Officers' and trainers' pages: sign-ups, merging with the roster, subjects, weakest points."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from lms.access import policy as access
from lms.access.dto import Slip
from lms.access.queries import account_of
from lms.access.service.activation import INVITE
from lms.access.views.codes import activation_address
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.learning.queries import published_titles
from lms.orgs import queries as orgs
from lms.people import service as people
from lms.people.models import Person, PersonState
from lms.prep import export, policy
from lms.prep.dto import SignUpFilter
from lms.prep.forms import MergeForm, SubjectForm
from lms.prep.models import PrepSubject, SignUp, Source
from lms.prep.queries import papers, ready, sign_ups
from lms.prep.service import signing_up, subjects
from lms.prep.views.base import WORDS, bp, show_on
from lms.questions import queries as questions
from lms.questions.models import Bank
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

AT_ONCE = 500


@bp.get("/desk/prep/sign-ups")
@requires(policy.SEE_SIGN_UPS)
def desk_sign_ups() -> str:
    """Who signed up, from where, in which week, and who passed since."""
    actor, wanted = current_actor(), _wanted()
    page = paginate(sign_ups.listed(actor, wanted), scalars=False)
    return render_template(
        "prep/desk_sign_ups.html",
        page=page,
        lines=sign_ups.lines(page.rows),
        wanted=wanted,
        weeks=sign_ups.by_week(actor, wanted),
        sources=sign_ups.by_source(actor, wanted),
        units=orgs.choices(access.visible_orgs(actor, policy.SEE_SIGN_UPS)),
        **WORDS,
    )


@bp.get("/desk/prep/sign-ups.xlsx")
@requires(policy.SEE_SIGN_UPS)
def export_sign_ups() -> Response:
    """The same list as a spreadsheet."""
    actor, wanted = current_actor(), _wanted()
    found = db.session.execute(sign_ups.listed(actor, wanted).execution_options(yield_per=AT_ONCE))
    lines = (line for part in found.partitions() for line in sign_ups.lines(part))
    content = export.sign_ups_workbook(lines, sign_ups.by_week(actor, wanted), sign_ups.by_source(actor, wanted))
    return download(_("考前培训报名 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.route("/desk/prep/sign-ups/<uuid:sign_up_id>", methods=["GET", "POST"])
@requires(policy.SEE_SIGN_UPS)
def desk_sign_up(sign_up_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """One sign-up, and whom on the roster it may be."""
    actor = current_actor()
    row = policy.sign_up(actor, sign_up_id)
    form, refusal = MergeForm(), None
    if form.is_submitted():
        access.require(actor, policy.MERGE, row.org_id)
        try:
            signing_up.merge(actor, sign_up_id, _chosen(form))
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("已并入名册里的档案，学习和练习记录一起转来。"), "green")
            return redirect(url_for("prep.desk_sign_up", sign_up_id=sign_up_id), 303)
    page = _sign_up_page(row, form, refusal)
    return (page, 422) if form.is_submitted() else page


@bp.post("/desk/prep/sign-ups/<uuid:sign_up_id>/reset-code")
@requires(policy.SEE_SIGN_UPS)
def reset_code(sign_up_id: uuid.UUID) -> str | tuple[str, int]:
    """A code for who forgot the password: shown once, on the page that answers."""
    row = policy.sign_up(current_actor(), sign_up_id)
    try:
        slip = signing_up.reset_code(current_actor(), sign_up_id)
    except Conflict as refused:
        return _sign_up_page(row, MergeForm(formdata=None), refused), refused.status
    return _sign_up_page(row, MergeForm(formdata=None), None, slip)


@bp.get("/desk/prep/subjects")
@requires(policy.VIEW)
def desk_subjects() -> str:
    """The subjects in sight."""
    return render_template("prep/desk_subjects.html", subjects=papers.subjects_seen(current_actor()), **WORDS)


@bp.route("/desk/prep/subjects/new", methods=["GET", "POST"])
@requires(policy.EDIT)
def new_subject() -> str | tuple[str, int] | Response:
    """Set a subject up."""
    form, refusal, actor = SubjectForm(), None, current_actor()
    banks = questions.banks(actor)
    form.bank.choices = [SelectChoice(bank.slug, pick(bank.title)) for bank in banks]
    form.course.choices = _courses()
    if form.validate_on_submit():
        bank = questions.bank(actor, form.bank.data)
        try:
            subjects.create_subject(
                actor, slug=form.slug.data or "", org_id=bank.org_id, bank_id=bank.id, plan=form.plan()
            )
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("科目已保存。"), "green")
            return redirect(url_for("prep.weak_points", slug=form.slug.data), 303)
    if not form.is_submitted():
        form.suggest()
    page = render_template("prep/subject_form.html", form=form, refusal=refusal, subject=None, **WORDS)
    return (page, 422) if form.is_submitted() else page


@bp.route("/desk/prep/subjects/<slug>/edit", methods=["GET", "POST"])
@requires(policy.EDIT)
def edit_subject(slug: str) -> str | tuple[str, int] | Response:
    """Change a subject."""
    found = policy.subject_for(current_actor(), slug, policy.EDIT)
    form, refusal = SubjectForm(), None
    del form.slug, form.bank
    form.course.choices = _courses()
    if form.validate_on_submit():
        try:
            subjects.edit_subject(current_actor(), slug, form.plan())
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("科目已保存。"), "green")
            return redirect(url_for("prep.weak_points", slug=slug), 303)
    if not form.is_submitted():
        form.show(found)
    page = render_template("prep/subject_form.html", form=form, refusal=refusal, subject=found, **WORDS)
    return (page, 422) if form.is_submitted() else page


@bp.get("/desk/prep/subjects/<slug>")
@requires(policy.VIEW)
def weak_points(slug: str) -> str:
    """A subject: how all learners fare at each point, the weakest first."""
    found = policy.subject_for(current_actor(), slug)
    return render_template("prep/weak_points.html", **_points(found), **WORDS)


@bp.get("/desk/prep/subjects/<slug>.xlsx")
@requires(policy.VIEW)
def export_points(slug: str) -> Response:
    """The same as a spreadsheet."""
    found = policy.subject_for(current_actor(), slug)
    return download(_("考点得分率 %(slug)s.xlsx", slug=slug), export.points_workbook(ready.weakest(found)))


def _points(found: PrepSubject) -> dict[str, Any]:
    bank = db.session.get_one(Bank, found.bank_id)
    may_see = access.can(current_actor(), "bank:view", bank.org_id)
    may_edit = access.can(current_actor(), policy.EDIT, found.org_id)
    return {"subject": found, "points": ready.weakest(found), "bank": bank if may_see else None, "may_edit": may_edit}


def _sign_up_page(row: SignUp, form: MergeForm, refusal: LmsError | None, slip: Slip | None = None) -> str:
    actor = current_actor()
    person = db.session.get_one(Person, row.person_id)
    merged = person.state is PersonState.MERGED
    may_merge = not merged and access.can(actor, policy.MERGE, row.org_id)
    [line] = sign_ups.lines(db.session.execute(sign_ups.listed(actor, SignUpFilter()).where(SignUp.id == row.id)).all())
    return render_template(
        "prep/desk_sign_up.html",
        line=line,
        has_document=person.id_number_index is not None,
        may_merge=may_merge,
        may_reset=not merged and access.can(actor, INVITE, row.org_id),
        slip=slip,
        account=account_of(row.person_id),
        address=activation_address(),
        suggestions=sign_ups.suggestions(actor, row) if may_merge else [],
        form=form,
        refusal=refusal,
        **WORDS,
    )


def _chosen(form: MergeForm) -> uuid.UUID:
    """Whom the officer means. Raises `Invalid` for the field."""
    if form.number.data:
        found = people.find_by_number(current_actor(), form.number.data)
        if found is None:
            raise Invalid(_("没有并入。"), fields={"number": _("您的单位里没有这个号码的人")})
        return found
    try:
        return uuid.UUID(form.person.data)
    except (TypeError, ValueError):
        raise Invalid(_("没有并入。"), fields={"number": _("请选择一个人，或填写号码")}) from None


def _courses() -> list[SelectChoice]:
    return [SelectChoice("", _l("没有")), *(SelectChoice(slug, pick(title)) for slug, title in published_titles())]


def _wanted() -> SignUpFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    yes = {"yes": True, "no": False}
    return SignUpFilter(
        text=given.get("q", "").strip()[:60],
        source=given.get("source", type=Source),
        org_id=given.get("org", type=uuid.UUID),
        passed=yes.get(given.get("passed", "")),
        merged=yes.get(given.get("merged", "")),
        first_day=given.get("from", type=dt.date.fromisoformat),
        last_day=given.get("to", type=dt.date.fromisoformat),
    )
