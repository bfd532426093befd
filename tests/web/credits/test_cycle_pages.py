from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pypdf
import pytest

from lms.credits import queries
from lms.credits.cycles.transcript import html
from lms.credits.obligations.rules import Obligation
from lms.kernel import clock
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.people.models import Person
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.credits import complete, put_in_force, qualify
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
POLICY = {
    "valid_from": "2027-01-01", "is_on": "y", "unit": "hours", "unit_minutes": "60", "assistant": "80",
    "intermediate": "90", "senior": "90", "parts": "0", "whole": "1", "cap_professional": "", "cap_public": "",
    "carry_most": "0", "carry_months": "", "window_months": "3", "late_months": "12", "note": "成社工〔2026〕9 号",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped_clock():
    with frozen(NOON):
        yield


@pytest.fixture
def worker(city):
    """An assistant of community A in a period and a year, each in its own unit."""
    person = make_person("陈思雨", city.community_a)
    put_in_force(Obligation.YEAR, dt.date(2025, 12, 1), is_on=True)
    qualify(person)
    complete(person, 1200, "public", day=dt.date(2026, 3, 1))
    complete(person, 240, "public", day=dt.date(2026, 4, 1))
    return person


@pytest.fixture
def officer(client, city):
    person = make_officer("hr_officer", city.county_a, "罗毅")
    sign_in(client, person)
    return person


def test_the_learner_reads_of_each_obligation_in_its_own_unit(client, worker):
    sign_in(client, worker)
    page = client.get("/hours").text
    assert "还差 48 小时" in page
    assert "还差 60 学时" in page
    assert "5.3 学时 计入 3.3 学时，专业科目要占 2/3，公需科目最多计 30 学时，之前已计 26.6 学时" in page
    assert "2026 年度" in client.get("/").text or "公历年度" in client.get("/").text


def test_a_past_day_is_asked_for_and_nonsense_is_today(client, worker):
    sign_in(client, worker)
    page = client.get("/hours/on?day=2026-03-15").text
    assert page.count("这一天登记有效") == 1  # as known today; nothing was recorded then
    assert "这一天没有登记" in page
    assert client.get("/hours/on?day=x").status_code == 200
    assert "2026 年 11 月 23 日" in client.get("/hours/on?day=2099-01-01").text


def test_the_transcript_is_paper_with_every_cycle_and_says_what_it_is_worth(client, worker):
    sign_in(client, worker)
    answer = client.get("/hours/transcript.pdf")
    assert answer.mimetype == "application/pdf"
    [sheet] = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    assert [round(float(side) / 72 * 25.4) for side in sheet.mediabox[2:]] == [210, 297]
    page = html(db.session.get_one(Person, worker))
    for text in ("陈思雨", "2026 年度", "登记周期", "没有加盖印章", "24 小时", "30 学时"):
        assert text in page
    assert "510107" not in page.replace("510107****", "")


def test_the_officer_extends_and_frees_with_a_reason_and_reads_the_story(client, worker, officer):
    cycle = queries.summary(worker).registration
    address = f"/desk/hours/cycles/{cycle.cycle_id}"
    assert address in client.get(f"/desk/hours/{worker}").text
    seen = {"seen": cycle.last_day.isoformat()}
    refused = client.post(f"{address}/extend", data={**seen, "last_day": "2027-06-01", "reason": "产假"})
    assert refused.status_code == 422
    assert "应晚于现在的最后一天" in refused.text
    assert "产假" in refused.text
    assert (
        client.post(f"{address}/extend", data={**seen, "last_day": "2028-06-30", "reason": "产假"}).status_code == 303
    )
    assert client.post(f"{address}/free", data={"seen": "2028-06-30", "freed": "yes", "reason": ""}).status_code == 422
    assert (
        client.post(f"{address}/free", data={"seen": "2028-06-30", "freed": "yes", "reason": "病假"}).status_code == 303
    )
    page = client.get(address).text
    for text in ("原定最后一天是 2027 年 12 月 31 日（周五），已延长", "已批准豁免", "罗毅", "撤销豁免"):
        assert text in page
    sign_in(client, worker)
    assert "已批准豁免" in client.get("/hours").text
    assert client.get(address).status_code == 403


def test_another_units_cycle_is_not_found_and_an_auditor_only_reads(client, city, worker):
    address = f"/desk/hours/cycles/{queries.summary(worker).registration.cycle_id}"
    sign_in(client, make_officer("hr_officer", city.county_b))
    assert client.get(address).status_code == 404
    assert client.get(f"/desk/hours/{worker}/transcript.pdf").status_code == 404
    assert client.get(f"/desk/hours/{worker}/on").status_code == 404
    sign_in(client, make_officer("auditor", city.county_a))
    assert "延长周期" not in client.get(address).text
    assert client.post(f"{address}/free", data={"freed": "yes", "reason": "x"}).status_code == 403


def test_the_citys_officer_tries_a_policy_out_and_saves_it(app, client, city, worker):
    sign_in(client, make_officer("hr_officer", city.city))
    assert "未启用" not in client.get("/desk/hours/obligations").text
    address = "/desk/hours/obligations/registration"
    late = client.post(address, data=POLICY | {"valid_from": clock.today().isoformat()})
    assert late.status_code == 422
    assert "已生效的规定不再改动" in late.text
    assert 'value="80"' in late.text
    answer = client.post(address, data=POLICY | {"running": "y"})
    assert answer.status_code == 303
    draft = answer.location
    assert "保存这项规定" not in client.get(draft).text
    assert client.post(draft).status_code == 409
    run_jobs(app)
    page = client.get(draft).text
    for text in ("缺口增加", "陈思雨", "56 小时", "48 小时", "武侯区"):
        assert text in page
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{draft}.xlsx").data)).active
    [row] = list(sheet.iter_rows(min_row=2, values_only=True))
    assert (row[0], row[5], row[6]) == ("陈思雨", 48, 56)
    assert client.post(draft).status_code == 303
    history = client.get(address).text
    assert "成社工〔2026〕9 号" in history
    assert "未到期" in history


def test_only_the_citys_officers_set_policies(client, city, worker):
    address = "/desk/hours/obligations/registration"
    sign_in(client, make_officer("hr_officer", city.county_a))
    assert "由市级干部统一设置" in client.get(address).text
    assert client.post(address, data=POLICY).status_code in {403, 404, 422}
    assert client.get("/desk/hours/obligations/x").status_code == 404


def test_the_list_shows_the_year_in_its_own_unit(client, worker, officer):
    page = client.get("/desk/hours?obligation=year").text
    assert "30 学时 / 90 学时" in page
    assert "24 小时 / 72 小时" in client.get("/desk/hours").text
    assert "陈思雨" not in client.get("/desk/hours?obligation=year&status=met").text
