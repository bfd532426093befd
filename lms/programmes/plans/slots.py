"""What plans put on the home page: what waits for one, and a card that leads to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from flask import render_template, url_for
from markupsafe import Markup

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.programmes.plans import queries, wording
from lms.programmes.plans.queries import Shown
from lms.programmes.plans.rules import LookState, PlanState, ReportState
from lms.programmes.queries import catalogue
from lms.webkit.once import once_per_request
from lms.webkit.room import NextStep


@once_per_request
def _going_on(person_id: uuid.UUID) -> Sequence[Shown]:
    return [
        one
        for one in queries.load(queries.of_person(person_id)).values()
        if one.plan.state is not PlanState.ENDED or any(each.state is LookState.LATE for each in one.looks)
    ]


def next_step(actor: Actor) -> NextStep | None:
    """What a mentor has to answer or to write, or a plan of one's own that has to be written."""
    if actor.person_id is None:
        return None
    going_on = _going_on(actor.person_id)
    steps = [_for_mentor(one) if one.plan.mentor_id == actor.person_id else _for_talent(one) for one in going_on]
    return next((step for step in steps if step is not None), None)


def home_card(actor: Actor) -> Markup | None:
    """The plans that go on, with what is late."""
    if actor.person_id is None:
        return None
    going_on = _going_on(actor.person_id)
    if not going_on:
        return None
    page = render_template(
        "programmes/plan_home_card.html", plans=going_on, me=actor.person_id, known=catalogue.load(),
        plan_words=wording,
    )  # fmt: skip
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def _for_mentor(shown: Shown) -> NextStep | None:
    name, page = shown.talent, url_for("programmes.plan", plan_id=shown.plan.id)
    if shown.plan.state is PlanState.PROPOSED:
        text = _("%(name)s提交了培养计划，请看过后同意或退回。", name=name)
        return NextStep(34, _("有培养计划待您同意"), text, page, _("去看计划"))
    if any(one.state is ReportState.SENT for one in shown.reports):
        return NextStep(34, _("有进展汇报待您确认"), _("%(name)s汇报了进展。", name=name), page, _("去确认"))
    look = next((one for one in shown.looks if one.state in {LookState.OPEN, LookState.LATE}), None)
    if look is None:
        return None
    href = url_for("programmes.look", plan_id=shown.plan.id, number=look.row.number)
    due = clock.start_of_day(look.row.due_on + dt.timedelta(days=1))
    return NextStep(34, _("请写考察意见"), _("%(name)s的培养计划要考察。", name=name), href, _("去写意见"), due)


def _for_talent(shown: Shown) -> NextStep | None:
    if shown.plan.state is not PlanState.DRAFT:
        return None
    text = _("写好目标和措施，提交导师%(mentor)s。", mentor=shown.mentor)
    return NextStep(34, _("请写培养计划"), text, url_for("programmes.plan", plan_id=shown.plan.id), _("去写计划"))
