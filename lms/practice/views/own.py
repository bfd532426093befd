"""A learner's practice on a phone: my placements, applying for one, withdrawing."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel import clock
from lms.kernel.dated import in_force
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES
from lms.practice import policy, queries
from lms.practice.dto import Offer
from lms.practice.forms import ApplyForm
from lms.practice.models import PracticeRule
from lms.practice.portfolio import portfolio
from lms.practice.printing import printed
from lms.practice.service import placing
from lms.practice.views.base import WORDS, bp, show_on
from lms.webkit.blueprint import signed_in
from lms.webkit.downloads import PDF, download
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate


@bp.get("/me/practice")
@signed_in
def own() -> str:
    """Every placement of the person with how far it is, and those they supervise."""
    lines = queries.lines(queries.own(me()))
    supervised = queries.lines(queries.supervised(me()))
    return render_template("practice/own.html", lines=lines, supervised=supervised, today=clock.today(), **WORDS)


@bp.get("/me/practice/new")
@signed_in
def choose_category() -> str:
    """What kinds of practice there are, and what each asks for."""
    today = clock.today()
    found = (in_force(category.rules, today) for category in queries.categories())
    return render_template("practice/categories.html", rules=[rule for rule in found if rule and rule.is_open], **WORDS)


@bp.get("/me/practice/new/<code>")
@signed_in
def choose_station(code: str) -> str:
    """Where a category can be practised, and how many places are free today."""
    rule, county = _open_rule(code), request.args.get("county", type=uuid.UUID)
    counties = [unit for unit in orgs.children(orgs.city().id) if unit.kind in COUNTIES]
    offers = queries.offers(code, clock.today(), county)
    return render_template(
        "practice/stations.html", rule=rule, offers=offers, counties=counties, county=county, **WORDS
    )


@bp.route("/me/practice/new/<code>/<uuid:org_id>", methods=["GET", "POST"])
@signed_in
def apply(code: str, org_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Apply for a place at a station. Sent twice, it is one application."""
    rule, offer = _open_rule(code), _offer(code, org_id)
    form, refusal = ApplyForm(), None
    if form.validate_on_submit():
        try:
            placement_id = placing.apply(current_actor(), form.wish(org_id, code))
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("申请已提交，站点接收后会通知您。"), "green")
            return redirect(url_for("practice.placement", placement_id=placement_id), 303)
    if not form.is_submitted():
        form.key.data, form.first_day.data = new_id().hex, clock.today()
        form.last_day.data = clock.months_later(clock.today(), 3)
    page = render_template("practice/apply.html", rule=rule, offer=offer, form=form, refusal=refusal, **WORDS)
    return (page, 422) if form.is_submitted() else page


@bp.get("/me/practice/<uuid:placement_id>")
@signed_in
def placement(placement_id: uuid.UUID) -> str:
    """One placement: how far it is, what is missing, and each log."""
    found = policy.own(current_actor(), placement_id)
    [line] = queries.lines([found])
    page = paginate(queries.logs(found.id))
    return render_template("practice/placement.html", line=line, page=page, today=clock.today(), **WORDS)


@bp.post("/me/practice/<uuid:placement_id>/withdraw")
@signed_in
def withdraw(placement_id: uuid.UUID) -> Response:
    """Take an application back."""
    placing.withdraw(current_actor(), placement_id)
    flash(_("申请已撤回。"), "green")
    return redirect(url_for("practice.own"), 303)


@bp.get("/me/practice/portfolio")
@signed_in
def own_portfolio() -> str:
    """Placements, hours by category, reflections, signatures."""
    return render_template("practice/portfolio.html", portfolio=portfolio(me()), **WORDS)


@bp.get("/me/practice/portfolio.pdf")
@signed_in
def own_portfolio_pdf() -> Response:
    """The same on A4."""
    found = portfolio(me())
    return download(_("实务实训档案 %(name)s.pdf", name=found.name), printed(found), PDF)


def _open_rule(code: str) -> PracticeRule:
    rule = in_force(queries.category(code).rules, clock.today())
    if rule is None or not rule.is_open:
        raise NotFound(_("这类实训现在不接收新人。"), todo=_("请从列表里选择。"))
    return rule


def _offer(code: str, org_id: uuid.UUID) -> Offer:
    found = next((one for one in queries.offers(code, clock.today()) if one.org_id == org_id), None)
    if found is None:
        raise NotFound(_("这个站点不接收这类实训。"), todo=_("请从列表里选择。"))
    return found
