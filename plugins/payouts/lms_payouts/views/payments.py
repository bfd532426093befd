"""Payments: the list, one of them, and cancelling it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, download, paginate, requires
from lms.plugin_api.work import clock, session
from lms_payouts import export, policy
from lms_payouts.forms import ReasonForm
from lms_payouts.queries import budgets
from lms_payouts.queries import payments as queries
from lms_payouts.rules import PaymentState
from lms_payouts.service import payments as service
from lms_payouts.views.base import bp, units, wanted_payments

_CANCELLABLE = {PaymentState.WAITING, PaymentState.BATCHED, PaymentState.BOUNCED}


@bp.get("/desk/payouts/payments")
@requires(policy.PAYMENT_VIEW)
def payments() -> str:
    """All payments the officer sees."""
    actor, wanted = current_actor(), wanted_payments()
    page = paginate(queries.payments(actor, wanted), scalars=False)
    rows = queries.as_infos(page.rows)
    return render_template(
        "payouts/payments.html",
        page=page,
        rows=rows,
        wanted=wanted,
        summed=queries.summed(actor, wanted),
        units=units(policy.PAYMENT_VIEW),
        unit_names=services().orgs.paths([one.org_id for one in rows]),
        schemes=budgets.schemes(),
    )


@bp.get("/desk/payouts/payments.xlsx")
@requires(policy.PAYMENT_VIEW)
def export_payments() -> Response:
    """The same list as a spreadsheet."""
    found = queries.as_infos(session.execute(queries.payments(current_actor(), wanted_payments())))
    names = services().orgs.paths(list({one.org_id for one in found}))
    return download(_("付款 %(day)s.xlsx", day=clock.today().isoformat()), export.payments_workbook(found, names))


@bp.get("/desk/payouts/payments/<uuid:payment_id>")
@requires(policy.PAYMENT_VIEW)
def payment(payment_id: uuid.UUID) -> str:
    """One payment, the batches it went through, and what can be done."""
    actor = current_actor()
    row = queries.of_actor(actor, payment_id)
    return render_template(
        "payouts/payment.html",
        one=queries.infos([payment_id])[payment_id],
        proofs=row.proofs,
        budget_id=row.budget_id,
        budget_shown=policy.can(actor, policy.BUDGET_VIEW, row.org_id),
        unit=services().orgs.paths([row.org_id])[row.org_id],
        history=queries.history(payment_id),
        cancellable=row.state in _CANCELLABLE and policy.can(actor, policy.PAYMENT_EDIT, row.org_id),
    )


@bp.route("/desk/payouts/payments/<uuid:payment_id>/cancel", methods=["GET", "POST"])
@requires(policy.PAYMENT_EDIT)
def cancel_payment(payment_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Cancel a payment, with a reason."""
    actor, form = current_actor(), ReasonForm()
    queries.of_actor(actor, payment_id, policy.PAYMENT_EDIT)
    if form.validate_on_submit():
        try:
            service.cancel_on_desk(actor, payment_id, form.reason.data.strip())
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("付款已取消，占用的预算已释放。"), "amber")
            return redirect(url_for("payouts.payment", payment_id=payment_id), 303)
    page = render_template("payouts/payment_cancel.html", form=form, one=queries.infos([payment_id])[payment_id])
    return (page, 422) if form.errors else page
