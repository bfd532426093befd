"""How cases of each kind are decided: read by officers, changed by the city's."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.access.roles import roles
from lms.approvals import kinds, policy, service, wording
from lms.approvals.chain import ChainPlan
from lms.approvals.forms import ChainForm
from lms.approvals.kinds import CaseKind
from lms.approvals.queries import cases
from lms.approvals.queries import chains as stored
from lms.approvals.views.base import bp
from lms.kernel import clock
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/approvals/chains")
@requires(policy.VIEW)
def chains() -> str:
    """Every kind of case with the chain in force today."""
    today = clock.today()
    rows = [(kind, stored.in_force(kind, today)) for kind in kinds.known().values()]
    return render_template("approvals/chains.html", rows=rows, wording=wording, roles=roles(), may_edit=_may_edit())


@bp.get("/desk/approvals/chains/<kind_key>")
@requires(policy.VIEW)
def chain(kind_key: str) -> str:
    """A kind's chain today, its history and, for the city's officers, a form for the next."""
    kind = _kind(kind_key)
    plan = stored.in_force(kind, clock.today()).plan
    return _page(kind, ChainForm.showing(plan, valid_from=clock.today()), {})


@bp.post("/desk/approvals/chains/<kind_key>")
@requires(policy.CONFIGURE)
def save_chain(kind_key: str) -> tuple[str, int] | Response:
    """Save a chain from a day on."""
    kind, form = _kind(kind_key), ChainForm()
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            service.save_chain(
                current_actor(), kind.key, form.plan(), valid_from=form.valid_from.data, note=form.note.data
            )
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("审批流程已保存，正在办理的申请不受影响。"), "green")
            return redirect(url_for("approvals.chain", kind_key=kind.key), 303)
    return _page(kind, form, wrong), 422


def _page(kind: CaseKind, form: ChainForm, wrong: dict[str, str]) -> str:
    history: list[Any] = [(row, ChainPlan.parse(row.plan)) for row in stored.history(kind.key)]
    return render_template(
        "approvals/chain.html",
        kind=kind,
        now_in_force=stored.in_force(kind, clock.today()),
        history=history,
        names=cases.person_names(row.set_by for row, _plan in history),
        form=form,
        wrong=wrong,
        roles=roles(),
        wording=wording,
        may_edit=_may_edit(),
        today=clock.today(),
    )


def _kind(key: str) -> CaseKind:
    kind = kinds.find(key)
    if kind is None:
        raise NotFound(_("没有这类申请，或负责它的功能已停用。"))
    return kind


def _may_edit() -> bool:
    return access.can(current_actor(), policy.CONFIGURE, orgs.city().id)
