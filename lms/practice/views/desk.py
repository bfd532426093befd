"""The officers' list of placements, its spreadsheet, and assigning."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.dated import in_force
from lms.kernel.db import db
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.orgs import queries as orgs
from lms.practice import export, policy, queries
from lms.practice.dto import PlacementFilter, Wish
from lms.practice.forms import AssignForm
from lms.practice.rules import PlacementState
from lms.practice.service import placing
from lms.practice.views.base import WORDS, bp, show_on, typed_person, typed_supervisor
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

AT_ONCE = 500
"""Placements of a spreadsheet that are looked up together: a statement takes only so many ids."""


@bp.get("/desk/practice")
@requires(policy.VIEW)
def desk() -> str:
    """The placements in the officer's sight, and the hours by category."""
    actor, wanted = current_actor(), _wanted()
    page = paginate(queries.listed(actor, wanted))
    return render_template(
        "practice/desk.html",
        page=page,
        lines=queries.lines(page.rows),
        wanted=wanted,
        titles=queries.titles(),
        totals=queries.minutes_by_category(actor, wanted),
        units=orgs.choices(access.visible_orgs(actor, policy.VIEW)),
        stations=queries.stations_in(actor),
        **WORDS,
    )


@bp.get("/desk/practice.xlsx")
@requires(policy.VIEW)
def export_placements() -> Response:
    """The same list as a spreadsheet."""
    actor, wanted = current_actor(), _wanted()
    found = db.session.scalars(queries.listed(actor, wanted).execution_options(yield_per=AT_ONCE))
    lines = (line for part in found.partitions() for line in queries.lines(part))
    content = export.placements_workbook(lines, queries.minutes_by_category(actor, wanted), queries.titles())
    return download(_("实务实训 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.get("/desk/practice/new")
@requires(policy.EDIT)
def choose_place() -> str:
    """At which station, in which category somebody is to be placed."""
    return render_template("practice/choose_place.html", rows=_own_places(), titles=queries.titles(), **WORDS)


@bp.route("/desk/practice/new/<uuid:org_id>/<code>", methods=["GET", "POST"])
@requires(policy.EDIT)
def assign(org_id: uuid.UUID, code: str) -> str | tuple[str, int] | Response:
    """Place somebody without an application."""
    actor = current_actor()
    access.require(actor, policy.EDIT, org_id)
    rule = in_force(queries.category(code).rules, clock.today())
    if rule is None:
        raise NotFound(_("没有这类实务实训。"))
    form, refusal = AssignForm(), None
    form.offer(queries.staff(org_id, uuid.UUID(int=0)))
    if form.validate_on_submit():
        try:
            person_id = typed_person(form.number.data or "", "number")
            wish = Wish(
                key=form.key.data, org_id=org_id, code=code, first_day=form.first_day.data, last_day=form.last_day.data
            )
            placement_id = placing.assign(actor, wish, person_id, typed_supervisor(form))
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("已安排，本人和督导会收到通知。"), "green")
            return redirect(url_for("practice.desk_placement", placement_id=placement_id), 303)
    if not form.is_submitted():
        form.key.data, form.first_day.data = new_id().hex, clock.today()
        form.last_day.data = clock.months_later(clock.today(), 3)
    page = render_template(
        "practice/assign.html", station=orgs.unit(org_id), rule=rule, form=form, refusal=refusal, **WORDS
    )
    return (page, 422) if form.is_submitted() else page


def _own_places() -> list[tuple[uuid.UUID, str, str, int]]:
    """Stations in the officer's charge that take people: id, name, category, places."""
    return queries.places_in(access.visible_orgs(current_actor(), policy.EDIT))


def _wanted() -> PlacementFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    return PlacementFilter(
        text=given.get("q", "").strip()[:60],
        code=given.get("category", "")[:40],
        state=given.get("state", type=PlacementState),
        org_id=given.get("org", type=uuid.UUID),
        station_id=given.get("station", type=uuid.UUID),
    )
