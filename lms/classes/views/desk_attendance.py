"""The trainer's pages of a meeting: who is here, the code on the screen, what one saw oneself."""

from __future__ import annotations

import datetime as dt
import uuid

import segno
from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.classes import codes, export, policy
from lms.classes.forms import AttestForm
from lms.classes.models import ClassGroup, ClassMeeting, ClassRule, MeetingState
from lms.classes.queries import attendance, data, timetable
from lms.classes.queries.attendance import AttendanceLine
from lms.classes.rules.attendance import Says
from lms.classes.service import attending, settling
from lms.classes.views.base import bp, desk_words, show_on
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import ngettext, pick
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor


def _seen(meeting_id: uuid.UUID) -> tuple[ClassMeeting, ClassGroup]:
    meeting = timetable.meeting(meeting_id)
    return meeting, policy.seen_group(current_actor(), meeting.group_id)


def _lines(meeting: ClassMeeting, group: ClassGroup) -> list[AttendanceLine]:
    rule = db.session.get_one(ClassRule, group.rule_id)
    return attendance.lines(meeting, rule, kernel().settings.value(attending.TRIES))


@bp.get("/desk/classes/meetings/<uuid:meeting_id>")
@requires(policy.VIEW)
def attendance_page(meeting_id: uuid.UUID) -> str:
    """Who is here, who is not, and why we think so."""
    meeting, group = _seen(meeting_id)
    return _page(meeting, group, AttestForm(formdata=None, data={"key": new_id().hex, "at": _city_time(meeting)}))


@bp.get("/desk/classes/meetings/<uuid:meeting_id>/numbers")
@requires(policy.VIEW)
def attendance_numbers(meeting_id: uuid.UUID) -> str:
    """The numbers alone, asked for every few seconds."""
    meeting, group = _seen(meeting_id)
    return render_template("classes/_numbers.html", meeting=meeting, lines=_lines(meeting, group))


@bp.post("/desk/classes/meetings/<uuid:meeting_id>/attest")
@requires(policy.VIEW)
def attest(meeting_id: uuid.UUID) -> tuple[str, int] | Response:
    """Enter what the trainer saw."""
    meeting, group = _seen(meeting_id)
    form = AttestForm()
    chosen = [uuid.UUID(one) for one in request.form.getlist("people") if _is_id(one)]
    if form.validate():
        day = clock.local_date(meeting.starts_at)
        at = dt.datetime.combine(day, form.at.data).replace(tzinfo=clock.CITY_ZONE)
        try:
            says = Says(form.says.data)
            done = attending.attest(
                current_actor(), meeting_id, chosen, says, at=at, reason=form.reason.data, key=form.key.data
            )
        except LmsError as refusal:
            if show_on(form, refusal) is not None and "people" not in refusal.fields:
                raise
            return _page(meeting, group, form, chosen, str(refusal.fields.get("people", ""))), refusal.status
        flash(ngettext("已登记 %(num)d 人。", "已登记 %(num)d 人。", done), "green")
        return redirect(url_for("classes.attendance_page", meeting_id=meeting_id), 303)
    return _page(meeting, group, form, chosen), 422


@bp.post("/desk/classes/meetings/<uuid:meeting_id>/close")
@requires(policy.VIEW)
def close_meeting(meeting_id: uuid.UUID) -> Response:
    """End the attendance and count the minutes."""
    _seen(meeting_id)
    count = settling.close_meeting(current_actor(), meeting_id)
    flash(_("考勤已结束，%(count)d 人到课。继续教育时长按本班规则计入。", count=count), "green")
    return redirect(url_for("classes.attendance_page", meeting_id=meeting_id), 303)


@bp.get("/desk/classes/meetings/<uuid:meeting_id>/screen")
@requires(policy.VIEW)
def screen(meeting_id: uuid.UUID) -> str:
    """The page for the projector."""
    return render_template("classes/screen.html", **_code(meeting_id))


@bp.get("/desk/classes/meetings/<uuid:meeting_id>/screen/code")
@requires(policy.VIEW)
def screen_code(meeting_id: uuid.UUID) -> str:
    """The picture and the digits of this moment, asked for every few seconds."""
    return render_template("classes/_code.html", **_code(meeting_id))


@bp.get("/desk/classes/meetings/<uuid:meeting_id>.xlsx")
@requires(policy.VIEW)
def export_attendance(meeting_id: uuid.UUID) -> Response:
    """The list as a spreadsheet."""
    meeting, group = _seen(meeting_id)
    content = export.attendance_workbook(_lines(meeting, group))
    return download(_("%(title)s %(topic)s 考勤.xlsx", title=pick(group.title), topic=meeting.title), content)


def _code(meeting_id: uuid.UUID) -> dict[str, object]:
    meeting, _group = _seen(meeting_id)
    group = policy.taught_group(current_actor(), meeting.group_id)
    if meeting.state is not MeetingState.PLANNED:
        raise Conflict(_("这次课的考勤已经结束或取消，不再显示签到码。"))
    code = codes.current(meeting_id, clock.now())
    path = url_for("classes.check_in_page", meeting_id=meeting_id, c=code.token)
    drawn = segno.make_qr(f"{kernel().config.base_url}{path}", error="m").svg_inline(
        border=2, light="#fff", omitsize=True
    )
    picture = Markup(drawn)  # noqa: S704 - segno's own drawing
    here = sum(1 for line in _lines(meeting, group) if line.presence.here)
    return {
        "picture": picture,
        "code": code,
        "here": here,
        "seconds": codes.seconds(),
        "meeting": meeting,
        "group": group,
    }


def _page(
    meeting: ClassMeeting, group: ClassGroup, form: AttestForm, chosen: list[uuid.UUID] | None = None, wrong: str = ""
) -> str:
    lines = _lines(meeting, group)
    writers = {record.recorded_by for line in lines for record in line.records if record.recorded_by}
    return render_template(
        "classes/attendance.html",
        meeting=meeting,
        lines=lines,
        form=form,
        chosen=chosen or [],
        wrong=wrong,
        writers=data.names(writers),
        rooms=data.rooms_by_id({meeting.room_id} if meeting.room_id else set()),
        trainers=timetable.trainers([meeting.id]).get(meeting.id, []),
        now=clock.now(),
        **desk_words(group),
    )


def _city_time(meeting: ClassMeeting) -> dt.time:
    """The present time during the meeting, else when it begins."""
    now = clock.now()
    shown = now if meeting.starts_at <= now <= meeting.ends_at else meeting.starts_at
    return shown.astimezone(clock.CITY_ZONE).time().replace(second=0, microsecond=0)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
