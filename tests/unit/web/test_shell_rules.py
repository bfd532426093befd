from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from lms.web.rules import at_midnight, days_left, first_step, greeting, local_target, nearest
from lms.webkit.room import NextStep


@pytest.fixture(scope="module", autouse=True)
def _texts():
    app = Flask("texts")
    Babel(app, default_locale="zh_CN")
    with app.app_context():
        yield


def city_time(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 23, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.mark.parametrize(
    ("hour", "word"),
    [(4, "夜深了"), (5, "早上好"), (10, "早上好"), (11, "中午好"), (13, "下午好"), (18, "晚上好"), (22, "夜深了")],
)
def test_greeting_follows_the_citys_clock(hour, word):
    assert greeting(city_time(hour).astimezone(dt.UTC)) == word


@pytest.mark.parametrize("address", ["/", "/courses?page=2", "/me#top"])
def test_a_path_of_this_site_is_a_safe_target(address):
    assert local_target(address, "/home") == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "courses",
        "//evil.example/x",
        "/\\evil.example",
        "https://evil.example/",
        "/\tevil",
        "/a\r\nSet-Cookie: x",
    ],
)
def test_everything_else_leads_home(address):
    assert local_target(address, "/home") == "/home"


@given(st.text(max_size=60))
def test_a_target_never_leaves_the_site(address):
    target = local_target(address, "/home")
    assert target.startswith("/")
    assert not target.startswith("//")
    assert "\\" not in target


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/desk", "/desk"),
        ("/desk/certificates/issued", "/desk/certificates/issued"),
        ("/desk/certificates/42", "/desk/certificates"),
        ("/desk/certificates-old", "/desk"),
        ("/me", ""),
    ],
)
def test_a_page_belongs_to_the_nearest_menu_entry_only(path, entry):
    assert nearest(path, ["/desk", "/desk/certificates", "/desk/certificates/issued"]) == entry


def step(rank: int, title: str, due: dt.datetime | None = None) -> NextStep:
    return NextStep(rank, title, "", "/", "go", due)


def test_the_lowest_rank_wins_and_of_equals_the_one_due_first():
    steps = [step(40, "go on"), step(30, "no date"), step(30, "late", city_time(20)), step(30, "soon", city_time(9))]
    assert first_step(steps).title == "soon"
    assert first_step(steps[:2]).title == "no date"


def test_there_is_no_first_step_when_nobody_has_one():
    assert first_step([]) is None


def test_days_are_counted_by_the_citys_calendar_not_by_24_hours():
    assert days_left(city_time(23, 59) + dt.timedelta(minutes=2), city_time(23, 59)) == 1
    assert days_left(city_time(23), city_time(1)) == 0
    assert days_left(city_time(1) - dt.timedelta(days=1), city_time(23)) == -1


def test_a_moment_that_begins_a_city_day_stands_for_the_day():
    assert at_midnight(city_time(0).astimezone(dt.UTC))
    assert not at_midnight(city_time(0, 1))
    assert not at_midnight(city_time(8).replace(tzinfo=dt.UTC))
