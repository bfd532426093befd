"""Places of stations, and what each category asks for."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.dated import in_force
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.practice import policy, queries
from lms.practice.dto import Category
from lms.practice.forms import FiguresForm, PlacesForm
from lms.practice.service import setting
from lms.practice.views.base import WORDS, bp, show_on
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/practice/places")
@requires(policy.VIEW)
def places() -> str:
    """The stations in sight with their places by category."""
    text = request.args.get("q", "").strip()[:60]
    page = paginate(queries.stations(access.visible_orgs(current_actor(), policy.VIEW), text))
    stations = page.rows
    return render_template(
        "practice/places.html",
        page=page,
        text=text,
        paths=orgs.paths(station.id for station in stations),
        titles=queries.titles(),
        places=queries.places_by_station([station.id for station in stations]),
        **WORDS,
    )


@bp.route("/desk/practice/places/<uuid:org_id>", methods=["GET", "POST"])
@requires(policy.EDIT)
def station_places(org_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """How many one station takes in each category; one field for each."""
    access.require(current_actor(), policy.EDIT, org_id)
    titles, now = queries.titles(), queries.places_by_station([org_id])
    forms = {code: PlacesForm(prefix=f"{code}-", places=now.get((org_id, code), 0)) for code in titles}
    if request.method == "POST":
        sound = [form.validate() for form in forms.values()]  # each, so that every fault is shown
        if all(sound):
            for code, form in forms.items():
                setting.set_places(current_actor(), org_id, code, form.places.data)
            flash(_("名额已保存。"), "green")
            return redirect(url_for("practice.places"), 303)
        return _places_page(org_id, forms), 422
    return _places_page(org_id, forms)


@bp.get("/desk/practice/rules")
@requires(policy.VIEW)
def figures() -> str:
    """Every category with what it asks for today."""
    found = [(one, in_force(one.rules, clock.today())) for one in queries.categories()]
    return render_template("practice/rules.html", rows=found, may_edit=_may_set(), **WORDS)


@bp.route("/desk/practice/rules/new", methods=["GET", "POST"])
@requires(policy.RULE)
def new_category() -> str | tuple[str, int] | Response:
    """A category that is not there yet."""
    form = FiguresForm.showing(None)
    if form.is_submitted() and form.code.data in {one.code for one in queries.categories()}:
        form.validate()
        form.code.errors = [*form.code.errors, _("这个代码已用于另一类实训")]
        return _new_page(form), 422
    saved = _saved(form)
    if saved is not None:
        return saved
    return (_new_page(form), 422) if form.is_submitted() else _new_page(form)


@bp.route("/desk/practice/rules/<code>", methods=["GET"])
@requires(policy.VIEW)
def category(code: str) -> str:
    """A category: what it asks for, its history and, for the city's officers, a form for the next figures."""
    found = queries.category(code)
    return _category_page(found, _form(found))


@bp.post("/desk/practice/rules/<code>")
@requires(policy.RULE)
def save_figures(code: str) -> tuple[str, int] | Response:
    """Save the next figures of a category."""
    found = queries.category(code)
    form = _form(found)
    return _saved(form, code) or (_category_page(found, form), 422)


def _form(found: Category) -> FiguresForm:
    return FiguresForm.showing(in_force(found.rules, clock.today()) or found.rules[0])


def _saved(form: FiguresForm, code: str = "") -> Response | None:
    """Save what was typed and go to the category's page; None with the faults beside the fields."""
    if not form.validate_on_submit():
        return None
    new = form.figures(code)
    try:
        setting.save_figures(current_actor(), new)
    except LmsError as refused:
        if show_on(form, refused):
            raise
        return None
    flash(_("规则已保存。已开始的实训不受影响。"), "green")
    return redirect(url_for("practice.category", code=new.code), 303)


def _new_page(form: FiguresForm) -> str:
    return render_template("practice/new_rule.html", form=form, may_edit=_may_set(), **WORDS)


def _category_page(found: Category, form: FiguresForm) -> str:
    return render_template(
        "practice/rule.html",
        category=found,
        now_in_force=in_force(found.rules, clock.today()),
        form=form,
        names=queries.names({rule.set_by for rule in found.rules}),
        may_edit=_may_set(),
        today=clock.today(),
        **WORDS,
    )


def _places_page(org_id: uuid.UUID, forms: dict[str, PlacesForm]) -> str:
    return render_template(
        "practice/station_places.html", station=orgs.unit(org_id), forms=forms, titles=queries.titles(), **WORDS
    )


def _may_set() -> bool:
    return policy.may_set_figures(current_actor())
