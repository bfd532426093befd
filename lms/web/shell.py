"""What the layouts show on every page: unread messages, preferences, the way to sign in, live jobs."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from lms.kernel.jobs.worker import job_or_none
from lms.messages import queries as messages
from lms.web.rules import nearest
from lms.webkit.identity import current_actor
from lms.webkit.once import once_per_request
from lms.webkit.preferences import current_preferences
from lms.webkit.registry import registry

_unread = once_per_request(messages.unread_count)


def page_context() -> dict[str, Any]:
    """Names for templates; what costs a query is a function, so that pages without it pay nothing."""
    return {
        "preferences": current_preferences(),
        "unread_count": unread_count,
        "sign_in_url": sign_in_url,
        "job_block": job_block,
        "menu_address": menu_address,
    }


def unread_count() -> int:
    """How many messages wait for the person; one query per page however often it is shown."""
    actor = current_actor()
    return _unread(actor.person_id) if actor.person_id else 0


def menu_address() -> str:
    """The entry of the side bar that the present page belongs to."""
    menu, actor = registry().menu, current_actor()
    entries = [*menu("desk", actor), *menu("admin", actor)]
    return nearest(request.path, [url_for(item.endpoint) for item in entries])


def sign_in_url() -> str:
    """Where to sign in, coming back to the present page."""
    here = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return url_for("access.sign_in", next=here)


def job_block(job_id: uuid.UUID | None) -> Markup:
    """A job's progress as it is now; the block asks for the next state by itself."""
    job = job_or_none(job_id) if job_id else None
    page = render_template("web/_job.html", job=job) if job else ""
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
