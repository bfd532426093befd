"""Preparation: a stranger signs up on a phone, practises to a forecast, and an officer merges them with the roster."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel.db import db
from lms.people import sealed
from lms.people.sealed import Fact
from lms.prep.models import PrepPaper, SignUp
from lms.prep.service import practising
from lms.testing.factories.access import PASSWORD
from lms.testing.factories.exams import make_bank, make_items
from lms.testing.factories.people import make_person
from lms.testing.factories.prep import make_subject

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def slug(scene):
    with scene.academy.app.app_context():
        bank_id = make_bank(scene.city.city, make_items(24, 12))
        subject = make_subject(scene.city.city, bank_id, course_slug="chengdu-social-worker").slug
        db.session.remove()
    return subject


def test_a_stranger_signs_up_practises_and_is_merged(scene, visit, on_phone, slug, locale):
    phone = on_phone()
    page, number = phone.page, "1390000000" + ("1" if locale == "en" else "2")
    phone.open("/prep")
    phone.press('main a[href^="/prep/sign-up"]')
    for name, text in (("name", "苏雨桐"), ("phone", "12"), ("username", f"su-{locale.lower()}")):
        page.locator(f'[name="{name}"]').fill(text)
    page.locator('[name="org"]').select_option(str(scene.city.county_a))
    page.locator('[name="consent"]').check()
    fill_passwords(page)
    phone.press("main form button")
    expect(page.locator(".field.wrong")).to_have_count(1)
    page.locator('[name="phone"]').fill(number)
    fill_passwords(page)
    phone.press("main form button")
    phone.open(f"/prep/{slug}")
    phone.press(f'form[action="/prep/{slug}/start"] button', look=False)
    page.locator('[name="choice"]').first.check()
    phone.press('main form:has([name="choice"]) button')
    phone.press("main .card .btn")
    phone.press('form[action$="/finish"] button')
    expect(page.locator(".score")).to_be_visible()
    practise(scene, slug, number)
    phone.open(f"/prep/{slug}")
    expect(page.locator(".readiness")).to_be_visible()
    phone.open("/")
    phone.open("/me/sign-up")
    with scene.academy.app.app_context():
        make_person("苏雨桐", scene.city.community_a, phone=number)
        db.session.remove()
    desk = visit(scene.officer("hr_officer", "trainer", name="罗毅", org_id=scene.city.city))
    desk.open("/desk/prep/sign-ups?merged=no")
    desk.press("main tbody a")
    desk.press('main form:has([name="person"]) button')
    desk.open("/desk/prep/subjects")
    desk.press("main tbody a")
    desk.press('main a[href$="/edit"]')


def practise(scene, slug, number):
    """Three whole papers, every third answer a wrong one, by whoever signed up with a phone."""
    with scene.academy.app.app_context():
        row = db.session.scalars(select(SignUp).where(SignUp.phone_index == sealed.index(Fact.PHONE, number))).one()
        me = actor_for(row.person_id)
        for turn in range(3):
            paper_id = practising.start(me, slug, key=f"{number}-{turn}")
            for place, row in enumerate(db.session.get_one(PrepPaper, paper_id).rows):
                right = [
                    at
                    for at, index in enumerate(row["order"])
                    if index in ((0, 2) if row["half_points"] == 4 else (0,))
                ]
                wrong = [at for at in range(4) if at not in right][:1]
                practising.answer(me, paper_id, place, frozenset(wrong if place % 3 == 2 else right))
        db.session.remove()


def fill_passwords(page):
    for name in ("password", "again"):
        page.locator(f'[name="{name}"]').fill(PASSWORD)
