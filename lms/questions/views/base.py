"""The blueprint all pages of this room hang on."""

from __future__ import annotations

from lms.webkit.blueprint import Blueprint

bp = Blueprint(
    "questions",
    "lms.questions",
    template_folder="templates",
    static_folder="static",
    static_url_path="/questions/static",
)
