"""A tuition claim in a real browser: phone, employer, street beside the voucher, notice, money, phone again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import struct
import uuid
import zlib

import pytest
from lms_tuition.cases import CLAIM_CHAIN
from lms_tuition.claim_models import Claim
from lms_tuition.models import Study
from lms_tuition.service.common import CLAIM_KIND
from playwright.sync_api import expect

from lms.approvals import service as approvals
from lms.plugin_api.work import SYSTEM, clock, session
from lms.testing.browser import DESK, PHONE
from lms.testing.factories import approvals as cases
from lms.testing.plugin import switch_plugins_on
from lms.testing.served import served_academy
from lms.testing.servers import create_database
from lms.testing.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "欧阳若溪"
CARD = "6217 0000 1234 5678 907"
SEND = 'form[enctype] button[type="submit"]'


def receipt() -> bytes:
    """A picture of 640 x 400 that stands for a voucher."""
    row = b"\x00" + bytes([246, 240, 226]) * 640
    rows = b"".join(row if number % 40 else b"\x00" + bytes([196, 120, 90]) * 640 for number in range(400))

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 640, 400, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


@pytest.fixture
def monday():
    """The served academy goes by its own clock."""


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def served(tmp_path_factory, request):
    database = create_database(request.getfixturevalue("postgres")) if request.param == "postgres" else ""
    with served_academy(tmp_path_factory.mktemp("tuition"), database=database) as academy:
        switch_plugins_on(academy.app)
        yield academy


@pytest.fixture(scope="module")
def town(served, open_town):
    """A small city whose list is published without a term for objections: nobody waits five days for a test."""
    with served.app.app_context():
        town = open_town(served.app)
        town.fund(1_000_000)
        plan = dataclasses.replace(CLAIM_CHAIN, notice_days=0)
        approvals.save_chain(SYSTEM, CLAIM_KIND, plan, valid_from=clock.today(), note="不等异议")
        session.remove()
    return town


@pytest.fixture
def visit(served, screens):
    def open_window(person_id=None, size=DESK, locale="zh_CN"):
        cookie = served.signed_in(person_id) if person_id else None
        return Visitor(screens(cookie, size), served, locale)

    return open_window


@pytest.fixture
def behind(served):
    """Do something at the desk without a window, and give back what it found."""

    def act(call):
        with served.app.app_context():
            found = call()
            session.remove()
        return found

    return act


def fill(page, **typed):
    for name, text in typed.items():
        page.locator(f'[name="{name}"]').fill(text)


def attach(page, target, name, media_type, content):
    page.locator(target).set_input_files({"name": name, "mimeType": media_type, "buffer": content})


def test_tuition_is_agreed_signed_claimed_compared_paid_and_tried_for_an_early_leave(visit, behind, town):
    who = behind(lambda: town.person(NAME).person_id)
    chain = behind(lambda: [officer.person_id for officer in town.chain])
    phone = visit(who, PHONE)
    study = apply(phone)
    behind(lambda: cases.approve(session.get_one(Study, study).case_id, *town.chain[:2]))
    phone.open("/")
    phone.press(f'a[href="/me/tuition/studies/{study}/agreement"]')
    phone.page.locator('[name="agreed"]').check()
    fill(phone.page, signed_as=NAME)
    phone.press('main form[method="post"] button[type="submit"]')
    place = claim(phone, study)
    claim_id = uuid.UUID(place.rpartition("/")[2])
    street = visit(chain[1])
    compare(street, claim_id)
    behind(lambda: cases.approve(session.get_one(Claim, claim_id).case_id, *town.chain))
    publish(visit(behind(lambda: town.officer("hr_officer", town.city.city, 1).person_id)))
    phone.open(place)
    phone.reload_until(f'a[href="{place}/account"]')
    behind(lambda: town.pay(town.now(claim_id)))
    phone.open(place)
    phone.reload_until(".claim-now.green")
    phone.open("/me/tuition")
    look_around(visit(chain[2]), study, place)
    english = visit(who, PHONE, "en")
    expect(english.open(f"/me/tuition/studies/{study}").locator("main")).to_contain_text("To be paid back")
    english.open(place)
    payer = visit(behind(lambda: town.payer().person_id))
    payer.open("/desk/payouts/receivables")
    payer.press('.table a[href^="/desk/payouts/receivables/"]')


def apply(phone):
    """From the empty page to the application, with a wrong period first; the study's id."""
    phone.open("/me/tuition")
    phone.press('a[href="/me/tuition/studies/new"]')
    page = phone.page
    page.locator('[name="level"]').select_option("bachelor")
    today = clock.today()
    fill(page, school="四川大学", major="社会工作", starts_on=today.isoformat(), ends_on=today.isoformat())
    fill(page, reason="与岗位一致，周末上课")
    attach(page, "#proof-enrolment", "录取通知书.pdf", "application/pdf", cases.PDF_BYTES)
    phone.press(SEND)
    expect(page.locator("#ends_on-error")).to_be_visible()
    fill(page, ends_on=(today + dt.timedelta(days=1000)).isoformat())
    attach(page, "#proof-enrolment", "录取通知书.pdf", "application/pdf", cases.PDF_BYTES)
    phone.press(SEND)
    return uuid.UUID(page.url.rpartition("/")[2])


