"""Conditions set at a desk of the city: a tree with an alternative, its preview, put in force."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lms.kernel import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_citys_officer_builds_a_tree_and_puts_it_in_force(scene, visit, locale):
    desk = visit(scene.officer("hr_officer", name="周岚"))
    page, code = desk.page, f"tour.{locale.lower()}"
    desk.open("/desk/requirements")
    desk.press('a[href="/desk/requirements/new"]')
    page.locator('[name="title"]').fill("见习督导条件")
    page.locator('[name="title_en"]').fill("Conditions for trainees")
    page.locator('[name="code"]').fill(code)
    desk.press('main form[method="post"] button')
    page.locator("#type-top").select_option("qualification")
    desk.press("form:has(#type-top) button")
    page.locator('[name="param_level"]').select_option("intermediate")
    desk.press("#condition form button")
    expect(page.locator(".tree-leaf")).to_have_count(1)
    desk.press('.tree-tools button[value="nest"]')
    page.locator("#type-0").select_option("service")
    desk.press("form:has(#type-0) button")
    page.locator('[name="param_months"]').fill("24")
    desk.press("#condition form button")
    expect(page.locator(".tree-leaf")).to_have_count(2)
    page.locator('[name="valid_from"]').fill(clock.today().isoformat())
    page.locator('[name="note"]').fill("成社工〔2026〕9 号")
    desk.press('form[action$="/publish"] button')
    assert page.url.endswith(f"/desk/requirements/{code}")
    desk.open("/desk/requirements/equal.community_worker")
