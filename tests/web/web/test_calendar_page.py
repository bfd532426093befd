from __future__ import annotations

import datetime as dt

import pytest

from lms.kernel import clock, workdays
from lms.testing.factories.access import make_officer, sign_in


@pytest.fixture(autouse=True)
def september(app):
    with clock.frozen(dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def operator(client, city):
    sign_in(client, make_officer("operator", city.city, "方正"))
    return client


OFF = {"first": "2026-10-12", "last": "2026-10-13", "kind": "off", "note": "成府办〔2026〕1 号"}


def test_a_year_shows_holidays_make_up_days_and_what_was_entered(operator):
    page = operator.get("/admin/calendar?year=2026").text
    assert page.count('<table class="month">') == 12
    assert 'class="off" title="国庆节"' in page
    assert 'class="makeup" title="国庆节"' in page
    assert operator.post("/admin/calendar", data=OFF).status_code == 303
    page = operator.get("/admin/calendar?year=2026").text
    assert 'class="off entered" title="成府办〔2026〕1 号"' in page
    assert "方正" in page
    assert not workdays.is_working(dt.date(2026, 10, 13))


def test_an_entry_is_taken_away_again(operator):
    operator.post("/admin/calendar", data=OFF)
    assert operator.post("/admin/calendar/2026-10-12/clear").status_code == 303
    assert workdays.is_working(dt.date(2026, 10, 12))
    assert operator.post("/admin/calendar/2026-10-12/clear").status_code == 404
    assert operator.post("/admin/calendar/nonsense/clear").status_code == 404


def test_a_year_without_published_holidays_says_so(operator):
    year = workdays.PUBLISHED[-1] + 1
    page = operator.get(f"/admin/calendar?year={year}").text
    assert f"{year} 年按周一至周五上班计算" in page
    assert operator.get("/admin/calendar?year=99999").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first": ""}, "请选择日期"),
        ({"first": "2026-09-27"}, "请选今天或以后的日期"),
        ({"last": "2026-12-31"}, "最后一天应在第一天之后"),
        ({"note": ""}, "请写明依据"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_beside_it(operator, changes, words):
    answer = operator.post("/admin/calendar", data=OFF | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert workdays.calendar().entered == {}


def test_an_officer_reads_the_calendar_and_only_the_citys_operator_writes(client, city):
    sign_in(client, make_officer("hr_officer", city.city))
    assert "录入放假或调休" not in client.get("/admin/calendar").text
    assert client.post("/admin/calendar", data=OFF).status_code == 403
    sign_in(client, make_officer("operator", city.county_a))
    assert client.post("/admin/calendar", data=OFF).status_code == 404
