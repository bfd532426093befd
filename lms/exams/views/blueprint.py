"""The room's blueprint, shared by the view modules."""

from __future__ import annotations

import datetime as dt

from lms.exams.rules import marks
from lms.kernel import clock
from lms.webkit.blueprint import Blueprint

bp = Blueprint(
    "exams",
    __name__,
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/exams/static",
)


@bp.app_template_filter("marks")
def _marks(half_points: int | None) -> str:
    """Half-points as marks; nothing for no score."""
    return "" if half_points is None else marks(half_points)


@bp.app_template_filter("city_day")
def _city_day(moment: dt.datetime) -> dt.date:
    """The city's calendar day of a moment."""
    return clock.local_date(moment)
