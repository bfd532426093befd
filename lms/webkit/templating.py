"""What every template can use: filters for dates, hours and localized texts, and hashed static addresses."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import flask
from flask import current_app, url_for

from lms.kernel import clock
from lms.kernel.i18n import LOCALES, SOURCE_LOCALE, current_locale, listed, pick, sentences
from lms.kernel.i18n import gettext as _
from lms.webkit.identity import current_actor
from lms.webkit.paging import filters
from lms.webkit.registry import registry

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def install_templating(app: flask.Flask) -> None:
    """Register filters and globals."""
    app.jinja_env.filters.update(
        loc=pick, day=day, month=month, moment=moment, short_moment=short_moment, minutes=minutes, listed=listed,
        sentences=sentences, yuan=yuan,
    )  # fmt: skip
    app.jinja_env.globals.update(asset=asset, registry=registry, locales=LOCALES, filters=filters)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"actor": current_actor(), "locale": current_locale(), "now": clock.now()})


def day(value: dt.date | dt.datetime | None) -> str:
    """A date in words: 2026 年 11 月 23 日（周一） / Mon 23 Nov 2026."""
    if value is None:
        return ""
    date = clock.local_date(value) if isinstance(value, dt.datetime) else value
    if current_locale() == "en":
        return f"{date:%a} {date.day} {date:%b} {date.year}"
    return f"{date.year} 年 {date.month} 月 {date.day} 日（{_WEEKDAYS[date.weekday()]}）"


def month(number: int) -> str:
    """The month alone, as short as it gets: 11 月 / Nov."""
    return f"{number} 月" if current_locale() == SOURCE_LOCALE else f"{dt.date(2000, number, 1):%b}"


def moment(value: dt.datetime | None) -> str:
    """A moment in the city's time, to the minute."""
    if value is None:
        return ""
    local = value.astimezone(clock.CITY_ZONE)
    if current_locale() == "en":
        return f"{local.day} {local:%b} {local.year}, {local:%H:%M}"
    return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M}"


def short_moment(value: dt.datetime | None) -> str:
    """For narrow columns: 11-23 08:30 / 23 Nov 08:30, with the year when it is another one."""
    if value is None:
        return ""
    local = value.astimezone(clock.CITY_ZONE)
    if current_locale() == "en":
        return (
            f"{local.day} {local:%b %H:%M}" if local.year == clock.today().year else f"{local.day} {local:%b %Y %H:%M}"
        )
    return f"{local:%m-%d %H:%M}" if local.year == clock.today().year else f"{local:%Y-%m-%d %H:%M}"


def minutes(value: int) -> str:
    """A length of time as 小时 (60 minutes) and 分; class hours (学时) are another unit and another filter."""
    hours, rest = divmod(abs(value), 60)
    sign = "-" if value < 0 else ""
    if not rest:
        return sign + _("%(hours)d 小时", hours=hours)
    return sign + (_("%(hours)d 小时 %(rest)d 分", hours=hours, rest=rest) if hours else _("%(rest)d 分钟", rest=rest))


def yuan(fen: int) -> str:
    """An amount of money, kept in 分: 3,000.00 元."""
    sign, amount = "-" if fen < 0 else "", abs(fen)
    return sign + _("%(yuan)s 元", yuan=f"{amount // 100:,}.{amount % 100:02d}")


def asset(filename: str, endpoint: str = "static") -> str:
    """The address of a static file with its content's hash, so that browsers may keep it for a year."""
    folder = _static_folder(endpoint)
    return url_for(endpoint, filename=filename, v=_digest(folder / filename))


def _static_folder(endpoint: str) -> Path:
    owner = endpoint.rpartition(".")[0]
    scaffold: Any = current_app.blueprints[owner] if owner else current_app
    return Path(scaffold.static_folder)


@lru_cache(maxsize=512)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
