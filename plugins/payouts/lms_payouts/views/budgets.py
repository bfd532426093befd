"""Budgets and their ledger."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import pick
from lms.plugin_api.views import current_actor, download, paginate, requires
from lms.plugin_api.work import clock, session
from lms_payouts import export, policy
from lms_payouts.forms import LOWER, AdjustForm, BudgetForm
from lms_payouts.queries import budgets as queries
from lms_payouts.service import budgets as service
from lms_payouts.views.base import bp, units, wanted_budgets


@bp.get("/desk/payouts/budgets")
@requires(policy.BUDGET_VIEW)
def budgets() -> str:
    """All budgets the officer sees."""
    actor, wanted = current_actor(), wanted_budgets()
    page = paginate(queries.budgets(actor, wanted), scalars=False)
    return render_template(
        "payouts/budgets.html",
        page=page,
        lines=queries.lines(page.rows),
        wanted=wanted,
        total=queries.total(actor, wanted),
        years=queries.years(actor),
        units=units(policy.BUDGET_VIEW),
        schemes=queries.schemes(),
    )


@bp.get("/desk/payouts/budgets.xlsx")
@requires(policy.BUDGET_VIEW)
def export_budgets() -> Response:
    """The same list as a spreadsheet."""
    rows = session.execute(queries.budgets(current_actor(), wanted_budgets())).all()
    content = export.budgets_workbook(queries.lines(rows))
    return download(_("预算 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.route("/desk/payouts/budgets/new", methods=["GET", "POST"])
@requires(policy.BUDGET_EDIT)
def new_budget() -> str | Response | tuple[str, int]:
    """Set up a budget."""
    form = BudgetForm(data={"key": new_id().hex, "year": clock.today().year})
    form.org_id.choices = [(unit.id.hex, unit.name) for unit in units(policy.BUDGET_EDIT)]
    form.scheme.choices = [("", _("不限资助项目")), *((code, pick(title)) for code, title in queries.schemes().items())]
    if form.validate_on_submit():
        try:
            budget_id = service.set_up(
                current_actor(),
                org_id=uuid.UUID(form.org_id.data),
                year=form.year.data,
                scheme=form.scheme.data,
                amount_fen=form.amount.fen,
                reason=form.reason.data.strip(),
                key=form.key.data,
            )
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("预算已设立，并记入资金台账。"), "green")
            return redirect(url_for("payouts.budget", budget_id=budget_id), 303)
    page = render_template("payouts/budget_new.html", form=form)
    return (page, 422) if form.errors else page


@bp.get("/desk/payouts/budgets/<uuid:budget_id>")
@requires(policy.BUDGET_VIEW)
def budget(budget_id: uuid.UUID) -> str:
    """One budget: how it stands and every transaction."""
    actor = current_actor()
    line = queries.line(actor, budget_id)
    page = paginate(queries.ledger(budget_id), scalars=False)
    booked = [queries.ledger_line(row) for row in page.rows]
    return render_template(
        "payouts/budget.html",
        line=line,
        page=page,
        booked=booked,
        names=services().people.names([one.by for one in booked if one.by]),
        editable=policy.can(actor, policy.BUDGET_EDIT, line.org_id),
        payments_shown=policy.can(actor, policy.PAYMENT_VIEW, line.org_id),
    )


@bp.get("/desk/payouts/budgets/<uuid:budget_id>/ledger.xlsx")
@requires(policy.BUDGET_VIEW)
def export_ledger(budget_id: uuid.UUID) -> Response:
    """The whole ledger of a budget as a spreadsheet."""
    line = queries.line(current_actor(), budget_id)
    rows = session.execute(queries.ledger(budget_id, newest_first=False))
    booked = [queries.ledger_line(row) for row in rows]
    names = services().people.names(list({one.by for one in booked if one.by}))
    content = export.ledger_workbook(booked, names)
    return download(_("资金台账 %(year)d %(day)s.xlsx", year=line.year, day=clock.today().isoformat()), content)


@bp.route("/desk/payouts/budgets/<uuid:budget_id>/adjust", methods=["GET", "POST"])
@requires(policy.BUDGET_EDIT)
def adjust_budget(budget_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Raise or lower a budget."""
    actor = current_actor()
    queries.of_actor(actor, budget_id, policy.BUDGET_EDIT)
    form = AdjustForm(data={"key": new_id().hex, "direction": request.args.get("direction", "raise")})
    if form.validate_on_submit():
        change = -form.amount.fen if form.direction.data == LOWER else form.amount.fen
        try:
            done = service.adjust(
                actor, budget_id, change_fen=change, reason=form.reason.data.strip(), key=form.key.data
            )
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("预算已调整，并记入资金台账。") if done else _("这次调整之前已经记过，没有重复记。"), "green")
            return redirect(url_for("payouts.budget", budget_id=budget_id), 303)
    page = render_template("payouts/budget_adjust.html", form=form, line=queries.line(actor, budget_id))
    return (page, 422) if form.errors else page
