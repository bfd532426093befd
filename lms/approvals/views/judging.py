"""Officers' pages of objections: the list, one objection, who raised it, what comes of it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals import policy, service, wording
from lms.approvals.forms import JudgeForm
from lms.approvals.notice_models import ObjectionState
from lms.approvals.queries import cases, notices
from lms.approvals.service.objections import Objector
from lms.approvals.views.base import bp
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/notices/objections")
@requires(policy.JUDGE)
def objections() -> str:
    """What was said against notices of the officer's units."""
    state = request.args.get("state", type=ObjectionState)
    page = paginate(notices.objections(current_actor(), state), scalars=False)
    return render_template("approvals/objections.html", page=page, state=state, wording=wording)


@bp.get("/desk/notices/objections/<uuid:objection_id>")
@requires(policy.JUDGE)
def objection(objection_id: uuid.UUID) -> str:
    """One objection, and the form to decide it."""
    return _page(objection_id, JudgeForm(formdata=None))


@bp.post("/desk/notices/objections/<uuid:objection_id>/reveal")
@requires(policy.JUDGE)
def reveal_objector(objection_id: uuid.UUID) -> str:
    """Show who raised it and how to reach them, on the page that answers and nowhere else."""
    who = service.reveal_objector(current_actor(), objection_id)
    return _page(objection_id, JudgeForm(formdata=None), who)


@bp.post("/desk/notices/objections/<uuid:objection_id>")
@requires(policy.JUDGE)
def judge(objection_id: uuid.UUID) -> tuple[str, int] | Response:
    """Decide an objection."""
    form = JudgeForm()
    notices.objection(objection_id)
    if form.validate_on_submit():
        try:
            upheld = form.upheld.data == "yes"
            service.decide_objection(current_actor(), objection_id, upheld=upheld, answer=form.answer.data)
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("异议已办理。"), "green")
            return redirect(url_for("approvals.objection", objection_id=objection_id), 303)
    return _page(objection_id, form), 422


def _page(objection_id: uuid.UUID, form: JudgeForm, who: Objector | None = None) -> str:
    found, notice = notices.objection(objection_id)
    access.require(current_actor(), policy.JUDGE, notices.objection_unit(found, notice))
    return render_template(
        "approvals/objection.html",
        objection=found,
        notice=notice,
        view=cases.case_view(found.case_id) if found.case_id else None,
        decider=cases.person_name(found.decided_by) if found.decided_by else "",
        form=form,
        who=who,
        wording=wording,
        open_state=ObjectionState.OPEN,
    )
