"""What approvals put on other rooms' pages: home, the dashboard, a person's page, the desk's search."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import select

from lms.approvals import policy, wording
from lms.approvals.dto import WorkFilter
from lms.approvals.models import RUNNING, ApprovalCase, CaseState
from lms.approvals.notice_models import ObjectionState
from lms.approvals.queries import cases, notices, worklist
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.room import Figure, NextStep

MOST = 4


def next_step(actor: Actor) -> NextStep | None:
    """The returned application that has to be answered first."""
    returned = cases.own_cases(actor).where(ApprovalCase.state == CaseState.RETURNED)
    case = db.session.scalars(returned.order_by(None).order_by(ApprovalCase.due_on, ApprovalCase.id).limit(1)).first()
    if case is None:
        return None
    text = _("请补齐后重新提交，过期视为撤回。") if case.due_on else _("请尽快补齐并重新提交。")
    href = url_for("approvals.own_case", case_id=case.id)
    due = clock.start_of_day(case.due_on) if case.due_on else None
    return NextStep(30, _("“%(title)s”需要补正", title=pick(case.title)), text, href, _("去补正"), due)


def home_card(actor: Actor) -> Markup | None:
    """The person's running applications."""
    if actor.person_id is None:
        return None
    found = db.session.scalars(cases.own_cases(actor, running=True).limit(MOST)).all()
    if not found:
        return None
    page = render_template("approvals/home_card.html", views=cases.views(found), wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def work_figure(actor: Actor) -> Figure:
    """How many cases wait for the officer, and how many of them too long."""
    total, late = worklist.counts(actor, clock.today())
    return Figure(
        label=_("待我审批"),
        value=f"{total:,}",
        note=_("逾期 %(count)d", count=late) if late else _("没有逾期"),
        tone="rose" if late else "green",
        href=url_for("approvals.work"),
    )


def objections_figure(actor: Actor) -> Figure | None:
    """How many objections the officer has to look into."""
    waiting = db.session.execute(notices.objections(actor, ObjectionState.OPEN)).all()
    if not waiting:
        return None
    return Figure(_("公示异议"), len(waiting), _("等待核实"), "rose", url_for("approvals.objections"))


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's applications on the officers' page about them, as far as the officer sees them."""
    query = select(ApprovalCase).where(ApprovalCase.applicant_id == person_id, policy.visible(actor))
    order = ApprovalCase.state.not_in(RUNNING), ApprovalCase.opened_at.desc(), ApprovalCase.id
    return _card(query.order_by(*order), _("申请"))


def cases_found(actor: Actor, asked: str) -> Markup | None:
    """Applications by number or applicant's name, for the desk's search."""
    query = worklist.work(actor, WorkFilter(view="all", text=asked, order="newest"), clock.today())
    return _card(query, _("申请"))


def _card(query: object, title: str) -> Markup | None:
    found = db.session.scalars(query.limit(MOST * 2)).all()  # type: ignore[attr-defined]
    if not found:
        return None
    page = render_template("approvals/found_card.html", cases=found, title=title, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
