"""Money that is to come back: the list, one receivable, and what was paid back or waived."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, download, paginate, requires
from lms.plugin_api.work import clock
from lms_payouts import export, policy
from lms_payouts.dto import ReceivableFilter, Settlement
from lms_payouts.forms import WAIVE, SettleForm
from lms_payouts.queries import budgets
from lms_payouts.queries import receivables as queries
from lms_payouts.service import recalls
from lms_payouts.views.base import bp, units


@bp.get("/desk/payouts/receivables")
@requires(policy.PAYMENT_VIEW)
def receivables() -> str:
    """What is to come back to the units the officer sees."""
    actor, wanted = current_actor(), _wanted()
    page = paginate(queries.receivables(actor, wanted), scalars=False)
    rows = queries.as_infos(page.rows)
    return render_template(
        "payouts/receivables.html",
        page=page,
        rows=rows,
        wanted=wanted,
        summed=queries.summed(actor, wanted),
        units=units(policy.PAYMENT_VIEW),
        unit_names=services().orgs.paths([one.org_id for one in rows]),
        schemes=budgets.schemes(),
    )


@bp.get("/desk/payouts/receivables.xlsx")
@requires(policy.PAYMENT_VIEW)
def export_receivables() -> Response:
    """The same list as a spreadsheet."""
    found = queries.every(current_actor(), _wanted())
    names = services().orgs.paths(list({one.org_id for one in found}))
    return download(_("应退款 %(day)s.xlsx", day=clock.today().isoformat()), export.receivables_workbook(found, names))


@bp.get("/desk/payouts/receivables/<uuid:receivable_id>")
@requires(policy.PAYMENT_VIEW)
def receivable(receivable_id: uuid.UUID) -> str:
    """One receivable with its entries, and a form for what came back."""
    queries.of_actor(current_actor(), receivable_id)
    data = {"key": new_id().hex, "on": clock.today(), "amount": queries.one(receivable_id).open_fen}
    return _page(receivable_id, SettleForm(formdata=None, data=data))


@bp.post("/desk/payouts/receivables/<uuid:receivable_id>")
@requires(policy.RECEIVABLE_EDIT)
def settle_receivable(receivable_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record what came back, or what is waived. Sent twice, it counts once."""
    actor, form = current_actor(), SettleForm()
    queries.of_actor(actor, receivable_id, policy.RECEIVABLE_EDIT)
    if form.validate_on_submit():
        entry = {"amount_fen": form.amount.fen, "note": form.note.data, "key": form.key.data}
        try:
            if form.kind.data == WAIVE:
                recalls.waive(actor, receivable_id, **entry)
            else:
                recalls.record_return(actor, receivable_id, on=form.on.data, **entry)
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("已登记。"), "green")
            return redirect(url_for("payouts.receivable", receivable_id=receivable_id), 303)
    return _page(receivable_id, form), 422


def _page(receivable_id: uuid.UUID, form: SettleForm) -> str:
    actor, one = current_actor(), queries.info(receivable_id)
    may_settle = one.person_id != actor.person_id and policy.can(actor, policy.RECEIVABLE_EDIT, one.org_id)
    return render_template(
        "payouts/receivable.html",
        one=one,
        form=form,
        unit=services().orgs.paths([one.org_id])[one.org_id],
        names=services().people.names([entry.by for entry in one.entries if entry.by]),
        may_settle=bool(one.open_fen) and may_settle,
    )


def _wanted() -> ReceivableFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    return ReceivableFilter(
        text=given.get("q", "").strip()[:60],
        settlement=given.get("settlement", type=Settlement),
        scheme=given.get("scheme", "")[:60],
        org_id=given.get("org", type=uuid.UUID),
    )
