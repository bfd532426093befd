"""A calendar as calendar programs read it (RFC 5545): moments in UTC, days as days, changes by their sequence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from lms.agenda.sources import CalendarEntry
from lms.kernel.i18n import sentences

A_DAY = dt.timedelta(days=1)
MEDIA_TYPE = "text/calendar"


def written(name: str, base_url: str, entries: Iterable[CalendarEntry], now: dt.datetime) -> bytes:
    """The entries as an iCalendar file called `name`."""
    book = Calendar()
    book.add("prodid", "-//Rongshe Academy//Calendar//ZH")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", name)
    book.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    host = urlsplit(base_url).hostname or "localhost"
    for entry in entries:
        book.add_component(_event(entry, base_url, host, now))
    content: bytes = book.to_ical()
    return content


def _event(entry: CalendarEntry, base_url: str, host: str, now: dt.datetime) -> Any:
    event = Event()
    event.add("uid", f"{entry.key}@{host}")
    event.add("dtstamp", entry.changed_at or now)
    event.add("sequence", entry.revision)
    event.add("summary", entry.title)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.busy and not entry.cancelled else "TRANSPARENT")
    event.add("dtstart", _utc(entry.starts))
    event.add("dtend", _utc(entry.ends) if isinstance(entry.ends, dt.datetime) else entry.ends + A_DAY)
    address = f"{base_url}{entry.path}"
    event.add("url", address)
    event.add("description", "\n".join(filter(None, (sentences([entry.text]), address))))
    if entry.place:
        event.add("location", entry.place)
    return event


def _utc(value: dt.datetime | dt.date) -> dt.datetime | dt.date:
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value
