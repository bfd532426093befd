"""Officers' pages of outside learning: claims in sight, the spreadsheet, the rules."""

from __future__ import annotations

import io

import openpyxl
import pytest

from lms.access.actors import actor_for
from lms.credits.evidence import queries
from lms.credits.evidence.views import desk
from lms.kernel import clock
from lms.kernel.db import db
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import seal_of
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

RULES = "/desk/hours/rules"


def rule_form(**changes):
    return {
        "title": "会议和讲座", "title_en": "Lectures", "hint": "说明", "hint_en": "", "category":
        "professional", "unit": "hours", "unit_minutes": "60", "cap_activity": "3.5", "cap_year": "", "cap_period": "",
        "claim_months": "6", "proofs": ["notice"], "is_open": "y", "valid_from": "2026-01-01", "note": "成社工〔2026〕1 号",
        **changes,
    }  # fmt: skip


def test_the_case_shows_what_was_stated_what_counts_and_why(pages):
    claim = pages.desk.claim(hours=6)
    page = pages.county.get(f"/desk/approvals/{claim.case_id}").text
    for text in (
        "申报数量",
        "6 小时",
        "按提交时的记录可计",
        "单次活动最多计 4 小时",
        f"/desk/hours/evidence/{claim.id}",
    ):
        assert text in page
    pages.desk.approve(claim)
    page = pages.county.get(f"/desk/hours/evidence/{claim.id}").text
    assert "通过时计入" in page
    assert "计入 4 小时。" in page


def test_the_county_approves_on_the_page(pages):
    claim = pages.desk.claim(hours=3)
    form = {"seen": seal_of(claim.case_id), "outcome": "approved"}
    assert pages.county.post(f"/desk/approvals/{claim.case_id}/decide", data=form).status_code == 303
    assert pages.desk.now(claim.id).counted == 180


def test_claims_are_found_and_exported_as_they_are_filtered(pages):
    lecture = pages.desk.counted(3.5, title="社区治理讲座")
    pages.desk.claim(title="别的讲座")
    unit, day = pages.desk.city.street_a, clock.today()
    browser, query = pages.county, f"q=治理&kind=lecture&state=counted&org={unit}&from={day}&to={day}"
    page = browser.get(f"/desk/hours/evidence?{query}").text
    assert "社区治理讲座" in page
    assert "别的讲座" not in page
    sheet = openpyxl.load_workbook(io.BytesIO(browser.get(f"/desk/hours/evidence.xlsx?{query}").data)).active
    [row] = list(sheet.iter_rows(min_row=2, values_only=True))
    assert (row[0], row[1], row[8], row[9:12]) == (lecture.case_number, "陈思雨", "3.5 小时", (3.5, 3.5, 3.5))
    assert "单次活动最多计 4 小时" in row[14]
    for nobody in (f"org={pages.desk.city.street_b}", f"to={day.year - 1}-12-31", f"from={day.year + 1}-01-01"):
        assert "社区治理讲座" not in browser.get(f"/desk/hours/evidence?{nobody}").text


def test_every_claim_is_exported_once_when_they_are_looked_up_in_parts(pages, monkeypatch):
    monkeypatch.setattr(desk, "AT_ONCE", 2)
    numbers = [pages.desk.claim(title=f"讲座{number}").case_number for number in range(5)]
    sheet = openpyxl.load_workbook(io.BytesIO(pages.county.get("/desk/hours/evidence.xlsx").data)).active
    assert sorted(row[0] for row in sheet.iter_rows(min_row=2, values_only=True)) == sorted(numbers)


@pytest.mark.parametrize(
    "kind", ["evidence?from=2026-13-45&to=1", "evidence?state=%27&page=-1&org=zzz", "evidence?q=%25"]
)
def test_nonsense_in_the_address_is_harmless(pages, kind):
    assert pages.county.get(f"/desk/hours/{kind}").status_code == 200


def test_another_countys_claim_is_not_found(pages):
    claim = pages.desk.counted(3)
    browser = pages.enter(make_officer("hr_officer", pages.desk.city.county_b))
    assert browser.get(f"/desk/hours/evidence/{claim.id}").status_code == 404
    assert browser.get(f"/desk/approvals/{claim.case_id}").status_code == 404
    form = {"seen": seal_of(claim.case_id), "outcome": "approved"}
    assert browser.post(f"/desk/approvals/{claim.case_id}/decide", data=form).status_code == 404
    assert claim.title not in browser.get("/desk/hours/evidence").text
    rows = openpyxl.load_workbook(io.BytesIO(browser.get("/desk/hours/evidence.xlsx").data)).active.max_row
    assert rows == 1


