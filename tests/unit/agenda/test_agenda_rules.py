"""Conflicts, and the file that calendar programs read."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from lms.agenda import ical
from lms.agenda.rules import clashing
from lms.agenda.sources import CalendarEntry

NOON = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)
LONG = "阿依古丽·买买提江；社区工作者，轮训：第一讲\\入户走访 " * 6


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8))
def test_clashes_are_those_of_every_pair(spans):
    rows = [
        (str(number), NOON + dt.timedelta(minutes=at), NOON + dt.timedelta(minutes=at + length))
        for number, (at, length) in enumerate(spans)
    ]
    pairs = {one[0] for one in rows for two in rows if one is not two and one[1] < two[2] and two[1] < one[2]}
    assert clashing(rows) == pairs


def test_the_file_is_what_the_standard_asks_for_and_reads_back():
    entries = [
        CalendarEntry(
            "a", LONG, NOON, NOON + dt.timedelta(hours=3), "/classes/1", place="一号教室，二楼", revision=3,
            changed_at=NOON, cancelled=True,
        ),
        CalendarEntry("b", "最后一天", dt.date(2028, 2, 29), dt.date(2028, 2, 29), "/hours", busy=False),
    ]  # fmt: skip
    content = ical.written("蓉社学堂", "https://academy.example:8443", entries, NOON)
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # folding never cuts a character in two
    book = Calendar.from_ical(content)
    assert book["version"] == "2.0"
    first, second = book.walk("VEVENT")
    assert first["uid"] == "a@academy.example"
    assert first["summary"] == LONG
    assert first["location"] == "一号教室，二楼"
    assert (first["status"], first["sequence"], first["transp"]) == ("CANCELLED", 3, "TRANSPARENT")
    assert first["dtstart"].dt == NOON
    assert b"DTSTART:20261127T040000Z" in content
    assert second["dtstart"].dt == dt.date(2028, 2, 29)
    assert second["dtend"].dt == dt.date(2028, 3, 1)
    assert b"DTSTART;VALUE=DATE:20280229" in content
