"""Continuing education by cycles: what is owed on a phone, a policy tried out and saved at a desk, an extension."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from lms.kernel import clock
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_learner_reads_on_a_phone_what_is_missing_and_how_it_was_on_another_day(scene, on_phone):
    person = scene.learner()
    with scene.academy.app.app_context():
        complete(person, 600)
    phone = on_phone(person)
    phone.open("/")
    expect(phone.page.locator(".hours .ring")).to_have_count(1)
    phone.open("/hours")
    phone.press('a[href="/hours/on"]')
    phone.page.locator('[name="day"]').fill("2025-05-03")
    phone.press("main form button")
    expect(phone.page.locator("main .tag.rose").first).to_be_visible()  # nothing was recorded then
    expect(phone.page.locator("main .tag.green").first).to_be_visible()


def test_an_officer_tries_a_policy_out_saves_it_and_extends_a_cycle(scene, visit):
    person = scene.learner()
    desk = visit(scene.officer("hr_officer", name="周岚"))
    page, tomorrow = desk.page, clock.today() + dt.timedelta(days=1)
    desk.open("/desk/hours")
    desk.press('a[href="/desk/hours/obligations"]')
    desk.press('a[href="/desk/hours/obligations/registration"]')
    page.locator('[name="valid_from"]').fill(tomorrow.isoformat())
    page.locator('[name="assistant"]').fill("0")
    page.locator('[name="note"]').fill("成社工〔2026〕9 号")
    desk.press('main form[method="post"] button')
    expect(page.locator(".field.wrong")).to_have_count(1)
    page.locator('[name="assistant"]').fill("80")
    page.locator('[name="running"]').check()
    desk.press('main form[method="post"] button', look=False)
    run_jobs(scene.academy.app)
    desk.open(page.url.removeprefix(desk.base))
    desk.press('main form[method="post"] button')
    expect(page.locator("table tbody .tag.blue")).to_have_count(1)  # the one that is to come
    desk.open(f"/desk/hours/{person}")
    desk.press('main a[href^="/desk/hours/cycles/"]')
    page.locator("#last_day").fill("2028-06-30")
    page.locator("#reason").fill("产假")
    desk.press('form[action$="/extend"] button')
    expect(page.locator("table tbody tr")).to_have_count(2)
    desk.open(f"/desk/hours/{person}/on?day=2025-05-03")


def test_a_registration_is_renewed_from_a_phone_checked_twice_and_the_next_cycle_opens(scene, visit, on_phone):
    with scene.academy.app.app_context():
        person = make_person("陈思雨", scene.city.community_a)
        last = clock.months_later(clock.today(), 2)
        qualify(person, first=clock.months_later(last, -36) + dt.timedelta(days=1), last=last)
        complete(person, 72 * 60)
    phone = on_phone(person)
    page = phone.page
    phone.open("/")
    phone.open("/me/registration")
    phone.press('main a[href^="/me/registration/new/"]')
    phone.press("main form button:not([name])")
    expect(page.locator(".field.wrong")).to_have_count(1)
    page.locator('[name="true"]').check()
    phone.press("main form button:not([name])")
    own = page.url.removeprefix(phone.base)
    number = page.locator(".top-sub").inner_text()
    for name, unit in (("罗毅", scene.city.county_a), ("周岚", scene.city.city)):
        desk = visit(scene.officer("hr_officer", name=name, org_id=unit))
        desk.open(f"/desk/hours/registrations?q={number}")
        desk.press('main a[href^="/desk/hours/registrations/0"]')
        desk.press('a[href^="/desk/approvals/0"]')
        desk.page.locator('[name="outcome"][value="approved"]').check()
        desk.press('form[action$="/decide"] button:not([name])', look=False)
    phone.open(own)
    expect(page.locator(".tag.green").first).to_be_visible()
    phone.open("/me/registration")
    phone.open("/hours")
    expect(page.locator("main table tbody tr").first).to_be_visible()