def test_an_officer_cannot_decide_their_own_claim_on_the_page(pages):
    pages.desk.worker = pages.desk.officer
    claim = pages.desk.claim()
    form = {"seen": seal_of(claim.case_id), "outcome": "approved"}
    assert pages.county.post(f"/desk/approvals/{claim.case_id}/decide", data=form).status_code == 403


def test_the_list_costs_the_same_however_long_it_is(pages):
    def statements():
        with count_queries() as seen:
            assert pages.client.get("/desk/hours/evidence").status_code == 200
        return seen.count

    pages.desk.counted(1)
    browser = pages.county
    browser.get("/desk/hours/evidence")
    before = statements()
    for name in ("甲某", "乙某", "丙某"):
        pages.desk.worker = actor_for(make_person(name, pages.desk.city.community_a))
        pages.desk.counted(1)
    assert statements() == before


def test_the_rules_are_read_by_officers_and_changed_by_the_citys(pages):
    page = pages.county.get(f"{RULES}/lecture").text
    assert "单次最多 4 小时" in page
    assert "调整规则" not in page
    assert "会议、讲座、考察" in pages.county.get(RULES).text
    assert pages.county.post(f"{RULES}/lecture", data=rule_form()).status_code in {403, 404}
    assert "调整规则" in pages.city_officer().get(f"{RULES}/lecture").text
    assert pages.city_officer("auditor").get(f"{RULES}/lecture").status_code == 200
    assert pages.city_officer("auditor").post(f"{RULES}/lecture", data=rule_form()).status_code == 403


def test_a_saved_rule_counts_and_the_former_ones_stay_in_the_history(pages):
    browser = pages.city_officer()
    answer = browser.post(f"{RULES}/lecture", data=rule_form(code="forged"))
    assert (answer.status_code, answer.location) == (303, f"{RULES}/lecture")
    page = browser.get(answer.location).text
    history = page.split("变更记录", 1)[1]
    assert "成社工〔2026〕1 号" in history
    assert "2009 年 9 月 7 日" in history
    rule = queries.rule_on("lecture", clock.today())
    assert (rule.cap_activity, rule.cap_year, rule.claim_months, rule.proofs, rule.illustrative) == (
        210, None, 6, ["notice"], False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"cap_year": "0"}, "应大于 0"),
        ({"cap_year": "0.001"}, "应大于 0"),
        ({"cap_year": "Infinity"}, "应大于 0"),
        ({"cap_year": "abc"}, "每年上限"),
        ({"unit_minutes": "45"}, "小时固定为 60"),
        ({"unit": "weeks"}, "计量单位"),
        ({"category": "other"}, "科目类别"),
        ({"proofs": ["passport"]}, "必须提交的证明"),
        ({"valid_from": ""}, "请选择日期"),
        ({"note": ""}, "请写明依据"),
        ({"claim_months": "0"}, "应在 1 到 120 之间"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_beside_the_field(pages, changes, text):
    browser = pages.city_officer()
    answer = browser.post(f"{RULES}/lecture", data=rule_form(**changes))
    assert answer.status_code == 422
    assert text in answer.text
    assert "会议和讲座" in answer.text
    db.session.rollback()
    assert len(queries.kind("lecture").rules) == 1


def test_a_new_kind_can_be_claimed_at_once_without_any_code(pages):
    browser = pages.city_officer()
    data = rule_form(code="study_tour", title="外地考察", unit="days", unit_minutes="300", proofs=[])
    assert browser.get(f"{RULES}/new").status_code == 200
    assert browser.post(f"{RULES}/new", data=data).status_code == 303
    taken = browser.post(f"{RULES}/new", data=data)
    assert (taken.status_code, "这个代码已用于另一类学习" in taken.text) == (422, True)
    assert browser.post(f"{RULES}/new", data=data | {"code": "Bad Code"}).status_code == 422
    assert "外地考察" in pages.worker.get("/me/evidence/new").text
    assert "1 天折 5 小时" in pages.worker.get("/me/evidence/new/study_tour").text


def test_rules_that_do_not_exist_are_not_found(pages):
    browser = pages.city_officer()
    assert browser.get(f"{RULES}/nothing").status_code == 404
    assert browser.post(f"{RULES}/nothing", data=rule_form()).status_code == 404
