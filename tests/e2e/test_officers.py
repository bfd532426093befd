"""What officers do at a desk, each from the first page to the outcome."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import zipfile

import openpyxl
import pytest
from playwright.sync_api import expect

from lms.kernel import clock
from lms.testing.factories.courses import package_files
from lms.testing.factories.people import make_id_number
from lms.testing.factories.rosters import make_roster, roster_row

pytestmark = [pytest.mark.browser, pytest.mark.slow]
UNIT = "武侯区/玉林街道/玉林东路社区"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_orders = itertools.count(500)


def attach(page, name, media_type, content):
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": media_type, "buffer": content})


def fetched(desk, address):
    answer = desk.context.request.get(f"{desk.base}{address}")
    assert answer.ok
    return answer.body()


def local(minutes):
    """A moment from now as a browser's field for date and time takes it."""
    return (clock.now() + dt.timedelta(minutes=minutes)).astimezone(clock.CITY_ZONE).strftime("%Y-%m-%dT%H:%M")


def test_hr_brings_in_a_roster_when_the_marked_file_has_been_put_right(scene, visit):
    desk = visit(scene.officer("hr_officer", name="周岚", org_id=scene.city.county_a))
    desk.open("/desk")
    desk.open("/desk/people")
    desk.press('a[href="/desk/imports"]')
    assert fetched(desk, "/desk/imports/template.xlsx").startswith(b"PK")
    order = next(_orders)
    rows = [roster_row(order + number * 100, UNIT) for number in range(3)]
    attach(
        desk.page, "名册.xlsx", XLSX, make_roster([rows[0] | {"id_number": f"{rows[0]['id_number'][:-1]}?"}, *rows[1:]])
    )
    desk.press(".desk-main form[enctype] button", look=False)
    desk.reload_until('a[href$="/marked.xlsx"]')
    marked = fetched(desk, desk.page.locator('a[href$="/marked.xlsx"]').get_attribute("href"))
    book = openpyxl.load_workbook(io.BytesIO(marked))
    [cell] = [cell for row in book.active.iter_rows() for cell in row if str(cell.value).endswith("?")]
    assert cell.fill.fgColor.rgb != "00000000"
    cell.value = rows[0]["id_number"]
    corrected = io.BytesIO()
    book.save(corrected)
    desk.press('a[href="/desk/imports"]')
    attach(desk.page, "名册（改）.xlsx", XLSX, corrected.getvalue())
    desk.press(".desk-main form[enctype] button", look=False)
    desk.reload_until('input[name="mode"][value="all"]')
    desk.press('form[action$="/apply"] button', look=False)
    desk.reload_until(".desk-main > .notice.green")
    desk.open(f"/desk/people?text={rows[0]['name']}")
    desk.press(".people-table a")
    expect(desk.page.locator("h1")).to_have_text(rows[0]["name"])


def test_hr_looks_after_a_person_when_numbers_codes_and_hours_are_asked_for(scene, visit):
    desk = visit(scene.officer("hr_officer", name="周岚"))
    page = desk.page
    desk.open(f"/desk/people/{scene.holder}")
    page.locator(".sealed summary").first.click()
    page.locator("#reason-id_number").fill("核对身份证件")
    desk.press('form[action$="/reveal/id_number"] button')
    expect(page.locator(".sealed strong")).to_contain_text("510107")
    desk.press('form[action$="/account/code"] button')
    expect(page.locator(".slip-code")).to_be_visible()
    desk.open("/desk/activation-codes")
    page.locator("#unit").fill("宽巷子社区")
    desk.press('button[value="slips"]')
    desk.open("/desk/hours")
    desk.open(f"/desk/hours/{scene.holder}")
    desk.press('a[href^="/desk/hours/entries/"]')
    page.locator('[name="minutes"]').fill("")
    desk.press('.desk-main form[method="post"] button')
    expect(page.locator(".notice.rose:visible")).to_be_visible()
    desk.open("/desk/certificates/roster")
    desk.press(".desk-main form[enctype] button")
    expect(page.locator(".notice.rose:visible")).to_be_visible()
    desk.open("/desk/people/new")
    desk.press('.desk-main form[method="post"] button')
    expect(page.locator(".field.wrong").first).to_be_visible()


def test_a_trainer_brings_a_course_to_publication_when_another_officer_agrees(scene, visit, locale):
    slug = f"visits-{locale.lower().replace('_', '-')}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in package_files(slug, minimum_minutes=0).items():
            archive.writestr(f"{slug}/{name}", text)
    desk = visit(scene.officer("trainer", name="唐敏"))
    desk.open("/desk/courses")
    desk.press('a[href="/desk/courses/imports/new"]')
    attach(desk.page, f"{slug}.zip", "application/zip", b"PK\x03\x04 not a package")
    desk.press(".desk-main form[enctype] button", look=False)
    desk.reload_until(".notice.rose:visible")
    desk.open("/desk/courses/imports/new")
    attach(desk.page, f"{slug}.zip", "application/zip", packed.getvalue())
    desk.press(".desk-main form[enctype] button", look=False)
    desk.reload_until('a[href^="/desk/courses/releases/"]')
    desk.press('a[href^="/desk/courses/releases/"]')
    release = desk.page.url.removeprefix(desk.base)
    desk.press('a[href*="/preview/"]')
    expect(desk.page.frame_locator("iframe").locator("article.lesson-text")).to_be_visible()
    desk.open(release)
    desk.press('button[formaction$="/in_review"]')
    officer = visit(scene.officer("exam_officer", name="郑国栋"))
    officer.open("/desk/courses")
    officer.press(f'a[href="{release}"]')
    officer.press('button[formaction$="/published"]')
    expect(officer.page.locator(".desk-main .tag.green").first).to_be_visible()


