"""What the hours put on other rooms' pages: the learner's home, the officer's dashboard, a person's page."""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask import render_template, url_for
from markupsafe import Markup

from lms.credits import queries, wording
from lms.credits.cycles.ring import Kept, kept, of_cycles
from lms.credits.cycles.rules import SHORT, Status
from lms.credits.dto import HoursFilter
from lms.credits.obligations.rules import Obligation
from lms.credits.registration import queries as registration
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.webkit.once import once_per_request
from lms.webkit.room import Figure, NextStep

SOON_MONTHS = 6
REMINDED = 6


def _fresh(person_id: uuid.UUID) -> Kept:
    found = kept(person_id)
    return replace(found, rings=of_cycles(queries.summary(person_id).cycles)) if found.stale else found


_kept = once_per_request(_fresh)


def home_card(actor: Actor) -> Markup | None:
    """The rings on the learner's home; nothing for whoever has neither a national certificate nor hours."""
    if actor.person_id is None:
        return None
    found = _kept(actor.person_id)
    summary = None if found.rings else queries.summary(actor.person_id)
    if summary is not None and summary.level is None and not summary.ever:
        return None
    page = render_template("credits/home_card.html", rings=found.rings, summary=summary, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def next_step(actor: Actor) -> NextStep | None:
    """A learner who still lacks hours in a cycle that ends soon, or is over."""
    if actor.person_id is None:
        return None
    soon = clock.months_later(clock.today(), SOON_MONTHS)
    short = [
        ring
        for ring in _kept(actor.person_id).rings
        if (ring.status in SHORT and ring.last_day <= soon) or (ring.status is Status.OVERDUE and ring.missing)
    ]
    if not short:
        return None
    ring = min(short, key=lambda one: one.last_day)
    title = _("还差 %(time)s 继续教育", time=ring.said(ring.missing, missing=True))
    return NextStep(30, title, ring.dates, url_for("credits.hours"), _("看时长明细"), clock.start_of_day(ring.last_day))


def renew_step(actor: Actor) -> NextStep | None:
    """A learner who may renew the registration now: the window is open and nothing is missing."""
    if actor.person_id is None:
        return None
    today = clock.today()
    for ring in _kept(actor.person_id).rings:
        open_now = ring.window_from <= today and ring.status in (Status.MET, Status.FREED, Status.OVERDUE)
        renewed = ring.obligation is not Obligation.REGISTRATION or ring.followed_until is not None
        if open_now and not renewed and not ring.missing:
            if registration.under_way(actor.person_id):
                return None
            due = clock.start_of_day(ring.last_day)
            title, address = _("可以办理再登记了"), url_for("credits.own_registrations")
            return NextStep(30, title, ring.dates, address, _("去办理"), due)
    return None


def short_figure(actor: Actor) -> Figure:
    """How many lack hours in a period that ends soon."""
    count = queries.count_short(actor, clock.today(), SOON_MONTHS)
    return Figure(
        label=_("继续教育未达标"),
        value=count,
        note=_("登记周期在 %(months)d 个月内结束", months=SOON_MONTHS),
        tone="rose" if count else "green",
        href=url_for("credits.unit_hours", status="short", due=SOON_MONTHS),
    )


def remind_card(actor: Actor) -> Markup | None:
    """Who lacks hours in a period that ends soon, the earliest end first: the people to remind."""
    today, wanted = clock.today(), HoursFilter(short=True, due_months=SOON_MONTHS)
    rows = db.session.execute(queries.unit_hours(actor, wanted, today).limit(REMINDED))
    people = [queries.person_hours(row) for row in rows]
    if not people:
        return None
    page = render_template("credits/remind_card.html", people=people, months=SOON_MONTHS, wording=wording)
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
    rings = of_cycles(summary.cycles)
    page = render_template("credits/person_card.html", summary=summary, rings=rings, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
