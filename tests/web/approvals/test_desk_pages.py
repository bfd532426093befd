from __future__ import annotations

import io

import openpyxl
import pytest

from lms.approvals import kinds
from lms.approvals.models import CaseState
from lms.approvals.queries import case_view, chains
from lms.kernel import clock
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import KIND, make_case, offered, put_kind, seal_of
from lms.testing.factories.people import make_person


def address(desk):
    return f"/desk/approvals/{desk.case_id}"


def test_the_officer_finds_the_case_and_exports_the_list(desk):
    page = desk.enter(desk.street).get("/desk/approvals").text
    assert desk.number in page
    assert "3,000.00 元" in page
    assert "成批办理" not in page  # one case is no bulk
    assert desk.number in desk.client.get("/desk/approvals?view=all&q=陈").text
    assert "没有符合条件的申请" in desk.client.get("/desk/approvals?view=all&q=不存在").text
    book = desk.client.get("/desk/approvals.xlsx?view=all").data
    [row] = openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows(min_row=2, values_only=True)
    assert row[:2] == (desk.number, "陈小雨")
    assert row[5:10] == (3000, "审核中", "街道初审", "玉林街道", "2026-10-10")


def test_the_dashboard_counts_what_waits(desk):
    assert "待我审批" in desk.enter(desk.street).get("/desk").text
    assert "没有逾期" in desk.client.get("/desk").text
    assert "待我审批" not in desk.enter(make_officer("exam_officer", desk.city.city)).get("/desk").text


def test_nonsense_in_the_address_narrows_nothing(desk):
    answer = desk.enter(desk.street).get("/desk/approvals?view=x&level=y&state=z&due=1&order=%27&page=-2&kind=%FF")
    assert answer.status_code == 200


def test_an_officer_approves_and_goes_on_to_the_next(desk):
    other = make_case(make_person("李丽", desk.city.community_a))
    answer = desk.decide(desk.street, next="1")
    assert answer.location.endswith(str(other.case_id))
    answer = desk.decide(desk.street, case_id=other.case_id, next="1")
    assert answer.location.endswith("/desk/approvals")
    assert "没有等您办理的申请" in desk.client.get("/desk/approvals").text
    assert desk.number in desk.client.get("/desk/approvals?view=done").text
    page = desk.client.get(address(desk)).text
    assert "唐敏" in page
    assert "意见或理由" not in page


def test_the_page_says_what_is_wrong_with_a_decision_and_keeps_what_was_typed(desk):
    answer = desk.decide(desk.street, "returned", **{"note:proof:insurance": "要近 12 个月的"})
    assert answer.status_code == 422
    assert "请一次列全要补正的内容" in answer.text
    assert "要近 12 个月的" in answer.text
    answer = desk.decide(desk.street, "rejected")
    assert "请写明不予通过的理由" in answer.text
    answer = desk.decide(desk.street, "sideways")
    assert answer.status_code == 422
    assert case_view(desk.case_id).decisions == ()


def test_a_stale_page_is_refused_in_words(desk):
    seen = seal_of(desk.case_id)
    desk.decide(desk.county)
    answer = desk.enter(desk.street).post(
        f"{address(desk)}/decide", data={"seen": seen, "outcome": "rejected", "reason": "x"}
    )
    assert answer.status_code == 409
    assert "刚被别人办理过" in answer.text


def test_a_second_return_shows_the_first_and_offers_no_more_than_that(desk):
    desk.decide(desk.street, "returned", item=["proof:insurance"])
    worker = desk.enter(desk.worker)
    worker.post(f"/me/applications/{desk.case_id}/resubmit", data={"round": 1, "note": "没有社保"})
    page = desk.enter(desk.street).get(address(desk)).text
    assert "已退回过一次" in page
    assert 'value="returned"' not in page
    desk.decide(desk.street)
    page = desk.enter(desk.county).get(address(desk)).text
    assert "上一次退回时列出了下面这些" in page
    assert 'value="proof:insurance"' in page
    assert 'value="fact:level"' not in page
    answer = desk.decide(desk.county, "returned", item=["fact:level"])
    assert answer.status_code == 422
    assert "一次告知" in answer.text


