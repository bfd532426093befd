"""The pages of rotation training."""

from __future__ import annotations

import datetime as dt

import pytest

from lms.kernel import clock
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.classes import School, own_id
from lms.testing.jobs import run_jobs

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def school(city):
    with clock.frozen(FRIDAY):
        yield School(city)


def test_a_wave_goes_from_plan_to_make_up(client, school):
    group_id, worker = school.group(), school.worker("陈思雨")
    sign_in(client, make_officer("hr_officer", school.city.city))
    assert "武侯区" in client.get("/desk/classes/rotation").text
    assert "没有规定多久" in client.get("/desk/classes/rotation?category=prep").text
    form = {
        "title": "冬季轮训", "org": school.city.county_a.hex, "category": "rotation", "trained_before": "2024-01-01",
        "due_on": "2020-01-01",
    }  # fmt: skip
    assert "不能早于今天" in client.post("/desk/classes/rotation/waves/new", data=form).text
    page = client.post("/desk/classes/rotation/waves/new", data=form | {"due_on": "2027-03-31"}).location
    assert "邀请这 3 人" in client.get(page).text
    assert client.post(f"{page}/serve", data={"group": group_id.hex}).status_code == 303
    assert client.post(f"{page}/serve", data={"group": "x"}).status_code == 422
    client.post(f"{page}/invite")
    run_jobs(client.application)
    assert "陈思雨" in client.get(f"{page}?progress=open").text
    assert "没有符合条件的人" in client.get(f"{page}?progress=trained").text
    assert client.get(f"{page}.xlsx").status_code == 200
    people = client.get("/desk/classes/rotation/people?training=never&q=陈").text
    assert "陈思雨" in people
    assert client.get("/desk/classes/rotation/people.xlsx?training=due").status_code == 200
    sign_in(client, own_id(worker))
    assert "参加轮训：冬季轮训" in client.get("/").text
    assert "单位安排您参加" in client.get("/classes").text
    sign_in(client, own_id(school.officer))
    client.post(f"{page}/release", data={"group": group_id.hex})
    client.post(f"{page}/close")
    made = client.post(f"{page}/makeup", data={"due_on": "2027-06-30"}, follow_redirects=True)
    assert "冬季轮训（补训）" in made.text
    assert "冬季轮训（补训）" in client.get("/desk/classes/rotation").text
