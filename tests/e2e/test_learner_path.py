"""A community worker's whole way on a phone, from the first look to a certificate a stranger verifies."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lms.testing.factories.access import PASSWORD
from lms.testing.factories.certificates import SLUG

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_learner_gets_from_the_catalogue_to_a_verified_certificate_when_everything_is_done(
    scene, visit, on_phone, locale
):
    learner = scene.learner(username=f"learner-{locale.lower().replace('_', '-')}")
    session = scene.session()
    phone = on_phone()
    sign_in(phone, f"learner-{locale.lower().replace('_', '-')}")
    study(phone)
    sit(phone, session)
    publish(visit(scene.officer("exam_officer", name="郑国栋")), session)
    see_result(phone)
    issue(visit(scene.officer("hr_officer", name="周岚")), learner)
    address = fetch_certificate(phone)
    stranger = on_phone()
    stranger.open(address.removeprefix(scene.academy.base))
    expect(stranger.page.locator(".verdict.green")).to_be_visible()


def sign_in(phone, username):
    phone.open("/")
    phone.press('.hero a[href^="/courses"]')
    phone.press(f'a[href="/courses/{SLUG}"]')
    phone.press('a[href^="/sign-in"]')
    phone.page.locator('[name="login"]').fill(username)
    phone.page.locator('[name="password"]').fill("not the password")
    phone.press('form[action="/sign-in"] button')
    expect(phone.page.locator(".notice.rose:visible")).to_be_visible()
    phone.page.locator('[name="password"]').fill(PASSWORD)
    phone.press('form[action="/sign-in"] button')
    assert phone.page.url.endswith(f"/courses/{SLUG}")


def study(phone):
    page = phone.page
    phone.press('form[action$="/enrol"] button')
    for _lesson in range(2):
        page.locator("#check-1 label.choice").nth(0).click()
        page.locator("#check-1 button").click()
        expect(page.locator("#check-1.is-wrong")).to_be_visible()
        page.locator("#check-1 label.choice").nth(1).click()
        page.locator("#check-1 button").click()
        expect(page.locator("#check-1.is-right")).to_be_visible()
        page.locator("[data-end]").scroll_into_view_if_needed()
        expect(page.locator("[data-done]")).to_be_visible()
        phone.look()
        phone.press("[data-next]")
    phone.open("/hours")
    expect(page.locator(".ring")).to_contain_text("1/ 72")  # 2 lessons of 45 minutes


def sit(phone, session):
    page = phone.page
    phone.open("/exams")
    phone.press(f'a[href$="/exams/sessions/{session}"]')
    phone.press('form[action$="/register"] button')
    page.locator("#start button").click()
    page.wait_for_url("**/exams/sittings/*")
    options = page.locator(".item:not([hidden]) .option")
    options.first.wait_for()
    phone.look()
    for number in range(9):
        for option in options.filter(has_text="对").all():
            option.click()
        if number < 8:
            page.locator('[data-part="next"]').click()
    expect(page.locator('[data-part="saved"][data-state="saved"]')).to_contain_text("9")
    page.locator('[data-act="review"]').click()
    expect(page.locator('[data-part="review"]')).to_be_visible()
    phone.look()
    page.locator('[data-part="hand-in"]').click()
    page.wait_for_url("**/handed-in")
    phone.look()
    expect(page.locator(".receipt")).not_to_be_empty()


def publish(desk, session):
    desk.open(f"/desk/exams/sessions/{session}")
    desk.press('form[action$="/close"] button', look=False)
    desk.reload_until('form[action$="/publish"]')
    desk.press('form[action$="/publish"] button')


def see_result(phone):
    phone.open("/messages")
    phone.open("/exams")
    phone.press('a[href^="/exams/results/"]')
    expect(phone.page.locator(".score")).to_contain_text("12")


def issue(desk, learner):
    desk.open("/desk/certificates")
    desk.press(f'button[name="only"][value="{learner}"]')
    desk.open("/desk/certificates/issued")
    desk.press('a[href^="/desk/certificates/"].num')


def fetch_certificate(phone):
    phone.open("/certificates")
    phone.reload_until('a[href$=".pdf"]')
    document = phone.page.locator('a[href$=".pdf"]').get_attribute("href")
    assert phone.context.request.get(f"{phone.base}{document}").body().startswith(b"%PDF-")
    phone.open("/")
    phone.open("/certificates")
    return phone.page.locator('a[href*="/verify/"]').get_attribute("href")
