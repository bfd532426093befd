"""Claiming on the phone: what counts is shown before it is sent, what was typed is kept, others see nothing."""

from __future__ import annotations

import datetime as dt
import io

import pytest

from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import Unit
from lms.kernel import clock
from lms.kernel.db import db
from lms.testing.factories import approvals as cases
from lms.testing.factories.approvals import PDF_BYTES
from lms.testing.factories.credits import complete
from lms.testing.factories.evidence import proofs
from lms.testing.factories.people import make_person

LECTURE = "/me/evidence/new/lecture"


def typed(page, hidden, **changes):
    today = clock.today().isoformat()
    return {
        "key": hidden(page, "key"),
        "unit": hidden(page, "unit"),
        "title": "老年人服务专题讲座",
        "organiser": "成都市社会工作者协会",
        "first_day": today,
        "last_day": today,
        "amount": "6",
        **changes,
    }


def files():
    return {f"proof-{key}": (io.BytesIO(PDF_BYTES), f"{key}.pdf") for key in ("notice", "attendance")}


def claims():
    return db.session.query(EvidenceClaim).all()


def test_the_kinds_say_how_each_counts_and_what_it_wants(pages):
    page = pages.worker.get("/me/evidence/new").text
    for text in ("会议、讲座、考察", "单次最多 4 小时，每年最多 12 小时", "必须提交：通知或议程、参加证明", "示例"):
        assert text in page
    assert "每项固定计 90 小时" in page
    assert "按学时填写，1 学时折 45 分钟" in page


def test_what_counts_and_why_is_shown_before_anything_is_sent(pages, hidden):
    browser = pages.worker
    data = typed(browser.get(LECTURE).text, hidden)
    page = browser.post(LECTURE, data=data).text
    assert "申报 6 小时。" in page
    assert "单次活动最多计 4 小时，可计 4 小时。" in page
    assert 'name="title" value="老年人服务专题讲座"' in page
    assert claims() == []
    again = browser.post(LECTURE, data=data | {"step": "edit"}).text
    assert 'value="老年人服务专题讲座"' in again
    assert "看看能计多少" in again


def test_a_claim_is_sent_once_however_often_and_then_followed(pages, hidden):
    browser = pages.worker
    data = typed(browser.get(LECTURE).text, hidden, step="send")
    first = browser.post(LECTURE, data=data | files(), content_type="multipart/form-data")
    second = browser.post(LECTURE, data=data | files(), content_type="multipart/form-data")
    assert (first.status_code, first.location) == (303, second.location)
    [claim] = claims()
    page = browser.get(first.location).text
    assert "老年人服务专题讲座" in page
    assert "区县审核" in page
    assert claim.case_number in page
    assert "老年人服务专题讲座" in browser.get("/me/evidence").text
    pages.desk.approve(claim)
    page = pages.worker.get(first.location).text
    assert "申报 6 小时，计入 4 小时" in page
    assert "单次活动最多计 4 小时，可计 4 小时。" in page
    assert "单次活动最多计 4 小时，可计 4 小时。" in pages.worker.get("/hours").text


