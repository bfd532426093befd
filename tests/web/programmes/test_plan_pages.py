"""Pages of cultivation plans: written on the form, reported with a proof, answered, looked at, listed for officers."""

from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.db import db
from lms.programmes.plans.models import CultivationReport
from lms.programmes.plans.rules import MeasureState, Outcome, PlanState
from lms.programmes.queries import catalogue
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.approvals import PDF_BYTES
from lms.testing.factories.cultivation import Cultivation
from lms.testing.factories.people import make_person
from tests.web.programmes.test_desk_pages import version_form


@pytest.fixture
def one(app, city):
    return Cultivation(city)


def lines_of(page):
    return re.findall(r'name="line" value="([0-9a-f-]+)"', page)


def filled(page, *, goals="成为骨干", due=None, **more):
    """The form as somebody fills it in: the first measure only."""
    lines = lines_of(page)
    at = f"measure-{lines[0].replace('-', '')}"
    edit = re.search(r'name="edit"[^>]*value="(\d+)"', page)[1]
    return {
        "edit": edit, "goals": goals, "line": lines, f"{at}-kind": "research", f"{at}-what": "社区养老研究",
        f"{at}-outcome": "研究报告", f"{at}-due_on": (due or clock.today()).isoformat(), **more,
    }  # fmt: skip


def test_a_plan_is_written_on_the_form_which_keeps_what_was_typed(client, one):
    plan = f"/plans/{one.opened()}"
    sign_in(client, one.talent.person_id)
    assert "写好目标和措施，提交导师罗毅。" in client.get("/").text
    assert f'href="{plan}"' in client.get("/plans").text
    page = client.get(f"{plan}/write").text
    assert len(lines_of(page)) == 3
    refused = client.post(f"{plan}/write", data=filled(page, goals="", due=clock.today() - dt.timedelta(days=1)))
    assert refused.status_code == 422
    assert ("社区养老研究" in refused.text, "应在 " in refused.text, "请填写" in refused.text) == (True, True, True)
    assert client.post(f"{plan}/write", data=filled(page)).status_code == 303
    assert client.post(f"{plan}/write", data=filled(page)).status_code == 409
    assert "社区养老研究" in client.get(plan).text
    assert "社区养老研究" in client.get(f"{plan}/write").text
    sign_in(client, one.mentor.person_id)
    assert ("社区养老研究" in client.get(plan).text, client.get(f"{plan}/write").status_code) == (False, 404)
    sign_in(client, make_person())
    assert client.get(plan).status_code == 404
    assert client.post(f"{plan}/agree", data={"edit": one.edit}).status_code == 404


