"""Small decisions of the shell: which greeting, which address is safe to return to, which step comes first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from urllib.parse import urlsplit

from lms.kernel.clock import CITY_ZONE
from lms.kernel.i18n import gettext as _
from lms.webkit.room import NextStep


def greeting(moment: dt.datetime) -> str:
    """The city's word for the time of day."""
    hour = moment.astimezone(CITY_ZONE).hour
    if hour < 5 or hour >= 22:
        return _("夜深了")
    if hour < 11:
        return _("早上好")
    if hour < 13:
        return _("中午好")
    return _("下午好") if hour < 18 else _("晚上好")


def local_target(address: str | None, otherwise: str) -> str:
    """`address` when it is a path on this site, else `otherwise`: nobody is sent elsewhere by a forged link."""
    if not address or not address.startswith("/") or "\\" in address or any(ord(sign) < 32 for sign in address):
        return otherwise
    parts = urlsplit(address)
    return otherwise if parts.scheme or parts.netloc or address.startswith("//") else address


def nearest(path: str, addresses: Iterable[str]) -> str:
    """The menu address that a page belongs to: the longest that is the page itself or stands above it; else empty."""
    above = [address for address in addresses if path == address or path.startswith(f"{address}/")]
    return max(above, key=len, default="")


def first_step(steps: Iterable[NextStep]) -> NextStep | None:
    """The most urgent step: the lowest rank, and of equals the one due first."""
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    return min(steps, key=lambda step: (step.rank, step.due or never), default=None)


def at_midnight(moment: dt.datetime) -> bool:
    """Whether a moment begins a city day: then it stands for the day, and its time is not shown."""
    return moment.astimezone(CITY_ZONE).time() == dt.time()


def days_left(due: dt.datetime, now: dt.datetime) -> int:
    """Whole city days until `due`; 0 on the day itself, negative after it."""
    return (due.astimezone(CITY_ZONE).date() - now.astimezone(CITY_ZONE).date()).days
