"""A cultivation plan: opened at a desk, written on a phone, agreed on another, confirmed, reported on, looked at."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from lms.kernel import clock
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import hold

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TERM = dt.timedelta(days=20)
MEASURES = (("督导能力提升班", "取得结业证明"), ("社区养老服务项目", "项目总结报告一份"))


@pytest.fixture
def people(scene, locale):
    """An officer of the city, a talent whose term ends soon, and somebody to be the mentor."""
    officer = scene.officer("hr_officer", name="罗毅")
    with scene.academy.app.app_context():
        talent = make_person(f"苏雨桐 {locale}", scene.city.community_a)
        mentor = make_person(f"段文博 {locale}", scene.city.street_a)
        hold(talent, "talent_service", clock.today(), clock.today() + TERM)
    return officer, talent, mentor


def fill(page, due):
    """Write the measures, each due on a day."""
    for number, (what, outcome) in enumerate(MEASURES):
        line = page.locator("fieldset.measure").nth(number)
        line.locator('[name$="-what"]').fill(what)
        line.locator('[name$="-outcome"]').fill(outcome)
        line.locator('[name$="-due_on"]').fill(due.isoformat())


def test_a_plan_goes_from_the_desk_to_two_phones_and_back(visit, on_phone, people, locale):
    officer, talent, mentor = people
    desk, phone, other = visit(officer), on_phone(talent), on_phone(mentor)
    desk.open("/desk/plans?status=none")
    desk.page.get_by_role("link", name=f"苏雨桐 {locale}").click()
    desk.page.locator("#find").fill(f"段文博 {locale}")
    desk.press("main form[method=get] button")
    desk.press('main form[action*="/desk/plans/term/"] button')
    at_desk = desk.page.url.removeprefix(desk.base)
    plan = at_desk.removeprefix("/desk")

    phone.open("/")
    phone.open("/programmes")
    phone.open("/plans")
    phone.press(f'main a[href="{plan}"]')
    phone.press(f'main a[href="{plan}/write"]')
    page = phone.page
    page.locator('[name="goals"]').fill("成为本区能独立带教的骨干社工。\n带出一支三人小组。")
    page.locator("details.more-lines summary").click()
    fill(page, clock.today() - dt.timedelta(days=1))
    phone.press("main form button")
    expect(page.locator(".field.wrong")).to_have_count(2)
    fill(page, clock.today() + TERM)
    phone.press("main form button")
    phone.press('form[action$="/propose"] button')

    other.open("/")
    other.open(plan)
    other.press('form[action$="/agree"] button')
    desk.open(at_desk)
    desk.press('form[action$="/confirm"] button')

    phone.open(plan)
    phone.press('main a[href*="/measures/"]')
    page.locator('[name="text"]').fill("三月到五月学完四门课，写了两份督导记录。")
    page.locator('[name="completes"]').check()
    phone.press("main form button")
    other.open(plan)
    other.press('form[action$="/confirm"] button')
    other.press('main a[href*="/looks/"]')
    other.page.locator('[name="text"]').fill("学习扎实，项目进度正常；建议多上手带教。")
    other.press("main form button")
    other.open("/plans")
    desk.open(at_desk)
    desk.press('form[action*="/looks/"] button')
    expect(desk.page.locator(".field.wrong")).to_have_count(2)
    desk.page.locator('[name="outcome"]').check()
    desk.page.locator('[name="words"]').fill("期满，目标达到。")
    desk.press('form[action*="/looks/"] button')
    desk.open("/desk/plans")
    phone.open(plan)