def test_missing_proofs_are_named_below_the_counting(pages, hidden):
    browser = pages.worker
    answer = browser.post(LECTURE, data=typed(browser.get(LECTURE).text, hidden, step="send"))
    assert answer.status_code == 422
    assert "请上传通知或议程" in answer.text
    assert "请上传参加证明" in answer.text
    assert "申报 6 小时。" in answer.text
    assert claims() == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"last_day": "2999-01-01"}, "活动还没有结束"),
        ({"first_day": "not a day"}, "开始日期"),
        ({"amount": "NaN"}, "请填写数量"),
        ({"amount": "1e999999"}, "请填写数量"),
        ({"amount": "0.3"}, "按 0.5 递增"),
        ({"amount": "-2"}, "请填写数量"),
        ({"amount": "23"}, "平均每天超过 12 小时"),
        ({"amount": ""}, "请填写数量"),
        ({"title": ""}, "请填写活动名称"),
        ({"title": " "}, "请填写文字"),
        ({"title": "长" * 121}, "最多 120 个字"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(pages, hidden, changes, text):
    browser = pages.worker
    answer = browser.post(LECTURE, data=typed(browser.get(LECTURE).text, hidden, **changes))
    assert answer.status_code == 422
    assert text in answer.text
    assert "成都市社会工作者协会" in answer.text


def test_a_form_without_its_key_or_with_another_unit_is_not_taken(pages, hidden):
    browser = pages.worker
    data = typed(browser.get(LECTURE).text, hidden)
    assert browser.post(LECTURE, data=data | {"key": ""}).status_code == 422
    other = browser.post(LECTURE, data=data | {"unit": "class_hours"})
    assert other.status_code == 422
    assert "这一天适用的规定计量单位不同" in other.text
    assert hidden(other.text, "unit") == "hours"
    assert 'value="6"' not in other.text
    assert browser.post(LECTURE, data=data | {"unit": "nonsense"}).status_code == 200


def test_the_same_activity_is_refused_with_a_link_to_the_first(pages, hidden):
    first = pages.desk.claim(title="老年人服务专题讲座")
    browser = pages.worker
    answer = browser.post(LECTURE, data=typed(browser.get(LECTURE).text, hidden))
    assert answer.status_code == 409
    assert f'href="/me/evidence/{first.id}"' in answer.text
    assert first.case_number in answer.text


def test_a_degree_asks_for_no_amount(pages, hidden):
    browser, address = pages.worker, "/me/evidence/new/degree"
    page = browser.get(address).text
    assert 'name="amount"' not in page
    data = typed(page, hidden, first_day="2022-09-01")
    del data["amount"]
    assert "计入 90 小时" in browser.post(address, data=data).text


def test_a_returned_claim_is_corrected_on_its_own_page(pages):
    claim = pages.desk.claim(hours=4)
    address = f"/me/evidence/{claim.id}/correct"
    assert pages.worker.get(address).status_code == 409
    cases.send_back(claim.case_id, pages.desk.officer, "fact:stated")
    browser = pages.worker
    assert address in browser.get(f"/me/evidence/{claim.id}").text
    assert address in browser.get(f"/me/applications/{claim.case_id}").text
    page = browser.get(address).text
    assert 'value="4"' in page
    today = clock.today().isoformat()
    data = {
        "key": "1", "unit": "hours", "title": claim.title, "organiser": claim.organiser, "first_day": today,
        "last_day": today, "amount": "3", "note": "写错了",
    }  # fmt: skip
    assert "计入 3 小时" in browser.post(address, data=data | {"step": "preview"}).text
    assert pages.desk.now(claim.id).stated == 240
    wrong = browser.post(address, data=data | {"step": "send", "amount": "99"})
    assert (wrong.status_code, "平均每天超过 12 小时" in wrong.text) == (422, True)
    for key in ("²", "1" * 5000):
        assert browser.post(address, data=data | {"step": "send", "key": key}).status_code == 409
    assert browser.post(address, data=data | {"step": "send"}).status_code == 303
    assert pages.desk.now(claim.id).stated == 180


def test_another_persons_claim_is_not_found(pages):
    claim = pages.desk.claim()
    cases.send_back(claim.case_id, pages.desk.officer, "fact:stated")
    browser = pages.enter(make_person("别人", pages.desk.city.community_a))
    for address in (f"/me/evidence/{claim.id}", f"/me/evidence/{claim.id}/correct"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"/me/evidence/{claim.id}/correct", data={}).status_code == 404
    assert claim.title not in browser.get("/me/evidence").text


def test_kinds_that_do_not_exist_or_are_closed_are_not_found(pages):
    assert pages.worker.get("/me/evidence/new/nothing").status_code == 404
    pages.desk.rule(is_open=False, valid_from=clock.today())
    assert pages.worker.get(LECTURE).status_code == 200  # for what ended before
    pages.desk.rule(is_open=False, valid_from=clock.today() - dt.timedelta(days=400))
    assert pages.worker.get(LECTURE).status_code == 404
    assert "会议、讲座、考察" not in pages.worker.get("/me/evidence/new").text


def test_every_entry_of_the_hours_unfolds_its_why(pages):
    complete(pages.desk.person_id, 600)
    pages.desk.counted(4)
    page = pages.worker.get("/hours").text
    assert page.count("<summary>怎么计的</summary>") == 2
    assert "完成课程 2026.1 版的全部要求，按该版规定计 10 小时" in page
    assert "这一类每年最多计 12 小时" in page


def test_zero_is_said_on_the_claim(pages):
    for _number in range(3):
        pages.desk.counted(4)
    claim = pages.desk.counted(2)
    page = pages.worker.get(f"/me/evidence/{claim.id}").text
    assert "申报 2 小时，计入 0 小时" in page
    assert "上限已满，计 0。" in page


def test_a_full_day_elsewhere_is_pointed_out(pages, hidden):
    full = pages.desk.claim("training", 8, *proofs("certificate"))
    browser = pages.worker
    page = browser.post(LECTURE, data=typed(browser.get(LECTURE).text, hidden)).text
    assert "合计每天超过 8 小时" in page
    assert full.case_number in page


def test_what_counts_is_said_in_english_too(pages, hidden):
    browser = pages.worker
    browser.post("/preferences", data={"locale": "en"})
    page = browser.post(LECTURE, data=typed(browser.get(LECTURE).text, hidden)).text
    assert "One activity counts at most 4 h, so 4 h can count." in page
    claim = pages.desk.counted(3)
    assert "Claimed: 3 h, counted: 3 h" in browser.get(f"/me/evidence/{claim.id}").text


def test_the_day_a_claim_was_for_decides_the_unit_that_is_asked_for(pages, hidden):
    yesterday = clock.today() - dt.timedelta(days=1)
    pages.desk.rule(unit=Unit.CLASS_HOURS, unit_minutes=45, valid_from=clock.today())
    browser = pages.worker
    page = browser.get(LECTURE).text
    assert hidden(page, "unit") == "class_hours"
    data = typed(page, hidden, first_day=yesterday.isoformat(), last_day=yesterday.isoformat())
    asked = browser.post(LECTURE, data=data)
    assert (asked.status_code, hidden(asked.text, "unit")) == (422, "hours")
    shown = browser.post(LECTURE, data=data | {"unit": "hours", "amount": "2"}).text
    assert "申报 2 小时。" in shown
