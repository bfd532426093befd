"""The calendar of working days: a year at a glance, and what officers enter into it."""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.kernel import clock, workdays
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import ngettext
from lms.web import queries, service, working_year
from lms.web.forms import WorkingDaysForm
from lms.webkit.blueprint import Blueprint, requires
from lms.webkit.identity import current_actor

YEARS = range(workdays.PUBLISHED.start, 2101)

bp = Blueprint("calendar", __name__, url_prefix="/admin/calendar", template_folder="templates")


@bp.get("")
@requires("calendar:view")
def year() -> str:
    """A year with its days off and make-up days."""
    return _page(WorkingDaysForm(formdata=None))


@bp.post("")
@requires("calendar:edit")
def enter() -> tuple[str, int] | Response:
    """Enter days off or worked."""
    form = WorkingDaysForm()
    if form.validate_on_submit():
        try:
            first, last = form.first.data, form.last.data or form.first.data
            is_working, note = form.kind.data == "working", form.note.data.strip()
            count = service.set_working_days(current_actor(), first, last, is_working=is_working, note=note)
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(ngettext("已录入 %(num)d 天。", "已录入 %(num)d 天。", count), "green")
            return redirect(url_for("calendar.year", year=form.first.data.year), 303)
    return _page(form), 422


@bp.post("/<day>/clear")
@requires("calendar:edit")
def clear(day: str) -> Response:
    """Take an entry away."""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        raise NotFound(_("工作日历里没有这一天。")) from None
    service.clear_working_day(current_actor(), date)
    flash(_("已撤去，按公布的放假安排计算。"), "green")
    return redirect(url_for("calendar.year", year=date.year), 303)


def _page(form: WorkingDaysForm) -> str:
    today = clock.today()
    wanted = request.args.get("year", today.year, type=int)
    shown = wanted if wanted in YEARS else today.year
    entered = working_year.entries(shown)
    return render_template(
        "web/calendar.html",
        year=shown,
        years=YEARS,
        published=workdays.PUBLISHED,
        months=working_year.months(shown, entered),
        entered=entered,
        names=queries.names_of([row.set_by for row in entered]),
        form=form,
        today=today,
    )
