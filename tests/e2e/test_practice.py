"""Practice: applied for on a phone, accepted at the station's desk, logged in three taps, signed on another phone."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.db import db
from lms.orgs.models import OrgKind
from lms.practice.service import setting
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person
from lms.testing.factories.practice import REFLECTION

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CODE = "older_people"


@pytest.fixture
def station(scene):
    """A station that takes people, its officer, and a supervisor who works there."""
    officer = scene.officer("hr_officer", name="罗毅", org_id=scene.city.county_a)
    with scene.academy.app.app_context():
        station = make_unit(scene.city.street_a, OrgKind.STATION, "玉林社工站")
        supervisor = make_person("何俊杰", station)
        setting.set_places(actor_for(officer), station, CODE, 2)
        db.session.remove()
    return station, officer, supervisor


def test_practice_goes_from_a_phone_to_the_desk_and_back(scene, visit, on_phone, station):
    station_id, officer, supervisor = station
    phone = on_phone(scene.learner())
    page = phone.page
    phone.open("/me/practice")
    phone.press('main a[href="/me/practice/new"]')
    phone.press(f'main a[href="/me/practice/new/{CODE}"]')
    phone.press(f'main a[href$="{station_id}"]')
    page.locator('[name="last_day"]').fill("2020-01-01")
    phone.press("main form:not(.filter-bar) button")
    expect(page.locator(".field.wrong")).to_have_count(1)
    page.locator('[name="last_day"]').fill((clock.today() + dt.timedelta(days=60)).isoformat())
    phone.press("main form:not(.filter-bar) button")
    desk = visit(officer)
    desk.open("/desk/practice?state=applied")
    desk.press("main tbody a")
    desk.page.locator('[name="supervisor"]').select_option(str(supervisor))
    desk.press('form[action$="/accept"] button')
    phone.open("/")
    phone.press('main a[href$="/log"]')
    page.locator('[name="activity"]').fill("独居老人探访")
    page.locator('[name="reflection"]').fill(REFLECTION)
    for name, time in (("start", "00:00"), ("end", "00:01")):
        page.locator(f'[name="{name}"]').fill(time)
    phone.press("main form button")
    other = on_phone(supervisor)
    other.open("/supervise")
    other.press('form[action*="/sign/"] button')
    phone.open("/me/practice")
    phone.open("/me/practice/portfolio")
    expect(page.locator("main")).to_contain_text("何俊杰")
    desk.open("/desk/practice")
    desk.press("main tbody a")
    desk.press('main a[href$="/undo"]')
    for path in ("/desk/practice/places", f"/desk/practice/places/{station_id}", f"/desk/practice/rules/{CODE}"):
        desk.open(path)
    desk.open(f"/desk/practice/new/{station_id}/{CODE}")
