"""The officers' work list and a case on their desk."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.approvals import export, kinds, policy, queries, service, wording
from lms.approvals.dto import Decision, Missing, WorkFilter
from lms.approvals.forms import DecideForm
from lms.approvals.models import CaseState, Level, Outcome
from lms.approvals.queries import cases, returns, worklist
from lms.approvals.queries.story import story
from lms.approvals.views.base import bp, subject_link
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/approvals")
@requires(policy.VIEW)
def work() -> str:
    """What waits for the officer, all in sight, or what they did."""
    actor, wanted, today = current_actor(), wanted_work(), clock.today()
    page = paginate(worklist.work(actor, wanted, today))
    return render_template(
        "approvals/work.html",
        page=page,
        views=cases.views(page.rows),
        wanted=wanted,
        kinds=kinds.known(),
        levels=wording.LEVELS,
        states=wording.STATES,
        wording=wording,
        today=today,
        soon_days=worklist.SOON_DAYS,
    )


@bp.get("/desk/approvals.xlsx")
@requires(policy.VIEW)
def export_work() -> Response:
    """The same list as a spreadsheet."""
    today = clock.today()
    listed = worklist.work(current_actor(), wanted_work(), today).execution_options(yield_per=500)
    found = db.session.scalars(listed)
    return download(_("审批 %(day)s.xlsx", day=today.isoformat()), export.cases_workbook(found))


@bp.get("/desk/approvals/<uuid:case_id>")
@requires(policy.VIEW)
def case(case_id: uuid.UUID) -> str:
    """One case: facts, proofs, story, and the decision where it is the officer's."""
    return _page(case_id, DecideForm(formdata=None), {})


@bp.post("/desk/approvals/<uuid:case_id>/decide")
@requires(policy.DECIDE)
def decide(case_id: uuid.UUID) -> tuple[str, int] | Response:
    """Decide the present step, then go on to the next case that waits."""
    actor, form = current_actor(), DecideForm()
    policy.require_visible(actor, case_id)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        decision = Decision(form.chosen, form.reason.data or "", _missing() if form.chosen is Outcome.RETURNED else ())
        try:
            done = service.decide(actor, case_id, decision, seen=form.seen.data or "")
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("%(number)s 已办理：%(what)s。", number=done.number, what=wording.OUTCOMES[form.chosen]), "green")
            waiting = worklist.next_one(actor, clock.today()) if "next" in request.form else None
            if waiting is not None:
                return redirect(url_for("approvals.case", case_id=waiting.id), 303)
            return redirect(url_for("approvals.work"), 303)
    return _page(case_id, form, wrong), 422


def wanted_work() -> WorkFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    fallback = "mine" if current_actor().holds(policy.DECIDE) else "all"
    return WorkFilter(
        view=view if (view := given.get("view", fallback)) in worklist.VIEWS else fallback,
        text=given.get("q", "").strip()[:60],
        kind=given.get("kind", "")[:60],
        level=given.get("level", type=Level),
        state=given.get("state", type=CaseState),
        due=due if (due := given.get("due", "")) in {"overdue", "soon"} else "",
        order=order if (order := given.get("order", "")) in worklist.ORDERS else "due",
    )


def _missing() -> tuple[Missing, ...]:
    items = request.form.getlist("item")
    return tuple(Missing(item[:80], request.form.get(f"note:{item}", "")[:300]) for item in items)


def _page(case_id: uuid.UUID, form: DecideForm, wrong: dict[str, str]) -> str:
    actor, row = current_actor(), cases.row(case_id)
    policy.require_visible(actor, case_id)
    view = queries.case_view(case_id)
    kind = kinds.find(view.brief.kind)
    deciding: dict[str, Any] = {}
    if policy.may_decide(actor, case_id):
        form.seen.data = view.seal
        absent_id = policy.acting_for(actor, row)
        deciding = {
            "form": form,
            "labels": returns.labels_of(row),
            "namable": returns.namable_now(row),
            "may_return": returns.returns_left(row) > 0,
            "absent": cases.person_name(absent_id) if absent_id else "",
        }
    return render_template(
        "approvals/case.html",
        view=view,
        story=story(view),
        wrong=wrong,
        subject_href=subject_link(kind.view_endpoint, view.brief.subject_id) if kind else "",
        wording=wording,
        states=CaseState,
        today=clock.today(),
        deciding=deciding,
    )
