"""A month on the phone, and the feed."""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.agenda import ical, queries, service
from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_locale
from lms.kernel.runtime import kernel
from lms.webkit.blueprint import Blueprint, public, signed_in
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor, me

bp = Blueprint("agenda", __name__, template_folder="templates")
YEARS = range(2020, 2101)
BACK, AHEAD = dt.timedelta(days=60), dt.timedelta(days=400)


@bp.get("/calendar")
@signed_in
def month() -> str:
    """A month with what is on each day, conflicts and holidays, and the address of the feed."""
    today = clock.today()
    shown = _wanted(today)
    token = service.token_of(me())
    weeks = queries.month(me(), shown.year, shown.month)
    return render_template(
        "agenda/month.html",
        weeks=weeks,
        days=[day for week in weeks for day in week if day and (day.shown or day.kind in {"off", "makeup"})],
        shown=shown,
        before=shown - dt.timedelta(days=1),
        after=shown + dt.timedelta(days=32),
        today=today,
        years=YEARS,
        address=kernel().config.base_url + url_for("agenda.feed", token=token) if token else "",
        times=times,
    )


@bp.post("/calendar/address")
@signed_in
def give_address() -> Response:
    """A new address; the one before stops working."""
    service.give_address(current_actor())
    flash(_("日历地址已生成，请添加到手机的日历里。以前的地址不再有效。"), "green")
    return redirect(url_for("agenda.month", _anchor="feed"), 303)


@bp.post("/calendar/address/revoke")
@signed_in
def revoke_address() -> Response:
    """The address stops working."""
    service.take_address_back(current_actor())
    flash(_("日历地址已停用。"), "green")
    return redirect(url_for("agenda.month", _anchor="feed"), 303)


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """The calendar of whose address it is; whoever knows the address may read it."""
    person_id, today = service.owner_of(token), clock.today()
    with in_locale(queries.locale_of(person_id)):
        found = queries.entries(person_id, today - BACK, today + AHEAD)
        name = _("蓉社学堂")
        content = ical.written(name, kernel().config.base_url, (one.entry for one in found), clock.now())
    answer = download("academy.ics", content, ical.MEDIA_TYPE, inline=True)
    answer.headers["Content-Type"] = f"{ical.MEDIA_TYPE}; charset=utf-8"
    answer.headers["Cache-Control"] = "private, max-age=900"
    return answer


def times(shown: queries.Shown, day: dt.date) -> str:
    """When on a day an entry is: 09:00–12:00, or empty for the whole day."""
    starts, ends = shown.entry.starts, shown.entry.ends
    if not isinstance(starts, dt.datetime) or not isinstance(ends, dt.datetime):
        return ""
    begin, end = starts.astimezone(clock.CITY_ZONE), ends.astimezone(clock.CITY_ZONE)
    first = f"{begin:%H:%M}" if begin.date() == day else "00:00"
    last = f"{end:%H:%M}" if end.date() == day else "24:00"
    return f"{first}–{last}"


def _wanted(today: dt.date) -> dt.date:
    """The first day of the month asked for; nonsense means this one."""
    year = request.args.get("year", today.year, type=int)
    number = request.args.get("month", today.month, type=int)
    return dt.date(year, number, 1) if year in YEARS and 1 <= number <= 12 else today.replace(day=1)