def test_a_trainer_changes_a_bank_when_a_file_was_checked_and_an_item_edited(scene, visit, locale):
    desk = visit(scene.officer("trainer", name="唐敏"))
    page = desk.page
    desk.open("/desk/banks")
    desk.press('.table a[href^="/desk/banks/"]')
    bank = page.url.removeprefix(desk.base)
    ref = f"new-{locale.lower().replace('_', '-')}"
    gift = f"// [id:{ref}] [tag:point:1.1] [tag:difficulty:2]\n::{ref}::走访前先做（　　）。{{\n=预约\n~拍照\n~签字\n~收费\n####解析：先预约。\n}}\n"
    for text in ("::没有答案{\n", gift):
        desk.open(f"{bank}/upload")
        attach(page, "items.gift", "text/plain", text.encode())
        desk.press(".desk-main form[enctype] button")
    desk.press(".desk-main form.inline-form button")
    desk.open(f"{bank}/items/{ref}")
    desk.press(f'a[href$="/{ref}/edit"]')
    page.locator('textarea[name="stem"]').fill("走访之前，先做（　　）。")
    desk.press('.desk-main form[method="post"] button[type="submit"]')
    desk.open(f"{bank}/items/{ref}")
    expect(page.locator(".item-stem")).to_contain_text("走访之前")


def test_an_exam_officer_prepares_a_session_when_papers_are_frozen_and_a_list_registered(scene, visit, locale):
    desk = visit(scene.officer("exam_officer", name="郑国栋"))
    page, slug = desk.page, f"spring-{locale.lower().replace('_', '-')}"
    desk.open("/desk/exams")
    desk.press('a[href="/desk/exams/new"]')
    page.locator('[name="title_zh"]').fill("春季考试")
    page.locator('[name="title_en"]').fill("Spring exam")
    page.locator('[name="slug"]').fill(slug)
    page.locator('[name="bank"]').select_option(scene.bank_id.hex)
    desk.press('.desk-main form[method="post"] button')
    expect(page.locator(".notice.rose:visible")).to_be_visible()  # 60 and 20 items are more than the bank has
    page.locator('[name="parts-0-count"]').fill("6")
    page.locator('[name="parts-1-count"]').fill("3")
    page.locator('[name="pass_marks"]').fill("7")
    desk.press('.desk-main form[method="post"] button')
    desk.press(f'a[href="/desk/exams/{slug}/sessions/new"]')
    for name, minutes in (("opens_at", 120), ("closes_at", 60), ("register_until", 100)):
        page.locator(f'[name="{name}"]').fill(local(minutes))
    desk.press('.desk-main form[method="post"] button')
    expect(page.locator(".notice.rose:visible")).to_be_visible()  # it closes before it opens
    page.locator('[name="closes_at"]').fill(local(240))
    desk.press('.desk-main form[method="post"] button')
    desk.press('form[action$="/freeze"] button')
    session = page.url.removeprefix(desk.base)
    desk.press('a[href$="/forms/1"]')
    desk.open(f"{session}/register")
    number = make_id_number(next(_orders))
    scene.learner(id_number=number)
    page.locator('[name="people"]').fill(f"{number}\n510107199001010000")
    desk.press('.desk-main form[method="post"] button')
    page.locator('[name="skip_faulty"]').check()
    desk.press('button[name="apply"]')
    desk.open(f"{session}/seats")
    expect(page.locator(".table tbody tr")).to_have_count(1)


def test_an_operator_keeps_house_when_settings_grants_and_units_change(scene, visit, locale):
    desk = visit(scene.officer("operator", "auditor", name="何志远"))
    page = desk.page
    desk.open("/admin/settings/learning.offline_minutes")
    page.locator('[name="value"]').fill("90")
    desk.press('.desk-main form[method="post"] button')
    expect(page.locator(".notice.rose:visible")).to_be_visible()  # no reason given
    page.locator('[name="note"]').fill("会议纪要 2026-11")
    desk.press('.desk-main form[method="post"] button')
    expect(page.locator(".notice.green")).to_be_visible()
    desk.open(f"/admin/grants/new/{scene.learner()}")
    page.locator('[name="role"]').select_option("trainer")
    page.locator('[name="unit"]').fill("青羊区")
    page.locator('[name="reason"]').fill("区级师资")
    desk.press('.desk-main form[method="post"] button')
    desk.press('.table a[href$="/revoke"]')
    page.locator('[name="reason"]').fill("授权有误")
    desk.press('.desk-main form[method="post"] button')
    desk.open(f"/admin/orgs/{scene.city.street_b}/add")
    page.locator('[name="name"]').fill(f"少城社工站{len(locale)}")
    desk.press('.desk-main form[method="post"] button')
    desk.open("/admin/jobs?recurring=1")
    desk.press('.table a[href^="/admin/jobs/"]')
    desk.open("/admin/audit")
    desk.press('form[action$="/check"] button', look=False)
    desk.reload_until(".desk-main > .notice.green")