def test_mentor_and_officer_answer_on_their_pages(client, one, city):
    one.confirmed("项目")
    plan, desk = f"/plans/{one.plan_id}", f"/desk/plans/{one.plan_id}"
    line = one.shown.measures[0].line
    sign_in(client, one.talent.person_id)
    page = client.get(f"{plan}/measures/{line}").text
    form = {"key": re.search(r'name="key"[^>]*value="(\w+)"', page)[1], "done_on": clock.today().isoformat(),
            "text": "已结题", "completes": "y"}  # fmt: skip
    wrong = client.post(f"{plan}/measures/{line}", data=form | {"file": (io.BytesIO(b"x"), "a.exe")})
    assert (wrong.status_code, "已结题" in wrong.text, "请上传" in wrong.text) == (422, True, True)
    for _click in range(2):
        sent = client.post(f"{plan}/measures/{line}", data=form | {"file": (io.BytesIO(PDF_BYTES), "结题.pdf")})
        assert sent.status_code == 303
    [report] = db.session.scalars(select(CultivationReport))
    proof = f"/plans/reports/{report.id}/file"
    assert client.get(proof).data == PDF_BYTES
    sign_in(client, make_officer("hr_officer", city.county_b))
    assert [client.get(path).status_code for path in (proof, desk, plan)] == [404, 404, 404]
    assert client.post(f"{desk}/confirm", data={"edit": one.edit}).status_code == 404
    sign_in(client, one.officer.person_id)
    assert (client.get(proof).status_code, client.get(f"/desk/plans/term/{one.term}").location) == (200, desk)
    sign_in(client, one.mentor.person_id)
    assert "有进展汇报待您确认" in client.get("/").text
    empty = client.post(f"/plans/reports/{report.id}/return", data={"reason": ""})
    assert (empty.status_code, "请写明原因" in empty.text) == (422, True)
    assert client.post(f"/plans/reports/{report.id}/confirm", data={}).status_code == 303
    assert one.shown.lines[0].state is MeasureState.DONE
    with clock.frozen(clock.now() + dt.timedelta(days=350)):
        sign_in(client, one.mentor.person_id)
        assert "请写考察意见" in client.get("/").text
        assert client.post(f"{plan}/looks/1", data={"text": ""}).status_code == 422
        assert client.post(f"{plan}/looks/{'9' * 30}", data={"text": "完成得好"}).status_code == 404
        assert client.post(f"{plan}/looks/1", data={"text": "完成得好"}).status_code == 303
        sign_in(client, one.officer.person_id)
        assert "完成得好" in client.get(desk).text
        assert client.post(f"{desk}/looks/1", data={"outcome": "go_on", "words": ""}).status_code == 422
        settled = client.post(f"{desk}/looks/1", data={"outcome": "end", "words": "提前完成"})
        assert settled.status_code == 303
        assert "考察结果：结束计划" in client.get(desk).text
    assert (one.now.state, one.shown.looks[0].row.outcome) == (PlanState.ENDED, Outcome.END)


def test_officers_list_who_has_a_plan_and_open_one(client, one):
    sign_in(client, one.officer.person_id)
    page = client.get("/desk/plans?status=none").text
    assert ("陈思雨" in page, "还没有计划" in page) == (True, True)
    term = f"/desk/plans/term/{one.term}"
    assert "请做导师" in client.get(f"{term}?find=罗毅").text
    made = client.post(term, data={"person": str(one.mentor.person_id)})
    assert made.status_code == 303
    one.plan_id = made.location.rsplit("/", 1)[1]
    assert "陈思雨" not in client.get("/desk/plans?status=none").text
    assert "本人在写" in client.get("/desk/plans?status=writing&programme=talent_service&q=陈").text
    changed = client.post(f"{made.location}/mentor", data={"person": str(one.colleague.person_id), "edit": "1"})
    assert changed.status_code == 303
    stale = client.post(f"{made.location}/mentor", data={"person": str(one.mentor.person_id), "edit": "1"})
    assert stale.status_code == 409
    book = openpyxl.load_workbook(io.BytesIO(client.get("/desk/plans.xlsx").data))
    assert book.sheetnames == ["培养计划", "措施"]
    [row] = book["培养计划"].iter_rows(min_row=2, values_only=True)
    assert (row[0], row[4], row[7]) == ("陈思雨", "本人在写", 0)


def test_which_programmes_have_plans_is_set_without_code(client, city):
    sign_in(client, make_officer("hr_officer", city.city))
    assert "18 个月，每 12 个月考察一次" in client.get("/desk/programmes/talent_service").text
    form = version_form(plan_months="12", look_months="")
    wrong = client.post("/desk/programmes/talent_service", data=form)
    assert (wrong.status_code, "要一起填，或都不填" in wrong.text) == (422, True)
    assert client.post("/desk/programmes/talent_service", data=form | {"look_months": "6"}).status_code == 303
    shown = catalogue.load().entry("talent_service").shown
    assert (shown.plan_months, shown.look_months, shown.illustrative) == (12, 6, False)
    longer = client.post("/desk/programmes/talent_service", data=form | {"look_months": "6", "plan_months": "13"})
    assert (longer.status_code, "不超过任期" in longer.text) == (422, True)
