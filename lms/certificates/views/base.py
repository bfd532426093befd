"""The blueprint of certificates."""

from __future__ import annotations

import datetime as dt

from lms.webkit.blueprint import Blueprint
from lms.webkit.templating import day

bp = Blueprint(
    "certificates",
    "lms.certificates",
    template_folder="templates",
    static_folder="static",
    static_url_path="/certificates/static",
)


@bp.app_template_filter("iso_day")
def iso_day(text: str) -> str:
    """A day of the claims (2026-11-23) in the reader's words."""
    return day(dt.date.fromisoformat(text))
