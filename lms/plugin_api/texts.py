"""Texts in two languages: Chinese in the source, English from the plugin's own catalogue."""

from __future__ import annotations

from lms.kernel.i18n import Localized, gettext, in_locale, lazy_gettext, ngettext, pick, zh
from lms.webkit.templating import day, minutes, moment

__all__ = ["Localized", "day", "gettext", "in_locale", "lazy_gettext", "minutes", "moment", "ngettext", "pick", "zh"]
