"""What this room puts on the officers' dashboard."""

from __future__ import annotations

from flask import render_template, url_for
from markupsafe import Markup

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.people import queries
from lms.people.dto import PeopleFilter, Registration
from lms.webkit.room import Figure


def people_figure(actor: Actor) -> Figure:
    """How many people work in the officer's units."""
    return Figure(label=_("在职人员"), value=f"{queries.count(actor):,}", href=url_for("people.index"))


def coverage_card(actor: Actor) -> Markup | None:
    """The share of people with a national certificate, unit by unit: a map without a map."""
    units = queries.coverage(actor)
    people, certified = sum(unit.people for unit in units), sum(unit.certified for unit in units)
    if len(units) < 2 or not certified:
        return None
    page = render_template("people/coverage_card.html", units=units, percent=round(100 * certified / people))
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def expiring_figure(actor: Actor) -> Figure:
    """How many registrations of national certificates end within 90 days."""
    count = queries.count(actor, PeopleFilter(registration=Registration.SOON))
    return Figure(
        label=_("90 天内登记到期"),
        value=f"{count:,}",
        tone="rose" if count else "",
        href=url_for("people.index", registration=Registration.SOON.value, order="expiry"),
    )
