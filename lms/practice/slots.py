"""What practice puts on other rooms' pages: the learner's home, the officers' dashboard, a person's page."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import func, select

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.practice import policy, queries, wording
from lms.practice.models import Placement
from lms.practice.rules import PlacementState
from lms.webkit.once import once_per_request
from lms.webkit.room import Figure, NextStep


@once_per_request
def _under_way(person_id: uuid.UUID) -> list[Placement]:
    return queries.active_of(person_id, clock.today())


def sign_step(actor: Actor) -> NextStep | None:
    """Hours that wait for the person's signature as a supervisor."""
    if actor.person_id is None:
        return None
    query = queries.waiting_for(actor.person_id).order_by(None)
    waiting = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if not waiting:
        return None
    title = _("有 %(number)d 条实训时长等您签字", number=waiting)
    return NextStep(35, title, _("请核对日期、时间和内容。"), url_for("practice.supervise"), _("去签字"))


def home_card(actor: Actor) -> Markup | None:
    """Placements under way with how far they are, and the way to log hours."""
    if actor.person_id is None:
        return None
    placements = _under_way(actor.person_id)
    if not placements:
        return None
    page = render_template("practice/home_card.html", lines=queries.lines(placements), words=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def log_step(actor: Actor) -> NextStep | None:
    """Somebody in practice who may log what they did."""
    if actor.person_id is None:
        return None
    for line in queries.lines(_under_way(actor.person_id)):
        missing = wording.missing(line.progress)
        if missing:
            href = url_for("practice.log_hours", placement_id=line.placement.id)
            title = _("记下今天的实训：%(title)s", title=pick(line.rule.title))
            return NextStep(45, title, missing[0], href, _("记时长"))
    return None


def waiting_figure(actor: Actor) -> Figure:
    """Applications that wait for a station of the officer's."""
    query = select(func.count()).where(
        Placement.state == PlacementState.APPLIED, Placement.org_id.in_(access.visible_orgs(actor, policy.EDIT))
    )
    count = db.session.scalar(query) or 0
    return Figure(
        label=_("待接收的实训申请"),
        value=count,
        tone="amber" if count else "green",
        href=url_for("practice.desk", state=PlacementState.APPLIED.value),
    )


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's practice on the officers' page about them; the page has checked that the officer may see them."""
    del actor
    lines = queries.lines(queries.own(person_id))
    if not lines:
        return None
    page = render_template("practice/person_card.html", lines=lines, words=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
