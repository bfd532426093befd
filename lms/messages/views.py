"""A person's own messages."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import ngettext
from lms.messages import queries, service
from lms.messages.wording import worded
from lms.webkit.blueprint import Blueprint, signed_in
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

bp = Blueprint("messages", __name__, template_folder="templates")


@bp.get("/messages")
@signed_in
def inbox() -> str:
    """All messages or only the new ones, newest first."""
    unread_only = request.args.get("show") == "new"
    page = paginate(queries.inbox(current_actor(), unread_only=unread_only))
    rows = [(message, worded(message.kind, message.params)) for message in page.rows]
    return render_template("messages/inbox.html", page=page, rows=rows, unread_only=unread_only)


@bp.post("/messages/<uuid:message_id>/open")
@signed_in
def open_message(message_id: uuid.UUID) -> Response:
    """Mark a message as read and go where it leads."""
    link = service.mark_read(current_actor(), message_id)
    return redirect(link or url_for("messages.inbox"), 303)


@bp.post("/messages/read")
@signed_in
def read_all() -> Response:
    """Mark as read what the page showed; `until` says when it was drawn."""
    count = service.mark_all_read(current_actor(), _moment(request.form.get("until", "")) or clock.now())
    done = ngettext("已把 %(num)d 条消息标为已读。", "已把 %(num)d 条消息标为已读。", count)
    flash(done if count else _("没有未读消息。"), "green")
    return redirect(url_for("messages.inbox"), 303)


def _moment(text: str) -> dt.datetime | None:
    """A moment with its time zone, or None for anything that is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
