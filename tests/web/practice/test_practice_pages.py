"""Practice in the browser: three taps to log, a signature, a decision at the desk; what was typed is kept."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from lms.kernel import clock
from lms.practice.rules import LogState, PlacementState
from lms.practice.service import logging, placing
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.practice import REFLECTION, Ground, hours


@pytest.fixture
def ground(city) -> Ground:
    with clock.frozen(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)):
        yield Ground(city)


@pytest.fixture
def enter(client):
    def enter(actor_or_id):
        sign_in(client, getattr(actor_or_id, "person_id", actor_or_id))
        return client

    return enter


def value(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


def test_a_learner_applies_on_a_phone_and_the_form_sent_twice_is_one(ground, enter):
    browser = enter(ground.worker)
    assert "还没有实训" in browser.get("/me/practice").text
    page = browser.get("/me/practice/new").text
    for text in ("五社联动", "社工 + 慈善", "结业至少 40 小时", "每天最多计 8 小时", "50% 计入继续教育", "示例"):
        assert text in page
    page = browser.get(f"/me/practice/new/{ground.code}").text
    assert "玉林社工站" in page
    assert "今天空 2 个" in page
    address = f"/me/practice/new/{ground.code}/{ground.station}"
    data = {"key": value(browser.get(address).text, "key"), "first_day": "2026-11-22", "last_day": "2027-01-31"}
    wrong = browser.post(address, data=data | {"note": "周三方便"})
    assert wrong.status_code == 422
    assert "不能早于 2026 年 11 月 23 日" in wrong.text
    assert "周三方便" in wrong.text
    data["first_day"] = "2026-11-24"
    first, second = browser.post(address, data=data), browser.post(address, data=data)
    assert (first.status_code, first.location) == (303, second.location)
    assert "待站点接收" in browser.get(first.location).text


def test_the_station_accepts_at_the_desk_and_hours_go_round_to_completion(ground, enter):
    placement_id = placing.apply(ground.worker, ground.wish())
    desk = f"/desk/practice/{placement_id}"
    browser = enter(ground.officer)
    assert "待接收的实训申请" in browser.get("/desk").text
    assert "陈思雨" in browser.get("/desk/practice?state=applied").text
    data = {"first_day": "2026-11-01", "last_day": "2027-01-31"}
    wrong = browser.post(f"{desk}/accept", data=data)
    assert "请选择督导" in wrong.text
    assert wrong.status_code == 422
    assert (
        browser.post(f"{desk}/accept", data=data | {"supervisor": str(ground.supervisor.person_id)}).status_code == 303
    )
    browser = enter(ground.worker)
    assert "记时长" in browser.get("/").text
    form = browser.get(f"/me/practice/{placement_id}/log").text
    data = {name: value(form, name) for name in ("key", "day", "start", "end")}
    assert data["end"] == "20:00"
    sent = browser.post(f"/me/practice/{placement_id}/log", data=data | {"activity": "独居老人探访"})
    assert sent.status_code == 303
    wrong = browser.post(f"/me/practice/{placement_id}/log", data=data | {"key": "x", "activity": "又一次"})
    assert "重叠" in wrong.text
    assert "又一次" in wrong.text
    browser = enter(ground.supervisor)
    assert "有 1 条实训时长等您签字" in browser.get("/").text
    page = browser.get("/supervise").text
    assert "独居老人探访" in page
    [address] = re.findall(r'action="(/supervise/[^"]+/sign/1)"', page)
    back = address.replace("/sign/1", "/return")
    assert "请写明理由" in browser.post(back, data={"round": "1", "reason": ""}).text
    assert browser.post(address).status_code == 303
    assert ground.entries()[0].minutes == 180
    ground.enough(placement_id)
    browser = enter(ground.officer)
    assert "确认结业" in browser.get(desk).text
    browser.post(f"{desk}/complete")
    assert ground.placement(placement_id).state is PlacementState.COMPLETED
    assert "老年人服务" in enter(ground.worker).get("/hours").text


def test_a_log_sent_back_is_amended_from_its_message(ground, enter):
    placement_id = ground.placed()
    log_id = logging.send(ground.worker, placement_id, hours())
    browser = enter(ground.supervisor)
    assert browser.post(f"/supervise/{log_id}/return", data={"round": "1", "reason": "时间不对"}).status_code == 303
    browser = enter(ground.worker)
    address = f"/me/practice/{placement_id}/log/{log_id}"
    page = browser.get(address).text
    assert "督导退回的理由：时间不对" in page
    data = {name: value(page, name) for name in ("key", "round", "day", "start")}
    for odd in ("²", "9" * 5000, "x", ""):
        sent = data | {"round": odd, "end": "11:00", "activity": "探访", "reflection": REFLECTION}
        assert browser.post(address, data=sent).status_code == 422
    assert browser.post(f"{address}/take-back/{10**30}").status_code == 404
    answer = browser.post(address, data=data | {"end": "11:00", "activity": "探访", "reflection": REFLECTION})
    assert answer.status_code == 303
    found = ground.log(log_id)
    assert (found.state, found.round, found.ends) == (LogState.SENT, 2, 660)
    assert browser.post(f"{address}/take-back/2").status_code == 303
    assert browser.get(address).status_code == 404


def test_signed_hours_are_undone_at_the_desk_with_a_reason(ground, enter):
    placement_id = ground.placed()
    entry_id = ground.signed(placement_id)
    browser = enter(ground.officer)
    address = f"/desk/practice/entries/{entry_id}/undo"
    assert "原记录不会删除" in browser.get(address).text
    assert browser.post(address, data={"reason": ""}).status_code == 422
    assert browser.post(address, data={"reason": "日期记错"}).status_code == 303
    assert "已冲销" in browser.get(f"/desk/practice/{placement_id}").text
    assert "冲销原记录。理由：日期记错" in enter(ground.worker).get("/me/practice/portfolio").text


def test_the_list_is_narrowed_and_exported(ground, enter):
    placement_id = ground.placed()
    ground.signed(placement_id)
    browser = enter(ground.officer)
    page = browser.get(
        f"/desk/practice?category={ground.code}&org={ground.city.county_a}&q=陈&station={ground.station}"
    ).text
    assert "陈思雨" in page
    assert "小时，1 人" in page
    assert "没有符合条件的实训" in browser.get("/desk/practice?state=completed").text
    book = load_workbook(io.BytesIO(browser.get("/desk/practice.xlsx").data))
    assert [cell.value for cell in book.worksheets[0][2]][:3] == ["陈思雨", "老年人服务", "玉林社工站"]
    assert [cell.value for cell in book.worksheets[1][2]] == ["老年人服务", 3, 1]
    assert "实务实训" in browser.get(f"/desk/people/{ground.worker.person_id}").text


def test_somebody_is_placed_by_number_and_places_are_set(ground, enter, client):
    browser = enter(ground.officer)
    assert browser.post(f"/desk/practice/places/{ground.station}", data={"children-places": "3"}).status_code == 422
    page = browser.get(f"/desk/practice/places/{ground.station}").text
    fields = dict.fromkeys(re.findall(r'name="([a-z_]+-places)"', page), "0")
    assert (
        browser.post(f"/desk/practice/places/{ground.station}", data=fields | {"children-places": "3"}).status_code
        == 303
    )
    assert "儿童青少年服务 3 人" in browser.get("/desk/practice/places").text
    address = f"/desk/practice/new/{ground.station}/children"
    assert address in browser.get("/desk/practice/new").text
    data = {"key": "k1", "number": "13800000000", "first_day": "2026-11-23", "last_day": "2026-12-23"}
    wrong = browser.post(address, data=data | {"supervisor": str(ground.supervisor.person_id)})
    assert "您的单位里没有这个号码的人" in wrong.text


def test_the_portfolio_is_printed_with_its_signatures(ground, enter):
    placement_id = ground.placed()
    ground.signed(placement_id)
    answer = enter(ground.worker).get("/me/practice/portfolio.pdf")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    for part in ("实务实训档案", "陈思雨", "何俊杰", "3 小时"):
        assert part in text
    assert enter(ground.officer).get(f"/desk/practice/{placement_id}/portfolio.pdf").status_code == 200
    other = make_officer("hr_officer", ground.city.county_b)
    assert enter(other).get(f"/desk/practice/{placement_id}/portfolio.pdf").status_code == 404


def test_the_city_sets_what_a_category_asks_for(ground, enter):
    browser = enter(make_officer("hr_officer", ground.city.city, "周岚"))
    address = f"/desk/practice/rules/{ground.code}"
    page = browser.get(address).text
    assert "调整要求" in page
    data = {
        "title": "老年人服务",
        "least_hours": "60",
        "day_hours": "7.5",
        "reflections": "6",
        "reflection_chars": "80",
    }
    data |= {"counted_percent": "100", "credit_category": "professional", "is_open": "y", "valid_from": "2027-01-01"}
    assert "请写明依据" in browser.post(address, data=data).text
    assert "合整分钟" in browser.post(address, data=data | {"note": "文", "day_hours": "0.001"}).text
    assert browser.post(address, data=data | {"note": "成社工〔2026〕9 号"}).status_code == 303
    assert "结业至少 60 小时" in browser.get(address).text
    assert "调整要求" not in enter(ground.officer).get(address).text
    assert enter(ground.officer).post(address, data=data | {"note": "文"}).status_code == 404
    browser = enter(make_officer("hr_officer", ground.city.city))
    taken = browser.post("/desk/practice/rules/new", data=data | {"note": "文", "code": ground.code})
    assert "这个代码已用于另一类实训" in taken.text
    made = browser.post(
        "/desk/practice/rules/new", data=data | {"note": "文", "code": "mediation", "title": "矛盾调解"}
    )
    assert made.status_code == 303