def test_who_may_only_look_gets_no_form(desk):
    auditor = make_officer("auditor", desk.city.city)
    page = desk.enter(auditor).get(address(desk))
    assert page.status_code == 200
    assert "意见或理由" not in page.text
    assert desk.number in desk.client.get("/desk/approvals").text
    assert desk.client.post(f"{address(desk)}/decide", data={"outcome": "approved"}).status_code == 403


def test_another_units_case_is_not_found(desk):
    stranger = make_officer("hr_officer", desk.city.county_b)
    assert desk.enter(stranger).get(address(desk)).status_code == 404
    assert desk.decide(stranger).status_code == 404


def test_the_bulk_page_lists_facts_and_answers_for_each(desk):
    cases = [desk.case_id, *(make_case(make_person(f"人{n}", desk.city.community_a)).case_id for n in range(3))]
    page = desk.enter(desk.street).get("/desk/approvals/bulk").text
    for case_id in cases:
        assert f"{case_id}:{seal_of(case_id)}" in page
    assert page.count("14 个月") == 4
    ticked = [f"{case_id}:{seal_of(case_id)}" for case_id in cases]
    ticked[1] = f"{cases[1]}:stale"
    answer = desk.client.post("/desk/approvals/bulk", data={"case": ticked, "reason": "材料齐全"})
    assert "同意 3 件，没有办成 1 件" in answer.text
    assert "刚被别人办理过" in answer.text
    assert case_view(cases[0]).decisions[0].reason == "材料齐全"
    assert case_view(cases[1]).decisions == ()
    assert desk.client.post("/desk/approvals/bulk", data={}).status_code == 422
    assert desk.client.post("/desk/approvals/bulk", data={"case": "nonsense"}).status_code == 422


def test_a_deadline_in_a_year_without_published_holidays_is_flagged(desk, monkeypatch):
    monkeypatch.setattr("lms.kernel.workdays.PUBLISHED", range(2004, 2026))
    page = desk.enter(desk.street).get(address(desk)).text
    assert "2026 年的放假安排尚未录入系统" in page


def test_a_case_whose_kind_is_gone_is_read_only_on_every_page(desk):
    offered().pop(KIND)
    desk.enter(desk.street)
    for path in (
        "/desk/approvals",
        "/desk/approvals?view=all",
        "/desk/approvals/bulk",
        "/desk/approvals.xlsx",
        "/desk",
    ):
        assert desk.client.get(path).status_code == 200
    page = desk.client.get(address(desk)).text
    assert "功能已停用或没有安装" in page
    assert "test.subsidy" in page
    answer = desk.client.post(f"{address(desk)}/decide", data={"seen": seal_of(desk.case_id), "outcome": "approved"})
    assert answer.status_code == 409
    assert case_view(desk.case_id).brief.state is CaseState.OPEN


def test_the_consumers_page_is_linked_where_there_is_one(desk):
    put_kind(view_endpoint="web.home")
    assert "看原始记录" in desk.enter(desk.street).get(address(desk)).text


CHAIN = {
    "steps-0-level": "county",
    "steps-0-title": "区县审批",
    "steps-0-role": "hr_officer",
    "steps-0-days": "7",
    "steps-0-instructions": "看原件",
    "steps-1-level": "city",
    "steps-1-title": "市级审批",
    "steps-1-role": "hr_officer",
    "steps-1-days": "3",
    **{f"steps-{n}-role": "hr_officer" for n in range(2, 6)},
    **{f"steps-{n}-level": "" for n in range(2, 6)},
    "notice_days": "",
    "correction_days": "10",
    "returns": "1",
    "valid_from": "2026-10-08",
    "note": "成社发〔2026〕9 号",
}


