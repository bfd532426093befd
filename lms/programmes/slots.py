"""What this room puts on other rooms' pages."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.programmes import policy, wording
from lms.programmes.appointment_models import Appointment
from lms.programmes.queries import appointments, catalogue, rounds, supervision
from lms.webkit.room import NextStep
from lms.webkit.templating import day


def next_step(actor: Actor) -> NextStep | None:
    """A session of supervision to sign, or scores to give."""
    if actor.person_id is None:
        return None
    log = supervision.to_sign(actor.person_id)
    if log is not None:
        href = url_for("programmes.log", log_id=log.id)
        text = _("%(day)s的督导，写下反思后确认，时长才计入。", day=day(log.held_on))
        return NextStep(32, _("有督导记录待您确认"), text, href, _("去确认"))
    seats = rounds.seats(actor.person_id)
    if seats:
        href = url_for("programmes.panel", round_id=seats[0].id)
        return NextStep(33, _("请您为选拔打分"), _("每位评委独立打分，结束前可以修改。"), href, _("去打分"))
    return None


def home_card(actor: Actor) -> Markup | None:
    """What one holds, and the rounds that take applications."""
    if actor.person_id is None:
        return None
    today = clock.today()
    held = appointments.held_by(actor.person_id, today)
    taking = rounds.taking(today)
    if not held and not taking:
        return None
    page = render_template(
        "programmes/home_card.html", held=held, taking=taking[:3], known=catalogue.load(), words=wording
    )
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's appointments on the officers' page about them."""
    query = appointments.with_ends().where(Appointment.person_id == person_id, policy.visible_appointments(actor))
    rows = [
        (one, appointments.last_day(one, end))
        for one, end in db.session.execute(query.order_by(Appointment.starts_on.desc(), Appointment.id))
    ]
    may_record = actor.holds(policy.APPOINT) and actor.person_id != person_id
    if not rows and not may_record:
        return None
    page = render_template(
        "programmes/person_card.html", rows=rows, known=catalogue.load(), person_id=person_id, may_record=may_record,
        words=wording,
    )  # fmt: skip
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
