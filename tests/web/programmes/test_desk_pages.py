"""Officers' pages: programmes without code, rounds, appointments, checks, spreadsheets."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.db import db
from lms.programmes.models import Application, Round, RoundState
from lms.programmes.queries import catalogue
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.classes import School
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import Call, hold
from lms.testing.queries import count_queries

TODAY = clock.today().isoformat()


@pytest.fixture
def call(app, city):
    return Call(city)


@pytest.fixture
def desk(client, call):
    sign_in(client, call.boss.person_id)
    return client


def version_form(**changes):
    return {
        "title": "社工站骨干", "title_en": "Key staff", "summary": "说明", "summary_en": "", "act": "recognise",
        "intake": "self", "entry_set": "talents.entry", "renewal_set": "", "written_exam": "", "written_weight": "0",
        "written_least": "60", "interview_weight": "100", "interview_least": "60", "panel_least": "2",
        "outlier_gap": "10", "notice": "y", "term_months": "12", "is_open": "y", "valid_from": TODAY,
        "note": "成社工〔2026〕2 号", "criterion-1-title": "业绩", "criterion-1-title_en": "Results",
        "criterion-1-most": "100", **changes,
    }  # fmt: skip


def sheet(answer):
    return list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(min_row=2, values_only=True))


def test_a_programme_is_made_without_code_and_its_faults_are_named(desk):
    form = version_form(code="station_core", track="talents", rung="4")
    wrong = desk.post("/desk/programmes/new", data=form | {"interview_weight": "90", "criterion-1-most": "x"})
    assert wrong.status_code == 422
    assert "笔试和面试的权重合计应为 100" in wrong.text
    assert "评分项最多 10 项，每项满分大于 0" in wrong.text
    assert "社工站骨干" in wrong.text
    assert desk.post("/desk/programmes/new", data=form).status_code == 303
    assert "社工站骨干" in desk.get("/desk/programmes").text
    assert "满分 100" in desk.get("/desk/programmes/station_core").text
    changed = desk.post("/desk/programmes/station_core", data=version_form(title="社工站骨干人才"))
    assert changed.status_code == 303
    entry = catalogue.load().entry("station_core")
    assert [one.title["zh_CN"] for one in entry.versions] == ["社工站骨干人才", "社工站骨干"]
    closed = desk.post("/desk/programmes/station_core", data=version_form(written_weight="40", interview_weight="60"))
    assert "笔试权重和考试要同时填写" in closed.text


def test_a_round_goes_its_way_on_the_pages(desk, call):
    kept = {f"places-{call.city.county_a}": "9"}
    form = {"opens_on": TODAY, "closes_on": TODAY, "written_since": TODAY, "places": "2"}
    wrong = desk.post("/desk/rounds/new/sup_junior", data=form | kept)
    assert (wrong.status_code, "合计不能超过总名额" in wrong.text) == (422, True)
    endless = {"written_since": "0001-01-01", f"places-{call.city.county_a}": "9" * 5000}
    far = desk.post("/desk/rounds/new/sup_junior", data=form | endless)
    assert (far.status_code, "应在 1980 年到 2199 年之间" in far.text) == (422, True)
    assert desk.post("/desk/rounds/new/sup_junior", data=form).status_code == 303
    assert desk.get("/desk/rounds?programme=sup_junior&state=open").text.count("初级督导（第 1 轮）") == 1
    one, two = call.eligible("甲"), call.eligible("乙")
    address = f"/desk/rounds/{call.round_id}"
    assert desk.post(f"{address}/scoring").status_code == 409
    call.start_scoring()
    assert "请为评委" in desk.get(f"{address}?find=副手").text
    extra = make_person("新评委", call.city.city)
    assert desk.post(f"{address}/panel", data={"person": extra}).status_code == 303
    for application, points in ((one, (90, 91, 50)), (two, (80, 80, 80))):
        call.score(application, *points)
    page = desk.get(address).text
    assert "有离群" in page
    assert "离群" in desk.get(f"/desk/rounds/applications/{one}").text
    assert desk.post(f"{address}/rank").status_code == 303
    assert desk.post(f"{address}/rank").status_code == 409
    assert desk.post(f"{address}/reopen", data={"reason": ""}).status_code == 422
    assert desk.post(f"{address}/confirm").status_code == 303
    assert db.session.get_one(Round, call.round_id, populate_existing=True).state is RoundState.CONFIRMED
    rows = sheet(desk.get(f"{address}.xlsx?q=乙"))
    assert [row[:2] for row in rows] == [(1, "乙")]
    assert "总分 80。" in rows[0][8]


def test_a_list_costs_the_same_however_long_it_is(desk, call):
    def cost():
        with count_queries() as seen:
            assert desk.get(f"/desk/rounds/{call.round_id}").status_code == 200
        return seen.count

    call.eligible("甲")
    cost()
    one = cost()
    for name in ("乙", "丙", "丁"):
        call.eligible(name)
    assert cost() == one


def test_officers_see_the_applications_of_their_units_only(client, call):
    near, far = call.eligible("甲"), call.eligible("乙", call.city.community_b)
    sign_in(client, call.officers[call.city.county_a].person_id)
    page = client.get(f"/desk/rounds/{call.round_id}").text
    assert ("甲" in page, ">乙<" in page) == (True, False)
    assert client.get(f"/desk/rounds/applications/{near}").status_code == 200
    assert client.get(f"/desk/rounds/applications/{far}").status_code == 404
    assert len(sheet(client.get(f"/desk/rounds/{call.round_id}.xlsx"))) == 1
    assert client.post(f"/desk/rounds/{call.round_id}/scoring").status_code == 404
    assert client.get("/desk/programmes/new").status_code == 200
    assert client.post("/desk/programmes/sup_junior", data=version_form()).status_code == 404


def test_somebody_is_nominated_from_the_desk(client, app, city):
    call = Call(city, programme="talent_service")
    worker = call.worker("段文博")
    root = f"/desk/rounds/{call.round_id}/nominate"
    sign_in(client, make_officer("auditor", city.county_a))
    page = client.get(f"/desk/rounds/{call.round_id}")
    assert (page.status_code, root in page.text, client.get(root).status_code) == (200, False, 403)
    sign_in(client, call.officers[city.county_a].person_id)
    assert root in client.get(f"/desk/rounds/{call.round_id}").text
    assert str(worker.person_id) in client.get(f"{root}?find=段").text
    form = {"key": "n1", "statement": "服务成效突出。"}
    assert client.post(f"{root}/{worker.person_id}", data=form | {"statement": ""}).status_code == 422
    assert client.post(f"{root}/{worker.person_id}", data=form).status_code == 303
    application = db.session.scalars(select(Application)).one()
    assert "服务成效突出。" in client.get(f"/desk/rounds/applications/{application.id}").text
    unqualified = make_person("无证", city.community_a)
    refused = client.post(f"{root}/{unqualified}", data=form | {"key": "n2"})
    assert (refused.status_code, "还不满足报名条件" in refused.text) == (409, True)


def test_appointments_are_recorded_assessed_renewed_and_ended_on_their_pages(client, call):
    officer, worker = call.officers[call.city.county_a], call.worker("何俊杰")
    sign_in(client, officer.person_id)
    soon = (clock.today() + dt.timedelta(days=20)).isoformat()
    form = {"programme": "sup_assistant", "starts_on": "2025-01-01", "ends_on": soon, "note": ""}
    address = f"/desk/appointments/record/{worker.person_id}"
    assert client.post(address, data=form).status_code == 422
    far = client.post(address, data=form | {"note": "文号", "starts_on": "0001-01-01", "ends_on": "9999-12-31"})
    assert (far.status_code, far.text.count('aria-invalid="true"')) == (422, 2)
    made = client.post(address, data=form | {"note": "成社工〔2025〕1 号"})
    page = made.headers["Location"]
    assert client.post(f"{page}/renew").status_code == 409
    assert client.post(f"{page}/assess", data={"year": "2026", "score": "101"}).status_code == 422
    assert client.post(f"{page}/assess", data={"year": "2026", "score": "88"}).status_code == 303
    renewed = client.post(f"{page}/renew", data={"note": "续"})
    assert renewed.status_code == 303
    assert "已续聘" in client.get("/desk/appointments?status=soon").text
    end = {"kind": "removed", "last_day": TODAY, "reason": ""}
    assert client.post(f"{page}/end", data=end).status_code == 422
    assert client.post(f"{page}/end", data=end | {"reason": "考核不合格"}).status_code == 303
    rows = sheet(client.get("/desk/appointments.xlsx?q=何俊杰"))
    assert ("解除", "考核不合格") in {row[6:8] for row in rows}
    assert "督导助理" in client.get(f"/desk/people/{worker.person_id}").text
    sign_in(client, make_officer("hr_officer", call.city.county_b))
    assert client.get(page).status_code == 404
    assert client.post(f"{page}/end", data=end | {"reason": "理由"}).status_code == 404


def test_the_checker_shows_what_it_would_do_and_does_it_when_pressed(desk, call):
    worker = call.worker("苏雨桐")
    over = hold(worker.person_id, "sup_assistant", dt.date(2024, 1, 1), dt.date(2025, 12, 31))
    page = desk.get("/desk/appointments/check").text
    assert "任期到 2025-12-31已满" in page
    assert "登记为到期" in page
    fix = {"kind": "open", "appointment": over}
    assert desk.post("/desk/appointments/check", data=fix).status_code == 303
    assert desk.post("/desk/appointments/check", data=fix).status_code == 409
    assert "没有发现问题" in desk.get("/desk/appointments/check").text


def test_the_ratio_is_watched_by_county_and_set_by_the_city(desk, call):
    worker = call.worker()
    hold(worker.person_id, "sup_assistant", clock.today() - dt.timedelta(days=9))
    address = "/desk/programmes/tracks/supervision/ratio"
    page = desk.get(address).text
    assert "1 / 1" in page
    assert "0 / 1" in page
    form = {"line-sup_assistant": "1", "share-1": "2", "workers": "0", "note": "依据"}
    endless = "9" * 30
    for typed in ({}, {"workers": endless}, {"workers": "20", "share-1": endless}, {"workers": "20", "share-1": "x"}):
        assert desk.post(address, data=form | typed).status_code == 422
    wrong = desk.post(address, data=form | {"workers": "20", "share-1": "0"}).text
    assert "配备数应为 1 至 1000" in wrong
    assert desk.post(address, data=form | {"workers": "20"}).status_code == 303
    assert (catalogue.ratios("supervision")[0].workers, catalogue.ratios("supervision")[0].lines) == (
        20, [{"codes": ["sup_assistant"], "share": 2}],
    )  # fmt: skip


def test_who_was_admitted_is_put_into_a_class_on_the_page(client, app, city):
    call = Call(city, programme="management_class")
    one = call.eligible("甲")
    call.listed((one, (90, 90, 90)))
    group = School(city).group()
    sign_in(client, call.boss.person_id)
    address = f"/desk/rounds/{call.round_id}"
    assert "编入哪个班" not in client.get(address).text
    assert client.post(f"{address}/class", data={"group": group}).status_code == 409
    call.appointed(one)
    assert "编入哪个班" in client.get(address).text
    assert client.post(f"{address}/class", data={"group": group}).status_code == 303
    assert "1 人有座位，0 人候补" in client.get(address).text
    assert client.post(f"{address}/class", data={"group": "x"}).status_code == 404