def test_the_citys_officer_configures_a_chain_and_others_read_it(desk):
    path = f"/desk/approvals/chains/{KIND}"
    assert "街道初审" in desk.enter(desk.county).get("/desk/approvals/chains").text
    page = desk.client.get(path).text
    assert "流程由市级管理员统一设置" in page
    assert "保存新流程" not in page
    assert desk.client.post(path, data=CHAIN).status_code == 404
    assert "保存新流程" in desk.enter(desk.mayor).get(path).text
    assert desk.client.post(path, data=CHAIN).status_code == 303
    page = desk.client.get(path).text
    for words in ("区县审批 → 市级审批", "成社发〔2026〕9 号", "未到期", "林若溪"):
        assert words in page
    found = chains.in_force(kinds.require(KIND), clock.today().replace(month=10, day=8))
    assert [(step.title["zh_CN"], step.days) for step in found.plan.steps] == [("区县审批", 7), ("市级审批", 3)]
    assert found.plan.notice_days is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps-0-title": ""}, "请填写环节名称"),
        ({"steps-0-days": "0"}, "应为 1 至 250 个工作日"),
        ({"valid_from": "2026-09-27"}, "请选今天或以后的日期"),
        ({"note": ""}, "请写明依据"),
        ({"returns": "9"}, "应为 0 至 5 次"),
        ({"steps-0-level": "", "steps-0-title": "", "steps-1-level": "", "steps-1-title": ""}, "要有 1 至 6 个环节"),
    ],
)
def test_a_faulty_chain_is_refused_where_it_is_faulty(desk, changes, words):
    answer = desk.enter(desk.mayor).post(f"/desk/approvals/chains/{KIND}", data=CHAIN | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert chains.history(KIND) == []


def test_a_chain_of_an_unknown_kind_is_not_found(desk):
    assert desk.enter(desk.mayor).get("/desk/approvals/chains/gone").status_code == 404


def test_an_officer_names_and_ends_a_substitute(desk):
    deputy = make_officer("hr_officer", desk.city.street_a, "邓颖")
    page = desk.enter(desk.street).get("/desk/approvals/substitutes").text
    assert "邓颖" in page
    data = {
        "absent": str(desk.street), "stand_in": str(deputy), "valid_from": "2026-09-28", "valid_to": "2026-10-09",
        "reason": "休假",
    }  # fmt: skip
    wrong = desk.client.post("/desk/approvals/substitutes", data=data | {"valid_to": "2026-09-01"})
    assert wrong.status_code == 422
    assert "应在开始日期之后" in wrong.text
    assert desk.client.post("/desk/approvals/substitutes", data=data).status_code == 303
    page = desk.client.get("/desk/approvals/substitutes").text
    assert "代办中" in page
    end = page.split('action="/desk/approvals/substitutes/')[1].split('"')[0]
    assert desk.client.post(f"/desk/approvals/substitutes/{end}").status_code == 303
    assert "已撤销" in desk.client.get("/desk/approvals/substitutes").text


def test_a_stand_in_is_told_for_whom_they_decide(desk):
    deputy = make_officer("hr_officer", desk.city.street_b, "邓颖")
    operator = make_officer("operator", desk.city.city, "方正")
    data = {
        "absent": str(desk.street), "stand_in": str(deputy), "valid_from": "2026-09-28", "valid_to": "2026-10-09",
        "reason": "休假",
    }  # fmt: skip
    assert desk.enter(operator).post("/desk/approvals/substitutes", data=data).status_code == 303
    assert "您在代唐敏办理" in desk.enter(deputy).get(address(desk)).text
    assert desk.decide(deputy).status_code == 303
    assert "代唐敏办理" in desk.enter(desk.county).get(address(desk)).text


def test_officers_find_a_case_by_number_and_on_the_persons_page(desk):
    assert desk.number in desk.enter(desk.street).get(f"/desk/search?q={desk.number}").text
    assert desk.number in desk.client.get(f"/desk/people/{desk.worker}").text
