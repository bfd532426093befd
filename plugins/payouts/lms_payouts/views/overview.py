"""The first page: how the money stands, what waits, which batches are under way."""

from __future__ import annotations

from flask import render_template

from lms.plugin_api.services import services
from lms.plugin_api.views import current_actor, requires
from lms.plugin_api.work import clock, session
from lms_payouts import policy
from lms_payouts.dto import BatchFilter, BudgetFilter, Money
from lms_payouts.queries import batches, budgets, payments
from lms_payouts.rules import BatchState
from lms_payouts.service import checking
from lms_payouts.views.base import asked_year, bp

_MOST_BUDGETS = 8
_MOST_BATCHES = 6
UNDER_WAY = (BatchState.DRAFT, BatchState.FIRST, BatchState.SIGNED, BatchState.SENT)


@bp.get("/desk/payouts")
@requires(policy.PAYMENT_VIEW)
def index() -> str:
    """A picture of the year."""
    actor = current_actor()
    sees_budgets = actor.holds(policy.BUDGET_VIEW)
    years = budgets.years(actor) if sees_budgets else []
    year = asked_year() or (years[0] if years else clock.today().year)
    wanted = BudgetFilter(year=year)
    rows = session.execute(budgets.budgets(actor, wanted).limit(_MOST_BUDGETS)).all() if sees_budgets else []
    recent = session.scalars(batches.batches(actor, BatchFilter()).limit(_MOST_BATCHES)).all()
    return render_template(
        "payouts/index.html",
        year=year,
        years=sorted({*years, year}, reverse=True),
        sees_budgets=sees_budgets,
        lines=budgets.lines(rows),
        money=budgets.total(actor, wanted) if sees_budgets else Money(),
        by_state=payments.by_state(actor, year),
        waiting=payments.waiting_by_scheme(actor),
        batch_counts=batches.by_state(actor),
        under_way=UNDER_WAY,
        recent=recent,
        units=services().orgs.paths([one.org_id for one in recent]),
        to_sign=batches.to_sign(actor) if actor.holds(policy.BATCH_SIGN) else 0,
        check=checking.last_check() if sees_budgets else None,
    )
