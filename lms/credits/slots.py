"""What the hours put on other rooms' pages: the learner's home, the officer's dashboard, a person's page."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup

from lms.credits import queries, wording
from lms.credits.dto import HoursFilter
from lms.credits.rules import Standing
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.webkit.once import once_per_request
from lms.webkit.room import Figure, NextStep
from lms.webkit.templating import day, minutes

SOON_MONTHS = 6
_summary = once_per_request(queries.summary)
REMINDED = 6


def home_card(actor: Actor) -> Markup | None:
    """The ring on the learner's home; nothing for whoever has neither a national certificate nor hours."""
    if actor.person_id is None:
        return None
    summary = _summary(actor.person_id)
    if summary.level is None and not summary.ever:
        return None
    page = render_template("credits/home_card.html", summary=summary, standings=Standing, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def next_step(actor: Actor) -> NextStep | None:
    """A learner whose renewal window is open, or opens soon, and who still lacks hours."""
    if actor.person_id is None:
        return None
    summary = _summary(actor.person_id)
    period = summary.period
    if period is None or summary.standing is not Standing.SHORT:
        return None
    if period.last_day > clock.months_later(summary.on, SOON_MONTHS):
        return None
    text = _("登记周期的最后一天是 %(day)s。", day=day(period.last_day))
    title = _("还差 %(time)s 继续教育", time=minutes(summary.missing))
    return NextStep(30, title, text, url_for("credits.hours"), _("看看怎么补"), clock.start_of_day(period.last_day))


def short_figure(actor: Actor) -> Figure:
    """How many lack hours in a period that ends soon."""
    count = queries.count_short(actor, clock.today(), SOON_MONTHS)
    return Figure(
        label=_("继续教育未达标"),
        value=count,
        note=_("登记周期在 %(months)d 个月内结束", months=SOON_MONTHS),
        tone="rose" if count else "green",
        href=url_for("credits.unit_hours", standing=Standing.SHORT.value, due=SOON_MONTHS),
    )


def remind_card(actor: Actor) -> Markup | None:
    """Who lacks hours in a period that ends soon, the earliest end first: the people to remind."""
    today, wanted = clock.today(), HoursFilter(standing=Standing.SHORT, due_months=SOON_MONTHS)
    rows = db.session.execute(queries.unit_hours(actor, wanted, today).limit(REMINDED))
    people = [queries.person_hours(row, today) for row in rows]
    if not people:
        return None
    page = render_template(
        "credits/remind_card.html", people=people, standing=Standing.SHORT, months=SOON_MONTHS, wording=wording
    )
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def expiry_card(actor: Actor) -> Markup | None:
    """In which of the coming twelve months registrations end, and how many of those people lack hours."""
    months = queries.expiries(actor, clock.today())
    if not any(ends for _month, ends, _short in months):
        return None
    page = render_template("credits/expiry_card.html", months=months)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup:
    """A person's hours on the officers' page about them. The page has checked that the officer may see the person."""
    del actor
    summary = queries.summary(person_id)
    page = render_template("credits/person_card.html", summary=summary, standings=Standing, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
