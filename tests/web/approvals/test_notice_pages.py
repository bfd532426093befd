from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.jobs import settle
from lms.approvals.models import CaseState
from lms.approvals.notice_models import Objection, PublicNotice
from lms.approvals.queries import case_view
from lms.kernel import clock
from lms.kernel.db import db
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import KIND
from tests.web.approvals.conftest import hidden

AFTER = dt.datetime(2026, 10, 10, 16, tzinfo=dt.UTC)
FORM = {"title": "2026 年第一批考证补贴公示", "body": "经逐级审核，现予公示。\n\n监督电话：028-00000000。", "days": "5"}


@pytest.fixture
def publisher(desk):
    desk.approve_all()
    return make_officer("hr_officer", desk.city.city, "高远")


@pytest.fixture
def notice(desk, publisher):
    client = desk.enter(publisher)
    path = f"/desk/notices/new/{KIND}"
    page = client.get(path).text
    sent = FORM | {"key": hidden(page, "key"), "org": str(desk.city.city), "case": str(desk.case_id)}
    assert client.post(path, data=sent).status_code == 303
    assert client.post(path, data=sent).status_code == 303  # the same form once more
    client.delete_cookie("sign_in")
    return db.session.scalars(select(PublicNotice)).one()


def object_to(desk, notice, entry=1, **changes):
    path = f"/notices/{notice.number}/object" + (f"?entry={entry}" if entry else "")
    page = desk.client.get(path).text
    data = {
        "key": hidden(page, "key"),
        "name": "王大伯",
        "contact": "13800138000",
        "body": "此人去年已离开社区工作岗位。",
    }
    return desk.client.post(path, data=data | changes)


def test_an_officer_publishes_what_waits(desk, publisher):
    client = desk.enter(publisher)
    page = client.get("/desk/notices").text
    assert "考证补贴" in page
    assert "1 件" in page
    page = client.get(f"/desk/notices/new/{KIND}").text
    assert "公示到 2026 年 10 月 10 日（周六）（含当天）" in page
    assert "**** 8907" not in page.split("公示的文字")[0]
    refused = client.post(f"/desk/notices/new/{KIND}", data=FORM | {"key": "k", "org": str(desk.city.city)})
    assert refused.status_code == 422
    for days in ("4", "0"):  # a chain that asks for none accepts 0; this one asks for 5
        short = FORM | {"key": "k", "org": str(desk.city.city), "case": str(desk.case_id), "days": days}
        assert "应为 5 至 250 个工作日" in client.post(f"/desk/notices/new/{KIND}", data=short).text
    assert case_view(desk.case_id).brief.state is CaseState.AWAITING_NOTICE


def test_everybody_reads_a_notice_and_nothing_private_stands_in_it(desk, notice):
    assert FORM["title"] in desk.client.get("/notices").text
    page = desk.client.get(f"/notices/{notice.number}").text
    for words in ("陈*雨", "玉林东路社区", "社会工作师", "2026 年 10 月 10 日（周六）", "监督电话", "成都市"):
        assert words in page
    for private in ("陈小雨", "8907", "14 个月", desk.number, str(desk.worker)):
        assert private not in page
    assert desk.client.get("/notices/GS20269999").status_code == 404


def test_the_officers_see_names_and_take_a_list_home(desk, publisher, notice):
    client = desk.enter(publisher)
    page = client.get(f"/desk/notices/{notice.id}").text
    assert "陈小雨" in page
    book = client.get(f"/desk/notices/{notice.id}.xlsx").data
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [tuple(row) for row in sheet.iter_rows(values_only=True)] == [
        ("序号", "姓名", "单位", "证书级别"),
        (1, "陈*雨", "武侯区 / 玉林街道 / 玉林东路社区", "社会工作师"),
    ]
    stranger = make_officer("hr_officer", desk.city.county_b)
    assert desk.enter(stranger).get(f"/desk/notices/{notice.id}").status_code == 404


def test_anybody_objects_and_looks_up_the_answer_by_the_receipt(desk, notice):
    answer = object_to(desk, notice)
    receipt = re.search(r"YY(-[2-9A-Z]{4}){3}", answer.text)[0]
    found = desk.client.post("/notices/receipts", data={"receipt": receipt.lower()})
    assert "核实中" in found.text
    assert "13800138000" not in found.text
    assert desk.client.post("/notices/receipts", data={"receipt": "YY-AAAA-AAAA-AAAA"}).status_code == 404
    judge = make_officer("hr_officer", desk.city.city, "何静")
    service.decide_objection(
        actor_for(judge), db.session.scalars(select(Objection.id)).one(), upheld=False, answer="仍在岗"
    )
    found = desk.client.post("/notices/receipts", data={"receipt": receipt})
    assert "异议不成立" in found.text
    assert "仍在岗" in found.text


