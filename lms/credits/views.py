"""Pages of the hours: the learner's own, and a unit's for officers."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy
from lms.credits import queries, service, wording
from lms.credits.cycles.changing import EXCEPT
from lms.credits.cycles.ring import of_cycles
from lms.credits.cycles.rules import Status
from lms.credits.dto import HoursFilter
from lms.credits.export import hours_workbook
from lms.credits.forms import CorrectionForm
from lms.credits.models import Category
from lms.credits.obligations.models import LEVELS
from lms.credits.obligations.rules import Obligation
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.people.models import Person
from lms.webkit.blueprint import Blueprint, requires, signed_in
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate

bp = Blueprint("credits", __name__, template_folder="templates")
DUE_CHOICES = (3, 6, 12)


@bp.get("/hours")
@signed_in
def hours() -> str:
    """The learner's ring, dates and entries."""
    return render_template("credits/hours.html", **_person_page(me()))


@bp.get("/desk/hours")
@requires("credit:view")
def unit_hours() -> str:
    """Who is short, in the units the officer sees."""
    wanted, today = _wanted(), clock.today()
    page = paginate(queries.unit_hours(current_actor(), wanted, today), scalars=False)
    rows = [queries.person_hours(row) for row in page.rows]
    return render_template(
        "credits/unit_hours.html",
        page=page,
        rows=rows,
        wanted=wanted,
        units=orgs.choices(policy.visible_orgs(current_actor(), "credit:view")),
        due_choices=DUE_CHOICES,
        wording=wording,
    )


@bp.get("/desk/hours.xlsx")
@requires("credit:view")
def export_hours() -> Response:
    """The same list as a spreadsheet."""
    today = clock.today()
    rows = db.session.execute(queries.unit_hours(current_actor(), _wanted(), today))
    content = hours_workbook(queries.person_hours(row) for row in rows)
    return download(_("继续教育时长 %(day)s.xlsx", day=today.isoformat()), content)


@bp.get("/desk/hours/<uuid:person_id>")
@requires("credit:view")
def person_hours(person_id: uuid.UUID) -> str:
    """One person's entries, for an officer."""
    policy.require_person(current_actor(), "credit:view", person_id)
    person = db.session.get_one(Person, person_id)
    may_except = current_actor().holds(EXCEPT) and current_actor().person_id != person_id
    return render_template("credits/person_hours.html", person=person, may_except=may_except, **_person_page(person_id))


@bp.route("/desk/hours/entries/<uuid:entry_id>", methods=["GET", "POST"])
@requires("credit:edit")
def correct(entry_id: uuid.UUID) -> str | Response:
    """Correct an entry: it is reversed and, where something is left to count, entered anew."""
    actor = current_actor()
    entry = queries.entry(actor, entry_id, "credit:edit")
    form = CorrectionForm(data={"minutes": entry.minutes, "category": entry.category.value})
    if form.validate_on_submit():
        try:
            service.correct(
                actor,
                entry_id,
                minutes=form.minutes.data or 0,
                category=Category(form.category.data),
                reason=form.reason.data or "",
            )
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("已更正，原记录和更正都会保留。"), "green")
            return redirect(url_for("credits.person_hours", person_id=entry.person_id))
    person = db.session.get_one(Person, entry.person_id)
    return render_template("credits/correct.html", form=form, entry=entry, person=person, wording=wording)


def _person_page(person_id: uuid.UUID) -> dict[str, Any]:
    page = paginate(queries.entries(person_id))
    summary = queries.summary(person_id)
    return {
        "summary": summary,
        "rings": of_cycles(summary.cycles),
        "cycles": (*summary.cycles, *summary.past),
        "page": page,
        "reversed_ids": queries.reversed_among([entry.id for entry in page.rows]),
        "wording": wording,
    }


def _wanted() -> HoursFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    level = given.get("level", "")
    return HoursFilter(
        text=given.get("q", "").strip()[:60],
        org_id=given.get("org", type=uuid.UUID),
        obligation=given.get("obligation", Obligation.REGISTRATION, type=Obligation),
        level=level if level in LEVELS else "",
        status=given.get("status", type=Status),
        short=given.get("status") == "short",
        due_months=due if (due := given.get("due", type=int)) in DUE_CHOICES else None,
    )
