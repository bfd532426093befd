"""Officers' pages: who has a plan and who has none, naming mentors, confirming, recording what comes of looks."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals.queries.cases import person_names
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.programmes import policy as officers
from lms.programmes.appointment_models import Appointment
from lms.programmes.forms import ReasonForm
from lms.programmes.plans import export, policy, queries, rules
from lms.programmes.plans.forms import OutcomeForm
from lms.programmes.plans.models import CultivationPlan
from lms.programmes.plans.queries import PlanFilter, Status
from lms.programmes.plans.rules import LookState, Outcome
from lms.programmes.plans.service import looking, opening, writing
from lms.programmes.plans.views.base import words
from lms.programmes.queries import catalogue
from lms.programmes.views.base import bp, found_people
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.forms import seen_revision
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/plans")
@requires(officers.VIEW)
def plans_desk() -> str:
    """The terms that have a plan or should have one, those that end first ahead."""
    wanted, actor = _wanted(), current_actor()
    page = paginate(_listed(wanted), scalars=False)
    return render_template(
        "programmes/plans_desk.html",
        page=page,
        wanted=wanted,
        statuses=Status,
        loaded=queries.load(row[2] for row in page.rows if row[2] is not None),
        units=orgs.paths(row[0].org_id for row in page.rows),
        choices=orgs.choices(access.visible_orgs(actor, officers.VIEW)),
        programmes=[one for one in catalogue.load().entries.values() if any(v.plan_months for v in one.versions)],
        **words(),
    )


@bp.get("/desk/plans.xlsx")
@requires(officers.VIEW)
def export_plans() -> Response:
    """The same list as a spreadsheet."""
    rows = [(row[0], row[1], row[2]) for row in db.session.execute(_listed(_wanted()))]
    content = export.plans_workbook(rows, catalogue.load())
    return download(_("培养计划 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.get("/desk/plans/term/<uuid:appointment_id>")
@requires(officers.VIEW)
def term_plan(appointment_id: uuid.UUID) -> str | Response:
    """The plan of a term, or the page that opens one by naming a mentor."""
    return _term_page(appointment_id)


@bp.post("/desk/plans/term/<uuid:appointment_id>")
@requires(officers.APPOINT)
def open_plan(appointment_id: uuid.UUID) -> Response:
    """Open the plan."""
    mentor_id = request.form.get("person", uuid.UUID(int=0), type=uuid.UUID)
    plan_id = opening.open_plan(current_actor(), appointment_id, mentor_id)
    flash(_("培养计划已建立，已通知本人和导师。"), "green")
    return redirect(url_for("programmes.desk_plan", plan_id=plan_id), 303)


@bp.get("/desk/plans/<uuid:plan_id>")
@requires(officers.VIEW)
def desk_plan(plan_id: uuid.UUID) -> str:
    """One plan with what can be decided about it."""
    return _page(plan_id)


@bp.post("/desk/plans/<uuid:plan_id>/confirm")
@requires(officers.APPOINT)
def confirm_plan(plan_id: uuid.UUID) -> Response:
    """Confirm the text."""
    writing.confirm(current_actor(), plan_id, seen_revision("edit"))
    flash(_("计划已确认，开始执行。"), "green")
    return redirect(url_for("programmes.desk_plan", plan_id=plan_id), 303)


@bp.post("/desk/plans/<uuid:plan_id>/refuse")
@requires(officers.APPOINT)
def refuse_plan(plan_id: uuid.UUID) -> tuple[str, int] | Response:
    """Send it back."""
    form = ReasonForm()
    if not form.validate():
        return _page(plan_id, refusing=form), 422
    writing.refuse(current_actor(), plan_id, seen_revision("edit"), form.reason.data)
    flash(_("已退回，请对方修改。"), "green")
    return redirect(url_for("programmes.desk_plan", plan_id=plan_id), 303)


@bp.post("/desk/plans/<uuid:plan_id>/mentor")
@requires(officers.APPOINT)
def change_mentor(plan_id: uuid.UUID) -> Response:
    """Name another mentor."""
    mentor_id = request.form.get("person", uuid.UUID(int=0), type=uuid.UUID)
    opening.name_mentor(current_actor(), plan_id, seen_revision("edit"), mentor_id)
    flash(_("导师已更换，已通知双方。"), "green")
    return redirect(url_for("programmes.desk_plan", plan_id=plan_id), 303)


@bp.post("/desk/plans/<uuid:plan_id>/looks/<int:number>")
@requires(officers.APPOINT)
def settle_look(plan_id: uuid.UUID, number: int) -> tuple[str, int] | Response:
    """Record what comes of a look."""
    found = policy.seen(current_actor(), plan_id)
    form = _outcome_form(found, number, blank=False)
    if not form.validate():
        return _page(plan_id, settling=form), 422
    try:
        looking.settle(current_actor(), plan_id, number, Outcome(form.outcome.data), form.words.data)
    except LmsError as refusal:
        form.show_refusal(refusal)
        return _page(plan_id, settling=form), 422
    flash(_("考察结果已记录，已通知本人和导师。"), "green")
    return redirect(url_for("programmes.desk_plan", plan_id=plan_id), 303)


def _listed(wanted: PlanFilter) -> Select[Appointment, str, CultivationPlan]:
    return queries.listed(current_actor(), wanted, clock.today())


def _wanted() -> PlanFilter:
    given = request.args
    return PlanFilter(
        text=given.get("q", "").strip()[:60],
        programme=given.get("programme", "")[:40],
        org_id=given.get("org", type=uuid.UUID),
        status=given.get("status", type=Status),
    )


def _term_page(appointment_id: uuid.UUID) -> str | Response:
    actor = current_actor()
    term = officers.seen_appointment(actor, appointment_id)
    earlier = queries.of_term(term.id)
    if earlier is not None:
        return redirect(url_for("programmes.desk_plan", plan_id=earlier.id), 303)
    may_open = actor.holds(officers.APPOINT) and actor.person_id != term.person_id
    return render_template(
        "programmes/plan_open.html",
        term=term,
        name=person_names([term.person_id])[term.person_id],
        unit=orgs.paths([term.org_id])[term.org_id],
        version=catalogue.load().version(term.version_id),
        may_open=may_open,
        people_found=[one for one in found_people(actor) if one[0].id != term.person_id] if may_open else (),
        **words(),
    )


def _outcome_form(plan: CultivationPlan, number: int, *, blank: bool) -> OutcomeForm:
    looks = queries.load_one(plan).looks
    return OutcomeForm.offering(rules.outcomes(plan.state, is_last=number == len(looks)), blank=blank)


def _page(plan_id: uuid.UUID, refusing: ReasonForm | None = None, settling: OutcomeForm | None = None) -> str:
    actor = current_actor()
    found = policy.seen(actor, plan_id)
    shown, may_run = queries.load_one(found), policy.may_run(actor, found)
    written = next((one for one in shown.looks if one.state is LookState.WRITTEN), None)
    if written is not None and settling is None:
        settling = _outcome_form(found, written.row.number, blank=True)
    people = found_people(actor) if may_run else ()
    taking_part = {found.person_id, found.mentor_id}
    return render_template(
        "programmes/plan_desk.html",
        shown=shown,
        plan=found,
        unit=_unit(found),
        may_run=may_run,
        written=written,
        refusing=refusing or ReasonForm(formdata=None),
        settling=settling,
        people_found=[one for one in people if one[0].id not in taking_part],
        officers=person_names(one.confirmed_by for one, _measures in shown.revisions),
        **words(),
    )


def _unit(plan: CultivationPlan) -> str:
    org_id = db.session.get_one(Appointment, plan.appointment_id).org_id
    return orgs.paths([org_id])[org_id]
