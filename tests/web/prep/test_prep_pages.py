"""Preparation in the browser: anybody signs up, practises with explanations at once, and is told honestly how ready."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from openpyxl import load_workbook

from lms.access.actors import actor_for
from lms.access.dto import Device
from lms.access.service import grant_role
from lms.access.service import sign_in as service
from lms.access.views.identify import cookie_name
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.people.models import Person
from lms.prep.models import PrepPaper, PrepSubject, SignUp
from lms.prep.queries import sign_ups
from lms.prep.service import signing_up
from lms.testing.factories.access import PASSWORD, make_officer, sign_in
from lms.testing.factories.exams import make_bank, make_items
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.factories.prep import make_subject, sign_up


@pytest.fixture
def enter(client):
    def enter(person_id):
        sign_in(client, person_id)
        return client

    return enter


def value(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


def typed(page, city, **changes):
    return {
        "key": value(page, "key"),
        "consent_version": value(page, "consent_version"),
        "name": "苏雨桐",
        "phone": "139 1234 5678",
        "org": str(city.county_a),
        "source": "wechat",
        "username": "suyutong",
        "password": PASSWORD,
        "again": PASSWORD,
        "consent": "y",
    } | changes


def test_anybody_signs_up_and_is_signed_in_at_once(client, city):
    assert "免费报名" in client.get("/prep").text
    assert "免费考前培训" in client.get("/").text
    page = client.get("/prep/sign-up?from=wechat").text
    assert '<option selected value="wechat">' in page
    assert "身份证件号码现在不收集" in page
    answer = client.post("/prep/sign-up", data=typed(page, city))
    assert (answer.status_code, answer.location) == (303, "/prep")
    assert client.get_cookie(cookie_name()) is not None
    [row] = db.session.query(SignUp)
    assert row.source == "wechat"
    assert "我的报名" in client.get("/prep").text
    own = client.get("/me/sign-up").text
    assert "没有登记证件" in own
    wrong = client.post("/me/sign-up", data={"document": "resident", "number": "12"})
    assert "应为 18 位" in wrong.text
    assert client.post("/me/sign-up", data={"document": "resident", "number": make_id_number(3)}).status_code == 303
    assert "登记身份证件" not in client.get("/me/sign-up").text
    assert client.get("/prep/sign-up").status_code == 302


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, city):
    page = client.get("/prep/sign-up").text
    answer = client.post("/prep/sign-up", data=typed(page, city, phone="123", again="x", consent=""))
    assert answer.status_code == 422
    for text in ("两次输入的密码不一样", "请先看说明，同意的请勾选", 'value="suyutong"'):
        assert text in answer.text
    answer = client.post("/prep/sign-up", data=typed(page, city, phone="123"))
    assert "应为 11 位手机号码" in answer.text
    assert PASSWORD not in answer.text


def test_programs_are_kept_out_without_a_picture_to_read(client, city, app):
    page = client.get("/prep/sign-up").text
    answer = client.post("/prep/sign-up", data=typed(page, city, website="https://example.org"))
    assert answer.status_code == 422
    assert "不像是由人填写的" in answer.text
    assert db.session.query(SignUp).count() == 0
    codes = [client.post("/prep/sign-up", data={}).status_code for _number in range(10)]
    assert codes[-1] == 429


def test_a_document_is_tried_a_few_times_a_day_and_each_try_is_on_the_trail(enter, city):
    held = make_id_number(8)
    make_person("陈思雨", city.community_a, id_number=held)
    row = sign_up(city.county_a)
    browser = enter(row.person_id)
    data = {"document": "resident", "number": held}
    answers = [browser.post("/me/sign-up", data=data) for _number in range(6)]
    assert "请核对号码" in answers[4].text
    assert "今天登记证件的次数已用完" in answers[5].text
    free = browser.post("/me/sign-up", data=data | {"number": make_id_number(9)})
    assert "今天登记证件的次数已用完" in free.text
    tried = db.session.query(AuditEntry).filter_by(action="person.document_refused").all()
    assert [(one.subject_id, one.detail) for one in tried] == [(row.person_id.hex, {})] * 5
    with clock.frozen(clock.now() + dt.timedelta(days=1, minutes=1)):
        sign_in(browser, row.person_id)
        assert browser.post("/me/sign-up", data=data | {"number": make_id_number(9)}).status_code == 303
    codes = [browser.post("/me/sign-up", data={}).status_code for _number in range(11)]
    assert codes[-1] == 429


def test_practice_shows_the_explanation_after_each_question_and_a_result(enter, city):
    person, subject = make_person("苏雨桐", city.community_a), make_subject(city.city)
    browser = enter(person)
    page = browser.get(f"/prep/{subject.slug}").text
    assert "数据还太少，再练 20 题左右才能估计" in page
    assert "把握区间" not in page
    begun = browser.post(f"/prep/{subject.slug}/start", data={"key": value(page, "key")})
    assert begun.status_code == 303
    first = browser.get(begun.location)
    address = first.location
    page = browser.get(address).text
    assert "因为甲正确" not in page
    for odd in ({}, {"choice": "²"}, {"choice": "9" * 5000}):
        assert "请先选择，再看解析" in browser.post(address, data=odd).text
    assert browser.post(address, data={"choice": "0"}).status_code == 303
    page = browser.get(address).text
    assert "因为甲正确" in page
    assert "下一题" in page
    [paper] = db.session.query(PrepPaper)
    browser.post(f"/prep/papers/{paper.id}/finish")
    page = browser.get(f"/prep/papers/{paper.id}/result").text
    assert "已答 1 / 9 题" in page
    assert browser.get(f"/prep/papers/{paper.id}").location.endswith("/result")
    stranger = enter(make_person(org_id=city.community_a))
    assert stranger.get(f"/prep/papers/{paper.id}/result").status_code == 404


def test_the_forecast_is_shown_with_its_interval_once_there_is_enough(enter, city):
    bank_id = make_bank(city.city, make_items(24, 12))
    person, subject = make_person("苏雨桐", city.community_a), make_subject(city.city, bank_id)
    browser = enter(person)
    for number in range(3):
        place = browser.post(f"/prep/{subject.slug}/start", data={"key": str(number)}).location
        while (step := browser.get(place)).location and not step.location.endswith("/result"):
            browser.post(step.location, data={"choice": "0"})
    page = browser.get(f"/prep/{subject.slug}").text
    assert re.search(r"准备到 \d+ %，把握区间 \d+–\d+ %。", page)
    assert "达到合格线的可能" in page
    assert "先补这些考点" in page
    assert "考前练习" in browser.get("/").text


def test_officers_see_sign_ups_by_source_and_week_and_export_them(enter, city):
    row = sign_up(city.county_a)
    sign_up(city.county_b, name="何俊杰")
    browser = enter(make_officer("hr_officer", city.county_a))
    page = browser.get("/desk/prep/sign-ups?source=community&merged=no&passed=no").text
    assert "苏雨桐" in page
    assert "何俊杰" not in page
    assert "没有符合条件的报名" in browser.get("/desk/prep/sign-ups?source=wechat").text
    book = load_workbook(io.BytesIO(browser.get("/desk/prep/sign-ups.xlsx").data))
    assert book.worksheets[0]["A2"].value == "苏雨桐"
    assert [cell.value for cell in book.worksheets[2][2]][:2] == ["社区通知", 1]
    assert str(row.phone_sealed) not in page


def test_an_officer_merges_whom_the_phone_suggests(enter, city):
    row = sign_up(city.county_a, phone="13912345678")
    kept = make_person("苏雨桐", city.community_a, phone="13912345678")
    browser = enter(make_officer("hr_officer", city.county_a))
    address = f"/desk/prep/sign-ups/{row.id}"
    assert "手机号相同" in browser.get(address).text
    assert "请选择一个人，或填写号码" in browser.post(address, data={}).text
    assert "您的单位里没有这个号码的人" in browser.post(address, data={"number": "13800000000"}).text
    assert browser.post(address, data={"person": str(kept)}).status_code == 303
    assert "已并入名册里的档案" in browser.get(address).text
    assert db.session.get_one(Person, row.person_id, populate_existing=True).merged_into == kept
    assert sign_ups.own(kept).id == row.id
    other = enter(make_officer("hr_officer", city.county_b))
    assert other.get(address).status_code == 404


def test_who_forgot_the_password_gets_a_code_from_the_district_that_works_once_and_not_for_long(enter, city):
    row = sign_up(city.county_a, username="suyutong")
    officer, again = make_officer("hr_officer", city.county_a), "Willow-Bank-52"
    address = f"/desk/prep/sign-ups/{row.id}"
    for stranger, status in (
        (make_officer("hr_officer", city.county_b), 404),
        (make_officer("auditor", city.county_a), 403),
    ):
        assert enter(stranger).post(f"{address}/reset-code").status_code == status

    def asked():
        page = enter(officer).post(f"{address}/reset-code").text
        assert "suyutong" in page
        return re.search(r'slip-code num">([0-9A-Z-]+)<', page)[1]

    def typed_in(code, name="suyutong"):
        data = {"id_number": name, "code": code, "username": "", "password": again, "again": again}
        return enter(officer).post("/activate", data=data).status_code

    void, code = asked(), asked()
    assert [typed_in(void), typed_in(code, "somebody"), typed_in(""), typed_in(code)] == [422, 422, 422, 303]
    assert typed_in(code) == 422
    assert service.sign_in("suyutong", again, Device("127.0.0.1", "test")).token
    late = asked()
    with clock.frozen(clock.now() + dt.timedelta(days=1, minutes=1)):
        assert typed_in(late) == 422
    trail = db.session.query(AuditEntry).filter_by(action="prep.reset_code").all()
    assert [one.subject_id for one in trail] == [row.id.hex] * 3
    assert late not in str([one.detail for one in db.session.query(AuditEntry)])
    grant_role(SYSTEM, person_id=row.person_id, role="trainer", org_id=city.city, reason="测试")
    assert "所在单位" in enter(officer).post(f"{address}/reset-code").text  # nobody gets into an officer's account here
    other = sign_up(city.county_a, name="邓芳")
    signing_up.merge(actor_for(officer), other.id, make_person("邓芳", city.community_a))
    assert enter(officer).post(f"/desk/prep/sign-ups/{other.id}/reset-code").status_code == 409


def test_a_trainer_sets_a_subject_up_and_sees_the_weakest_points(enter, city):
    bank_id = make_bank(city.city)
    browser = enter(make_officer("trainer", city.city))
    page = browser.get("/desk/prep/subjects/new").text
    bank = re.search(r'<select id="bank"[^>]*>.*?value="([^"]+)"', page, re.DOTALL)[1]
    data = {"title": "综合能力", "slug": "zonghe", "bank": bank, "minutes": "120", "pass_marks": "60", "is_open": "y"}
    data |= {"parts-0-kind": "single", "parts-0-count": "600", "parts-1-kind": "multiple", "parts-1-count": "3"}
    for number in range(2, 6):
        data[f"parts-{number}-kind"] = "single"
    assert browser.post("/desk/prep/subjects/new", data=data).status_code == 422
    data |= {"parts-0-count": "6", "pass_marks": "7"}
    assert browser.post("/desk/prep/subjects/new", data=data).status_code == 303
    [subject] = db.session.query(PrepSubject)
    assert subject.bank_id == bank_id
    assert "还没有人练习" in browser.get("/desk/prep/subjects/zonghe").text
    edit = "/desk/prep/subjects/zonghe/edit"
    assert 'value="综合能力"' in browser.get(edit).text
    assert browser.post(edit, data=data | {"title": "综合能力（初级）", "is_open": ""}).status_code == 303
    assert browser.get("/desk/prep/subjects/zonghe.xlsx").status_code == 200
    assert "未开放" in browser.get("/desk/prep/subjects").text
