"""How a person wants pages to look: language, light or dark, easy reading. Cookies, so that it holds before sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, current_app, request

from lms.kernel.i18n import LOCALES
from lms.webkit.locale import COOKIE as LOCALE_COOKIE

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
EASY_COOKIE = "easy"
_YEAR = 365 * 86400


@dataclass(frozen=True, slots=True)
class Preferences:
    """`theme` is auto, light or dark; `easy` is the large, high-contrast form (适老化)."""

    theme: str = "auto"
    easy: bool = False


def current_preferences() -> Preferences:
    """What the browser's cookies say."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return Preferences(theme if theme in THEMES else "auto", request.cookies.get(EASY_COOKIE) == "1")


def remember(
    response: Response, *, locale: str | None = None, theme: str | None = None, easy: bool | None = None
) -> None:
    """Set the cookies of what was chosen; None and unknown values change nothing."""
    chosen = {
        LOCALE_COOKIE: locale if locale in LOCALES else None,
        THEME_COOKIE: theme if theme in THEMES else None,
        EASY_COOKIE: None if easy is None else str(int(easy)),
    }
    for name, value in chosen.items():
        if value is not None:
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=secure, httponly=True)