def test_an_objection_that_lacks_something_keeps_what_was_typed(desk, notice):
    answer = object_to(desk, notice, contact="1")
    assert answer.status_code == 422
    assert "应为 5 至 100 个字" in answer.text
    assert "此人去年已离开社区工作岗位" in answer.text
    assert db.session.scalars(select(Objection)).all() == []
    assert desk.client.get(f"/notices/{notice.number}/object?entry=9").status_code == 404


def test_too_many_objections_from_one_address_are_stopped(desk, notice):
    path = f"/notices/{notice.number}/object?entry=1"
    answers = [desk.client.post(path, data={}).status_code for _try in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_after_the_last_day_the_page_says_so_and_takes_nothing(desk, notice):
    with clock.frozen(AFTER):
        page = desk.client.get(f"/notices/{notice.number}").text
        assert "不再受理异议" in page
        assert "提出异议" not in page
        answer = desk.client.get(f"/notices/{notice.number}/object?entry=1")
        assert answer.status_code == 410
        assert "成都市" in answer.text


def test_long_after_the_names_are_gone(desk, notice):
    with clock.frozen(AFTER + dt.timedelta(days=60)):
        page = desk.client.get(f"/notices/{notice.number}").text
        assert "名单已按规定撤下" in page
        assert "陈*雨" not in page
        assert FORM["title"] not in desk.client.get("/notices").text


def test_an_officer_looks_into_an_objection_and_decides_it(desk, publisher, notice):
    object_to(desk, notice)
    [objection_id] = db.session.scalars(select(Objection.id)).all()
    path = f"/desk/notices/objections/{objection_id}"
    client = desk.enter(publisher)
    assert "公示异议" in client.get("/desk").text
    assert "YY-" in client.get("/desk/notices/objections?state=open").text
    page = client.get(path).text
    assert "此人去年已离开社区工作岗位" in page
    assert "13800138000" not in page
    shown = client.post(f"{path}/reveal").text
    assert "王大伯" in shown
    assert "13800138000" in shown
    assert client.post(path, data={"upheld": "yes"}).status_code == 422
    partial = desk.enter(desk.mayor).post(path, data={"upheld": "no", "answer": "没问题"})
    assert partial.status_code == 403
    assert desk.enter(publisher).post(path, data={"upheld": "yes", "answer": "查实已离岗"}).status_code == 303
    assert "查实已离岗" in client.get(path).text
    assert case_view(desk.case_id).brief.state is CaseState.REJECTED
    assert "查实已离岗" in desk.enter(desk.worker).get(f"/me/applications/{desk.case_id}").text
    stranger = make_officer("hr_officer", desk.city.county_b)
    assert desk.enter(stranger).get(path).status_code == 404


def test_a_notice_is_taken_back_with_a_reason(desk, publisher, notice):
    client = desk.enter(publisher)
    assert client.post(f"/desk/notices/{notice.id}/void", data={}).status_code == 422
    assert client.post(f"/desk/notices/{notice.id}/void", data={"reason": "名单有误"}).status_code == 303
    page = client.get(f"/notices/{notice.number}").text
    assert "名单有误" in page
    assert "陈*雨" not in page
    assert "1 件" in client.get("/desk/notices").text


def test_an_entry_that_was_withdrawn_says_so_and_takes_no_objection(desk, notice):
    service.withdraw(actor_for(desk.worker), desk.case_id)
    page = desk.client.get(f"/notices/{notice.number}").text
    assert "已撤回申请" in page
    assert f"/notices/{notice.number}/object?entry=1" not in page


def test_the_applicant_sees_the_notice_and_its_end(desk, notice):
    page = desk.enter(desk.worker).get(f"/me/applications/{desk.case_id}").text
    assert "公示的最后一天是 2026 年 10 月 10 日（周六）" in page
    assert f"/notices/{notice.number}" in page
    with clock.frozen(AFTER):
        assert settle(None, {})["approved"] == 1
        page = desk.enter(desk.worker).get(f"/me/applications/{desk.case_id}").text
        assert "全部通过，已办结" in page
