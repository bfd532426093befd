"""A claim's whole way in a real browser: phone, street, county, city, notice, two payers, the bank, phone again."""

from __future__ import annotations

import dataclasses
import io

import openpyxl
import pytest
from playwright.sync_api import expect

from lms.approvals import service as approvals
from lms.plugin_api.work import SYSTEM, clock, session
from lms.testing.browser import DESK, PHONE
from lms.testing.factories.approvals import PDF_BYTES, THREE_STEPS
from lms.testing.plugin import switch_plugins_on
from lms.testing.served import served_academy
from lms.testing.servers import create_database
from lms.testing.visitor import Visitor
from lms_subsidies.service.common import KIND

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "欧阳若溪"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CARD = "6217 0000 1234 5678 907"


@pytest.fixture
def monday():
    """The served academy goes by its own clock."""


@pytest.fixture(params=["zh_CN", "en"], scope="module")
def locale(request):
    return request.param


@pytest.fixture(scope="module")
def served(locale, tmp_path_factory, request):
    """On SQLite in Chinese, on PostgreSQL in English."""
    database = create_database(request.getfixturevalue("postgres")) if locale == "en" else ""
    with served_academy(tmp_path_factory.mktemp("subsidies"), database=database) as academy:
        switch_plugins_on(academy.app)
        yield academy


@pytest.fixture(scope="module")
def town(served, open_town):
    """A small city whose list is published without a term for objections: nobody waits five days for a test."""
    with served.app.app_context():
        town = open_town(served.app)
        town.fund(1_000_000)
        plan = dataclasses.replace(THREE_STEPS, notice_days=0)
        approvals.save_chain(SYSTEM, KIND, plan, valid_from=clock.today(), note="不等异议")
        session.remove()
    return town


@pytest.fixture
def officers(served, town):
    """Who decides and who pays: street, county, city, whoever publishes, two payers."""
    city = town.city
    places = [
        ("hr_officer", city.street_a, 0), ("hr_officer", city.county_a, 0), ("hr_officer", city.city, 0),
        ("hr_officer", city.city, 1), ("payouts.payer", city.county_a, 0), ("payouts.payer", city.county_a, 1),
    ]  # fmt: skip
    with served.app.app_context():
        found = [town.officer(*place).person_id for place in places]
        session.remove()
    return found


@pytest.fixture
def holder(served, town):
    """Somebody with a certificate, who has been invited."""
    with served.app.app_context():
        who = town.person(NAME)
        town.certify(who)
        session.remove()
    return who.person_id


@pytest.fixture
def visit(served, screens, locale):
    def open_window(person_id=None, size=DESK):
        cookie = served.signed_in(person_id) if person_id else None
        return Visitor(screens(cookie, size), served, locale)

    return open_window


def attach(page, target, name, media_type, content):
    page.locator(target).set_input_files({"name": name, "mimeType": media_type, "buffer": content})


def test_an_award_is_claimed_decided_published_paid_sent_back_and_paid_again(visit, holder, officers):
    *chain, publisher, payer, other_payer = officers
    phone, desks = visit(holder, PHONE), [visit(person_id) for person_id in chain]
    place = claim(phone)
    case = place_of_case(desks[0])
    send_back(desks[0], case)
    correct(phone, place)
    for desk in desks:
        decide(desk, case, "approved")
    expect(phone.open(place).locator(".claim-now")).to_be_visible()
    publish(visit(publisher), visit())
    for bounced in (True, False):
        phone.open(place)
        phone.reload_until(f'a[href="{place}/account"]')  # passed: to be paid, the account may still be changed
        pay(visit(payer), visit(other_payer), bounced=bounced)
        if bounced:
            change_account(phone, place)
    phone.reload_until(".claim-now.green")
    phone.open("/me/subsidies")
    phone.open("/messages")
    look_around(desks[2], place)


def claim(phone):
    """From the home page's next step to the claim, with a wrong card first."""
    phone.open("/me/subsidies")
    phone.reload_until('.offer a[href^="/me/subsidies/"]')
    phone.open("/")
    phone.press('a[href^="/me/subsidies/"]')
    page = phone.page
    page.locator('[name="bank_account"]').fill("6217000012345678908")
    page.locator('[name="bank_name"]').fill("中国银行成都玉林支行")
    phone.press('form[enctype] button[type="submit"]')
    expect(page.locator('#bank_account-error, [aria-invalid="true"]').first).to_be_visible()
    page.locator('[name="bank_account"]').fill(CARD)
    for name in ("not_civil_servant", "no_other_reward"):
        page.locator(f'[name="{name}"]').check()
    attach(page, "#proof-insurance", "社保.pdf", "application/pdf", PDF_BYTES)
    phone.press('form[enctype] button[type="submit"]')
    return page.url.removeprefix(phone.base)


