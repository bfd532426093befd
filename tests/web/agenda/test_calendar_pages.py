"""The calendar's page and its feed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from icalendar import Calendar

from lms.kernel import clock
from lms.testing.factories.access import sign_in
from lms.testing.factories.classes import School, own_id

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def worker(client, city):
    with clock.frozen(FRIDAY):
        school, group_id = School(city), None
        worker, group_id = school.worker("陈思雨"), school.group()
        school.seat(group_id, worker)
        school.plan(group_id)
        sign_in(client, own_id(worker))
        yield worker


def test_a_month_shows_what_is_on_and_another_can_be_asked_for(client, worker):
    page = client.get("/calendar").text
    assert "入户走访实务" in page
    assert "10:00–13:00" in page
    assert 'href="#d2026-11-27"' in page
    assert "国庆" in client.get("/calendar?year=2026&month=10").text
    assert "2026" in client.get("/calendar?year=1&month=99").text


def test_the_feed_answers_who_knows_the_address_until_it_is_taken_back(client, worker):
    client.post("/calendar/address")
    address = re.search(r'value="(http[^"]+\.ics)"', client.get("/calendar").text).group(1)
    path = "/calendar/" + address.rpartition("/")[2]
    client.post("/sign-out")
    answer = client.get(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.data).walk("VEVENT")
    assert "入户走访实务" in event["summary"]
    assert client.get("/calendar/nothing.ics").status_code == 404
    sign_in(client, own_id(worker))
    client.post("/calendar/address/revoke")
    assert client.get(path).status_code == 404
    assert "生成日历地址" in client.get("/calendar").text