def claim(phone, study):
    """A claim with one voucher, its number typed short first; where the claim is."""
    phone.open(f"/me/tuition/studies/{study}")
    phone.press(f'a[href="/me/tuition/studies/{study}/claim"]')
    page = phone.page
    fill(page, term="2026 年秋季学期", line0_code="5101 0126", line0_number="123", line0_check="a1b2c3")
    fill(page, line0_issued_on=clock.today().isoformat(), line0_amount="8,000", bank_account=CARD)
    fill(page, bank_name="中国银行成都玉林支行")
    attach(page, '[name="line0_file"]', "学费.png", "image/png", receipt())
    phone.press(SEND)
    expect(page.locator("#line0_number-error")).to_be_visible()
    fill(page, line0_number="0000 012 345")
    attach(page, '[name="line0_file"]', "学费.png", "image/png", receipt())
    phone.press(SEND)
    return page.url.removeprefix(phone.base)


def compare(desk, claim_id):
    """The street's officer finds the claim by its figure and compares the voucher with the picture beside it."""
    desk.open("/desk")
    desk.press('a[href="/desk/tuition?unchecked=1"]')
    desk.press(f'a[href="/desk/tuition/claims/{claim_id}"]')
    page = desk.page
    expect(page.locator(".paper img")).to_be_visible()
    assert page.locator(".paper img").evaluate("image => image.naturalWidth") == 640
    page.locator('input[value="right"]').check()
    page.locator('[name="note"]').fill("已在官方网站查验，状态正常")
    desk.press("#main .beside form button, .beside form button")
    expect(page.locator(".notice.green").first).to_be_visible()


def publish(desk):
    desk.open("/desk/notices")
    desk.press(f'a[href="/desk/notices/new/{CLAIM_KIND}"]')
    desk.press('form[data-select] button[type="submit"]')
    expect(desk.page.locator("main")).to_contain_text("学费")


def look_around(desk, study, place):
    """What a county's officer has besides: lists, the study with a trial of an early leave, what is paid."""
    desk.open("/desk/tuition?state=paid")
    desk.open("/desk/tuition/studies")
    desk.press(f'a[href="/desk/tuition/studies/{study}"]')
    desk.page.locator('form[method="get"] [name="left_on"]').fill(clock.today().isoformat())
    desk.press('form[role="search"] button')
    expect(desk.page.locator("main")).to_contain_text("已服务 0 天")
    fill(desk.page, reason="解除劳动合同")
    desk.press('form[action$="/leave"] button')
    expect(desk.page.locator(".notice.green").first).to_be_visible()
    desk.open("/desk/tuition/schemes")
    desk.press('.table a[href$="/bachelor"]')
    desk.open(place, status=404)