def place_of_case(desk):
    """The claim on the street officer's list of cases."""
    desk.open("/desk")
    desk.open("/desk/approvals")
    desk.press(".table a.strong")
    return desk.page.url.removeprefix(desk.base)


def send_back(desk, case):
    page = desk.page
    desk.press('a[href^="/desk/subsidies/claims/"]')
    desk.open(case)
    choose(page, "returned")
    page.locator('input[value="fact:account"]').check()
    page.locator('input[name="note:fact:account"]').fill("请核对开户银行")
    desk.press('form.decide button:not([name="next"])')


def decide(desk, case, outcome):
    desk.open(case)
    choose(desk.page, outcome)
    desk.press('form.decide button:not([name="next"])')


def choose(page, outcome):
    page.locator(f'.segments label:has(input[value="{outcome}"])').click()


def correct(phone, place):
    phone.open(place)
    phone.press(f'a[href="{place}/correct"]')
    phone.page.locator('[name="bank_name"]').fill("中国银行成都武侯支行")
    phone.page.locator('[name="note"]').fill("已核对")
    phone.press('form[enctype] button[type="submit"]')
    expect(phone.page.locator(".notice.green").first).to_be_visible()


def publish(desk, stranger):
    desk.open("/desk/notices")
    desk.press(f'a[href="/desk/notices/new/{KIND}"]')
    desk.press('form[data-select] button[type="submit"]')
    stranger.open("/notices")
    stranger.press('h2 a[href^="/notices/"]')
    expect(stranger.page.locator("main")).to_contain_text("欧**溪")
    expect(stranger.page.locator("main")).not_to_contain_text(NAME)


def pay(first, second, *, bounced):
    """Gathered by one payer, signed by two, told by the bank."""
    page = first.page
    first.open("/desk/payouts")
    first.press('a[href="/desk/payouts/batches/new"]')
    page.locator('input[name="payment"]').first.check()
    first.press('form[data-select] button:not([name="all"])')
    batch = page.url.removeprefix(first.base)
    for desk in (first, second):
        desk.open(batch)
        desk.press('form[action$="/sign"] button')
    second.press('form[action$="/sent"] button')
    with second.page.expect_download() as told:
        second.page.locator('form[action$="/template"] button').click()
    answer = banks_answer(io.BytesIO(told.value.path().read_bytes()), bounced=bounced)
    attach(second.page, 'form[enctype] input[type="file"]', "回盘.xlsx", XLSX, answer)
    second.press("form[enctype] button")
    second.press('form[action$="/apply"] button', look=False)
    second.reload_until(".notice.green")
    second.open(batch)


def banks_answer(template, *, bounced):
    book = openpyxl.load_workbook(template)
    for row in book.active.iter_rows(min_row=2):
        if isinstance(row[0].value, (int, float)):
            row[6].value, row[7].value = ("失败", "账号与户名不符") if bounced else ("成功", None)
    answer = io.BytesIO()
    book.save(answer)
    return answer.getvalue()


def change_account(phone, place):
    phone.open(place)
    phone.reload_until(".claim-now.rose")
    phone.open("/")
    phone.press(f'a[href="{place}/account"]')
    phone.page.locator('[name="bank_account"]').fill(CARD)
    phone.page.locator('[name="bank_name"]').fill("成都银行玉林支行")
    phone.press('main form[method="post"] button[type="submit"]')


def look_around(desk, place):
    """What the scheme's owner has besides: the round, its claims, the schemes, and refusals in words."""
    page = desk.page
    desk.open("/desk/subsidies?standing=paid")
    desk.press(".table a.strong")
    desk.open("/desk/subsidies?q=nobody")
    desk.open("/desk/subsidies/schemes")
    desk.press('.table a[href$="/cdsgy"]')
    page.locator('[name="note"]').fill("")
    page.locator('[name="amount"]').fill("-1")
    desk.press('.desk-main form[method="post"] button[type="submit"]')
    expect(page.locator(".notice.rose:visible")).to_be_visible()
    page.locator('[name="note"]').fill("成社发〔2026〕9 号")
    page.locator('[name="amount"]').fill("500")
    desk.press('.desk-main form[method="post"] button[type="submit"]')
    expect(page.locator(".notice.green")).to_be_visible()
    desk.open(place, status=404)
    desk.open(f"/desk/people?text={NAME}")
    desk.press(".people-table a")
