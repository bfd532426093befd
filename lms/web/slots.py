"""What operators should notice, on the dashboard."""

from __future__ import annotations

from flask import render_template, url_for
from markupsafe import Markup

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.kernel.models import JobState
from lms.messages.models import DispatchState
from lms.web import queries
from lms.webkit.room import Figure


def failed_jobs(actor: Actor) -> Figure | None:
    """Jobs that did not succeed and wait for somebody."""
    del actor
    counts = queries.waiting()
    failed, parked = counts[f"jobs_{JobState.FAILED}"], counts["events_parked"]
    lost = counts[f"mail_{DispatchState.FAILED}"]
    if not (failed or parked or lost):
        return None
    return Figure(
        label=_("需要处理的后台任务"),
        value=failed,
        note=_("另有 %(parked)d 个事件、%(lost)d 条外发消息没有送达", parked=parked, lost=lost),
        tone="rose",
        href=url_for("admin.jobs", state=JobState.FAILED.value),
    )


def health_card(actor: Actor) -> Markup:
    """How the system fares: queue, mail, audit chain, disk."""
    del actor
    page = render_template(
        "web/health_card.html",
        health=queries.health(),
        counts=queries.waiting(),
        check=queries.last_audit_check(),
        states=JobState,
        mail=DispatchState,
    )
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
