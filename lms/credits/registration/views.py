"""Pages of registration: the learner's on a phone, the officers' list at a desk."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals import policy as approvals
from lms.approvals import wording as approval_words
from lms.approvals.models import ApprovalCase
from lms.approvals.queries import case_view
from lms.approvals.views.base import sent_proofs
from lms.credits import wording as ledger
from lms.credits.cycles.rules import Status
from lms.credits.evidence.views import bp
from lms.credits.registration import applying, closing, queries, wording
from lms.credits.registration.cases import CASE_KIND
from lms.credits.registration.dto import ApplicationFilter, Standing
from lms.credits.registration.forms import ApplicationForm
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import Kind, State
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.orgs import queries as orgs
from lms.people.models import QualificationKind
from lms.webkit.blueprint import requires, signed_in
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook

WORDS: dict[str, Any] = {
    "words": wording,
    "ledger": ledger,
    "states": State,
    "statuses": Status,
    "kinds": Kind,
    "levels": {kind.value: text for kind, text in ledger.LEVELS.items()},
}
AT_ONCE = 500


@bp.get("/me/registration")
@signed_in
def own_registrations() -> str:
    """Each certificate of the person with its window, and every application."""
    page = paginate(queries.own(me()))
    return render_template("credits/registration_own.html", standings=queries.standings(me()), page=page, **WORDS)


@bp.get("/me/registration/new/<uuid:qualification_id>")
@signed_in
def new_registration(qualification_id: uuid.UUID) -> str:
    """What would be applied for, from the records, and what is missing."""
    form = ApplicationForm(formdata=None)
    form.key.data = new_id().hex
    return _form_page(queries.standing(me(), qualification_id), form)


@bp.post("/me/registration/new/<uuid:qualification_id>")
@signed_in
def send_registration(qualification_id: uuid.UUID) -> tuple[str, int] | Response:
    """Apply. Sent twice, it is one application."""
    form = ApplicationForm()
    if not form.validate_on_submit():
        return _form_page(queries.standing(me(), qualification_id), form), 422
    try:
        application_id = applying.submit(
            current_actor(), qualification_id, key=form.key.data, proofs=sent_proofs(CASE_KIND)
        )
    except LmsError as refusal:
        one = queries.standing(me(), qualification_id)
        if refusal.fields:
            return _form_page(one, form, wrong=form.show_refusal(refusal)), 422
        return _form_page(one, form, refusal=refusal), refusal.status
    flash(_("申请已提交，进展会在这里和消息里告诉您。"), "green")
    return redirect(url_for("credits.own_registration", application_id=application_id), 303)


@bp.get("/me/registration/<uuid:application_id>")
@signed_in
def own_registration(application_id: uuid.UUID) -> str:
    """One application: where it is."""
    row = closing.own(current_actor(), application_id)
    return render_template("credits/registration.html", row=row, **_about(row), **WORDS)


@bp.get("/desk/hours/registrations")
@requires(approvals.VIEW)
def unit_registrations() -> str:
    """The applications in the officer's sight."""
    wanted = _wanted()
    page = paginate(queries.seen(current_actor(), wanted), scalars=False)
    units = orgs.choices(access.visible_orgs(current_actor(), approvals.VIEW))
    return render_template("credits/registration_desk.html", page=page, wanted=wanted, units=units, **WORDS)


@bp.get("/desk/hours/registrations.xlsx")
@requires(approvals.VIEW)
def export_registrations() -> Response:
    """The same list as a spreadsheet."""
    rows = db.session.execute(queries.seen(current_actor(), _wanted()).execution_options(yield_per=AT_ONCE))
    name = _("登记申请 %(day)s.xlsx", day=clock.today().isoformat())
    return download(name, write_workbook([SheetPlan(_("登记申请"), _columns(), _lines(rows))]))


@bp.get("/desk/hours/registrations/<uuid:subject_id>")
@requires(approvals.VIEW)
def desk_registration(subject_id: uuid.UUID) -> str:
    """One application, for an officer."""
    row = closing.seen(current_actor(), subject_id)
    return render_template("credits/registration_desk_one.html", row=row, **_about(row), **WORDS)


@bp.post("/desk/hours/registrations/<uuid:subject_id>/certified")
@requires(closing.DECIDE)
def certify_registration(subject_id: uuid.UUID) -> Response:
    """Note that the certificate of registration has been issued."""
    closing.certify(current_actor(), subject_id)
    flash(_("已记为出证，并已通知本人。"), "green")
    return redirect(url_for("credits.desk_registration", subject_id=subject_id), 303)


def _form_page(
    one: Standing, form: ApplicationForm, refusal: LmsError | None = None, wrong: dict[str, str] | None = None
) -> str:
    return render_template(
        "credits/registration_form.html",
        one=one,
        form=form,
        facts=applying.facts(one),
        refusal=refusal,
        wrong=wrong or {},
        kind=CASE_KIND,
        **WORDS,
    )


def _about(row: RegistrationApplication) -> dict[str, Any]:
    assert row.case_id is not None  # noqa: S101 - an application has its case since it was handed in
    return {"case": case_view(row.case_id), "approvals": approval_words}


def _wanted() -> ApplicationFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    return ApplicationFilter(
        text=given.get("q", "").strip()[:60],
        org_id=given.get("org", type=uuid.UUID),
        kind=given.get("kind", type=Kind),
        state=given.get("state", type=State),
        late=given.get("late") == "yes",
    )


def _columns() -> Sequence[Column]:
    return (
        Column(_("编号"), 18),
        Column(_("姓名")),
        Column(_("单位"), 28),
        Column(_("登记种类")),
        Column(_("资格级别"), 18),
        Column(_("是否逾期办理")),
        Column(_("状态")),
        Column(_("申请时间"), 18),
        Column(_("登记起")),
        Column(_("登记止")),
    )


def _lines(rows: Any) -> Iterator[Sequence[Cell]]:
    row: RegistrationApplication
    case: ApprovalCase
    for row, case in rows:
        yield (
            row.case_number,
            case.applicant_name,
            case.applicant_unit,
            str(wording.KINDS[row.kind]),
            str(ledger.LEVELS[QualificationKind(row.level)]),
            _("是") if row.late else _("否"),
            str(wording.STATES[row.state]),
            clock.local_date(row.applied_at).isoformat(),
            row.registered_from.isoformat() if row.registered_from else "",
            row.registered_until.isoformat() if row.registered_until else "",
        )
