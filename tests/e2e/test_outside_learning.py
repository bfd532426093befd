"""Outside learning: claimed on a phone, reviewed by the county, its rules set at a desk of the city."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lms.kernel import clock
from lms.testing.factories.approvals import PDF_BYTES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOTE = "成社工〔2026〕9 号"


def attach(page, kind):
    page.locator(f"#proof-{kind}").set_input_files(
        {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": PDF_BYTES}
    )


def fill(page, **values):
    for name, value in values.items():
        page.locator(f'[name="{name}"]').fill(value)


def test_a_claim_is_sent_from_a_phone_when_what_counts_was_seen_and_the_county_approves(scene, visit, on_phone):
    phone, today = on_phone(scene.learner()), clock.today().isoformat()
    page = phone.page
    phone.open("/hours")
    phone.press('a[href="/me/evidence"]')
    phone.press('a[href="/me/evidence/new"]')
    phone.press('a[href="/me/evidence/new/lecture"]')
    fill(
        page, title="老年人服务专题讲座", organiser="成都市社会工作者协会", first_day=today, last_day=today, amount="30"
    )
    phone.press("main form button")
    expect(page.locator(".field.wrong")).to_have_count(1)
    fill(page, amount="6")
    phone.press("main form button")
    expect(page.locator("main ol li")).to_have_count(4)
    phone.press('button[value="send"]')
    expect(page.locator(".field.wrong")).to_have_count(2)
    attach(page, "notice")
    attach(page, "attendance")
    phone.press('button[value="send"]')
    expect(page.locator(".case-now")).to_be_visible()
    claim = page.url.removeprefix(phone.base)
    approve(visit(scene.officer("hr_officer", name="罗毅", org_id=scene.city.county_a)), page)
    phone.open(claim)
    expect(page.locator(".case-now h2")).to_contain_text(re.compile(r"4 (小时|h)"))
    phone.open("/hours")
    page.locator("main details summary").first.click()
    expect(page.locator("main details li").first).to_be_visible()
    phone.look()
    phone.open("/me/evidence")


def approve(desk, page):
    number = page.locator(".top-sub").inner_text()
    desk.open(f"/desk/approvals?q={number}")
    desk.press('main a[href^="/desk/approvals/0"]')
    desk.page.locator('[name="outcome"][value="approved"]').check()
    desk.press('form[action$="/decide"] button:not([name])', look=False)
    desk.open(f"/desk/hours/evidence?q={number}")
    desk.press('main a[href^="/desk/hours/evidence/0"]')


def test_the_citys_officer_sets_a_rule_at_a_desk_when_its_faults_are_put_right(scene, visit, locale):
    desk = visit(scene.officer("hr_officer", name="周岚"))
    page, code = desk.page, f"tour_{locale.lower()}"
    desk.open("/desk/hours")
    desk.press('a[href="/desk/hours/rules"]')
    desk.press('a[href="/desk/hours/rules/new"]')
    fill(page, title="外地考察", title_en="Study tour", code=code, cap_year="0", valid_from="2026-01-01", note=NOTE)
    desk.press('main form[method="post"] button')
    expect(page.locator(".field.wrong")).to_have_count(1)
    fill(page, cap_year="12.5")
    page.locator('[name="proofs"][value="notice"]').check()
    desk.press('main form[method="post"] button')
    assert page.url.endswith(f"/desk/hours/rules/{code}")
    fill(page, cap_activity="3.5", valid_from="2027-01-01")
    fill(page, note=NOTE)
    desk.press('main form[method="post"] button')
    expect(page.locator("tbody tr")).to_have_count(2)
    desk.open("/desk/hours/rules")
