"""What operators should notice, on the dashboard."""

from __future__ import annotations

from flask import url_for

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.kernel.models import JobState
from lms.messages.models import MailState
from lms.web import queries
from lms.webkit.room import Figure


def failed_jobs(actor: Actor) -> Figure | None:
    """Jobs that did not succeed and wait for somebody."""
    del actor
    counts = queries.waiting()
    failed, parked = counts[f"jobs_{JobState.FAILED}"], counts["events_parked"]
    lost = counts[f"mail_{MailState.FAILED}"]
    if not (failed or parked or lost):
        return None
    return Figure(
        label=_("需要处理的后台任务"),
        value=failed,
        note=_("另有 %(parked)d 个事件、%(lost)d 封邮件没有送达", parked=parked, lost=lost),
        tone="rose",
        href=url_for("admin.jobs", state=JobState.FAILED.value),
    )
