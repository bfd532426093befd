"""The room's blueprint; `views` hangs its pages on it."""

from __future__ import annotations

from lms.webkit.blueprint import Blueprint

bp = Blueprint(
    "access", __name__, template_folder="templates", static_folder="static", static_url_path="/access/static"
)
