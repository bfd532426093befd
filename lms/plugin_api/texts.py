"""Texts in two languages: Chinese in the source, English from the plugin's own catalogue."""

from __future__ import annotations

from lms.kernel.i18n import (
    LOCALES,
    Localized,
    gettext,
    in_all_locales,
    in_both,
    in_locale,
    lazy_gettext,
    listed,
    ngettext,
    pick,
    sentences,
    zh,
)
from lms.kernel.money import MOST_FEN, AmountFault, parse_yuan
from lms.webkit.templating import day, minutes, moment, yuan

__all__ = [
    "LOCALES",
    "MOST_FEN",
    "AmountFault",
    "Localized",
    "day",
    "gettext",
    "in_all_locales",
    "in_both",
    "in_locale",
    "lazy_gettext",
    "listed",
    "minutes",
    "moment",
    "ngettext",
    "parse_yuan",
    "pick",
    "sentences",
    "yuan",
    "zh",
]
