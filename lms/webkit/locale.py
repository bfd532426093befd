"""Which language a page is written in: the person's choice, kept in a cookie; Chinese where nothing was chosen."""

from __future__ import annotations

from flask import has_request_context, request

from lms.kernel.i18n import LOCALES, SOURCE_LOCALE

COOKIE = "lang"


def choose_locale() -> str:
    """zh_CN or en."""
    if not has_request_context():
        return SOURCE_LOCALE
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LOCALES else SOURCE_LOCALE
