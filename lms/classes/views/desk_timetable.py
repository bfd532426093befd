"""Officers' pages: the timetable of a group, meeting by meeting."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.classes import policy
from lms.classes.forms import CancelForm, MeetingForm
from lms.classes.models import ClassGroup, ClassMeeting
from lms.classes.queries import data
from lms.classes.queries import timetable as queries
from lms.classes.service import timetable as service
from lms.classes.service.common import trainers_of
from lms.classes.service.timetable import Clashes
from lms.classes.views.base import bp, desk_words, show_on
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/classes/<uuid:group_id>/timetable")
@requires(policy.VIEW)
def timetable_page(group_id: uuid.UUID) -> str:
    """The meetings of a group."""
    group = policy.seen_group(current_actor(), group_id)
    meetings = queries.of_group(group_id)
    return render_template(
        "classes/timetable.html",
        meetings=meetings,
        trainers=queries.trainers([one.id for one in meetings]),
        rooms=data.rooms_by_id({one.room_id for one in meetings if one.room_id}),
        **desk_words(group),
    )


@bp.route("/desk/classes/<uuid:group_id>/meetings/new", methods=["GET", "POST"])
@requires(policy.EDIT)
def new_meeting(group_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Plan a meeting."""
    group = policy.run_group(current_actor(), group_id)
    form = MeetingForm.showing(None)
    form.offer(data.rooms(current_actor()), data.trainers())
    if request.method == "GET":
        return _page(group, form, None)
    return _saved(group, form, None)


@bp.route("/desk/classes/meetings/<uuid:meeting_id>/edit", methods=["GET", "POST"])
@requires(policy.EDIT)
def edit_meeting(meeting_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Move a meeting."""
    meeting = queries.meeting(meeting_id)
    group = policy.run_group(current_actor(), meeting.group_id)
    teaching = trainers_of(meeting_id)
    form = MeetingForm.showing(meeting, teaching)
    form.offer(data.rooms(current_actor(), meeting.room_id), data.trainers(teaching))
    if request.method == "GET":
        return _page(group, form, meeting)
    return _saved(group, form, meeting)


@bp.post("/desk/classes/meetings/<uuid:meeting_id>/cancel")
@requires(policy.EDIT)
def cancel_meeting(meeting_id: uuid.UUID) -> Response:
    """Call a meeting off."""
    form = CancelForm()
    service.cancel_meeting(current_actor(), meeting_id, seen=form.seen.data, reason=form.reason.data or "")
    flash(_("这次课已取消，消息已发出。"), "green")
    return redirect(url_for("classes.timetable_page", group_id=queries.meeting(meeting_id).group_id), 303)


def _saved(group: ClassGroup, form: MeetingForm, meeting: ClassMeeting | None) -> tuple[str, int] | Response:
    if not form.validate():
        return _page(group, form, meeting), 422
    actor, accepting = current_actor(), form.accepting.data
    try:
        if meeting is None:
            service.plan_meeting(actor, group.id, form.meeting(), accepting=accepting)
        else:
            service.move_meeting(actor, meeting.id, form.meeting(), seen=form.seen.data, accepting=accepting)
    except Clashes as refusal:
        return _page(group, form, meeting, refusal), refusal.status
    except LmsError as refusal:
        if show_on(form, refusal) is not None:
            raise
        return _page(group, form, meeting), 422
    flash(_("课表已保存。"), "green")
    return redirect(url_for("classes.timetable_page", group_id=group.id), 303)


def _page(group: ClassGroup, form: MeetingForm, meeting: ClassMeeting | None, refusal: Clashes | None = None) -> str:
    return render_template(
        "classes/meeting_form.html", form=form, meeting=meeting, refusal=refusal, **desk_words(group)
    )
