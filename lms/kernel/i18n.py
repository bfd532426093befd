"""Two languages: zh_CN is the source of every text, en is complete."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask_babel import force_locale, get_locale, lazy_gettext
from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext
from flask_babel.speaklater import LazyString

LOCALES = ("zh_CN", "en")
SOURCE_LOCALE = "zh_CN"

Localized = dict[str, str]
"""A text kept as data in both languages: `{"zh_CN": ..., "en": ...}`; `en` may be missing."""

__all__ = [
    "LOCALES", "Localized", "current_locale", "gettext", "in_all_locales", "in_both", "in_locale",
    "lazily", "lazy_gettext", "listed", "ngettext", "pick", "sentences", "zh",
]  # fmt: skip
_STOPS = tuple("。！？….!?:：")
_CLOSING = "”’」』）)\"' "


def gettext(text: str, **params: Any) -> str:
    """The text in the page's language, its `%(name)s` places filled."""
    return str(_gettext(text, **params))


def ngettext(one: str, many: str, count: int, **params: Any) -> str:
    """The text for one or for many; `count` fills `%(num)d`."""
    return str(_ngettext(one, many, count, **params))


def lazily(say: Callable[..., str], *args: Any) -> Any:
    """What `say(*args)` gives when the text is read: in the reader's language, and not at all where nobody does."""
    return LazyString(say, *args)


def current_locale() -> str:
    """The page's language, or the source language outside a request."""
    locale = get_locale()
    return str(locale) if locale and str(locale) in LOCALES else SOURCE_LOCALE


def pick(text: Mapping[str, Any] | str | None) -> str:
    """The text in the page's language, falling back to Chinese."""
    if text is None or isinstance(text, str):
        return text or ""
    return str(text.get(current_locale()) or text.get(SOURCE_LOCALE) or "")


def zh(chinese: str, english: str = "") -> Localized:
    """Build a localized text."""
    return {"zh_CN": chinese, "en": english} if english else {"zh_CN": chinese}


def listed(items: Iterable[object]) -> str:
    """Things one after another: 甲、乙 / A, B."""
    return gettext("、").join(map(str, items))


def sentences(texts: Iterable[object]) -> str:
    """Sentences one after another, closed up in Chinese and spaced after English; blank ones are left out.

    A sentence without its full stop, such as the message of a form field, gets one.
    """
    said = [
        text if text.rstrip(_CLOSING).endswith(_STOPS) else text + gettext("。")
        for text in map(str, filter(None, texts))
    ]
    gaps = (" " if text.rstrip(_CLOSING)[-1:].isascii() else "" for text in said[:-1])
    return "".join(itertools.chain.from_iterable(itertools.zip_longest(said, gaps, fillvalue="")))


@contextmanager
def in_locale(locale: str) -> Iterator[None]:
    """Write in somebody else's language: messages and printed matter."""
    with force_locale(locale if locale in LOCALES else SOURCE_LOCALE):
        yield


def in_both(say: Callable[..., object], *args: Any) -> Localized:
    """What `say(*args)` gives in each language, as data: what is frozen keeps its words when the text is gone."""
    said: Localized = {}
    for locale in LOCALES:
        with in_locale(locale):
            said[locale] = str(say(*args))
    return said


def in_all_locales(text: Any) -> Localized:
    """A lazy text in each language, as data; one that is data already is copied."""
    return dict(text) if isinstance(text, Mapping) else in_both(str, text)
