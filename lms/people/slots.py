"""What this room puts on the officers' dashboard."""

from __future__ import annotations

from flask import url_for

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.people import queries
from lms.people.dto import PeopleFilter, Registration
from lms.webkit.room import Figure


def people_figure(actor: Actor) -> Figure:
    """How many people work in the officer's units."""
    return Figure(label=_("在职人员"), value=f"{queries.count(actor):,}", href=url_for("people.index"))


def expiring_figure(actor: Actor) -> Figure:
    """How many registrations of national certificates end within 90 days."""
    count = queries.count(actor, PeopleFilter(registration=Registration.SOON))
    return Figure(
        label=_("90 天内登记到期"),
        value=f"{count:,}",
        tone="rose" if count else "",
        href=url_for("people.index", registration=Registration.SOON.value, order="expiry"),
    )
