"""Officers' pages: the round with its funnel, its list and its spreadsheet, one claim, schemes, whom they show."""

from __future__ import annotations

import io

import openpyxl
import pytest

from lms.certificates import service as certificates
from lms.plugin_api.work import SYSTEM, session
from lms.testing.factories.access import sign_in
from lms.testing.queries import count_queries
from lms_subsidies.dto import RoundFilter, Standing
from lms_subsidies.queries import rounds, schemes


@pytest.fixture
def round_of(funded):
    """Four people of county A: one only invited, one under review, one approved, one paid; and one of county B."""
    town = funded
    invited = town.person("未申领")
    town.certify(invited)
    abroad = town.person("青羊人", town.city.community_b)
    town.certify(abroad)
    town.work()
    people = {"invited": invited, "abroad": abroad}
    people["review"], town.review = town.claimed("审核人")
    people["approved"], town.approved = town.passed("待付人")
    people["paid"], town.done = town.paid("到账人")
    return town, people


def officer(town, client, role="hr_officer", unit=None):
    who = town.officer(role, unit or town.city.county_a, 3)
    sign_in(client, who.person_id)
    return who


def sheet(answer):
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_the_funnel_counts_how_far_each_has_come(round_of):
    town, _people = round_of
    who = town.officer("hr_officer", town.city.county_a)
    found = [(stage.name, stage.people, stage.amount_fen) for stage in rounds.stages(who, RoundFilter())]
    assert found == [
        ("invited", 4, None), ("claimed", 3, 150_000), ("in_review", 3, 150_000), ("approved", 2, 100_000),
        ("paid", 1, 50_000),
    ]  # fmt: skip
    mayor = town.officer("hr_officer", town.city.city)
    assert rounds.stages(mayor, RoundFilter())[0].people == 5


def test_an_officer_sees_the_round_of_their_own_units_only(round_of, client):
    town, _people = round_of
    officer(town, client)
    page = client.get("/desk/subsidies").text
    assert all(name in page for name in ("未申领", "审核人", "待付人", "到账人"))
    assert "青羊人" not in page
    assert "看数据表" in page or "人数和金额" in page
    foreign = officer(town, client, unit=town.city.county_b)
    page = client.get("/desk/subsidies").text
    assert "青羊人" in page
    assert "审核人" not in page
    assert client.get(f"/desk/subsidies/claims/{town.review.id}").status_code == 404
    assert rounds.counts(foreign)[Standing.IN_REVIEW] == 0


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=审核", {"审核人"}),
        ("standing=open", {"未申领人"}),
        ("standing=in_review", {"审核人"}),
        ("standing=approved", {"待付人"}),
        ("standing=paid", {"到账人"}),
        ("standing=missed", set()),
        ("standing=recall", set()),
        ("scheme=assistant", set()),
        ("year=2026&order=amount", {"未申领人", "审核人", "待付人", "到账人"}),
        ("year=2001", set()),
        ("year=99999&standing=nonsense&order=x&org=y", {"未申领人", "审核人", "待付人", "到账人"}),
    ],
)
def test_the_list_is_searched_filtered_and_exported_alike(round_of, client, query, names):
    town, people = round_of
    town.rename(people["invited"], "未申领人")
    officer(town, client)
    rows = sheet(client.get(f"/desk/subsidies/round.xlsx?{query}"))
    assert {row[0] for row in rows[1:]} == names
    page = client.get(f"/desk/subsidies?{query}").text
    assert {name for name in ("未申领人", "审核人", "待付人", "到账人") if name in page} == names


def test_a_case_number_finds_its_claim_and_the_sheet_has_amounts_as_numbers(round_of, client):
    town, _people = round_of
    officer(town, client)
    [header, row] = sheet(client.get(f"/desk/subsidies/round.xlsx?q={town.done.case_number.lower()}"))
    found = dict(zip(header, row, strict=True))
    assert found["姓名"] == "到账人"
    assert found["金额（元）"] == 500
    assert found["到账日期"] == "2026-09-28"
    assert found["账号后四位"] == town.done.account_tail


def test_the_list_costs_the_same_however_long_it_is(round_of):
    town, _people = round_of
    who = town.officer("hr_officer", town.city.city)

    def cost():
        session.rollback()
        with count_queries() as seen:
            found = list(rounds.every_line(who, RoundFilter()))
        return len(found), seen.count

    few, before = cost()
    for _number in range(3):
        town.claimed()
    many, after = cost()
    assert (many, after) == (few + 3, before)


def test_a_claims_page_says_whose_budget_pays_and_what_lacks(town, client):
    _who, claim = town.claimed("陈思雨")
    officer(town, client)
    page = client.get(f"/desk/subsidies/claims/{claim.id}").text
    assert "武侯区还没有 2026 年的预算" in page
    assert f'href="/desk/approvals/{claim.case_id}"' in page
    assert f"/desk/subsidies/claims/{claim.id}" in client.get(f"/desk/approvals/{claim.case_id}").text
    town.fund(300)
    assert "2026 年的预算只余 300.00 元" in client.get(f"/desk/subsidies/claims/{claim.id}").text
    town.raise_budget(10_000)
    page = client.get(f"/desk/subsidies/claims/{claim.id}").text
    assert "10,300.00 元" in page
    assert "notice amber" not in page


def test_money_to_recall_is_on_the_dashboard_and_recalled_with_a_remark(funded, client):
    town = funded
    who, claim = town.paid("陈思雨")
    certificates.revoke(SYSTEM, town.invitation_of(claim).certificate_id, "考试作弊")
    town.work()
    officer(town, client)
    assert "持证奖励待处理" in client.get("/desk").text
    place = f"/desk/subsidies/claims/{claim.id}"
    assert "需要核实是否追回" in client.get(place).text
    assert client.post(f"{place}/recall", data={"decision": "recall", "note": ""}).status_code == 422
    assert client.post(f"{place}/recall", data={"note": "属实"}).status_code == 422
    assert client.post(f"{place}/recall", data={"decision": "recall", "note": "属实"}).status_code == 303
    page = client.get(place).text
    assert "已退 0.00 元，还应退 500.00 元。" in page
    assert "/desk/payouts/receivables/" in page
    assert "持证奖励待处理" not in client.get("/desk").text
    sign_in(client, who.person_id)
    assert "有奖励要退还" in client.get("/").text
    page = client.get(f"/me/subsidies/claims/{claim.id}").text
    assert "还应退 500.00 元。" in page
    assert "/desk/" not in page


def test_an_auditor_reads_and_settles_nothing(funded, client):
    town = funded
    _who, claim = town.claimed("陈思雨")
    officer(town, client, "auditor")
    assert client.get(f"/desk/subsidies/claims/{claim.id}").status_code == 200
    assert client.post(f"/desk/subsidies/claims/{claim.id}/recall", data={"note": "x"}).status_code == 403
    assert client.get("/desk/subsidies/schemes/new").status_code == 403


def test_a_persons_page_shows_their_awards_to_who_sees_them(round_of, client):
    town, people = round_of
    officer(town, client)
    page = client.get(f"/desk/people/{people['paid'].person_id}").text
    assert town.done.case_number in page
    assert "成都社工员持证奖励" in page


def test_the_dashboard_counts_what_is_under_review(round_of, client):
    town, _people = round_of
    officer(town, client)
    assert "/desk/subsidies?standing=in_review" in client.get("/desk").text


# --- schemes ---


def scheme_form(**changes):
    data = {
        "code": "cdsgy", "basis": "certificate:CDSGY", "title": "成都社工员持证奖励", "title_en": "Award", "amount": "600.50",
        "valid_from": "2026-01-01", "valid_to": "", "claim_days": "200", "budget_level": "city", "stacking": "full",
        "conditions": ["employed_now", "employed_months"], "months": "6", "note": "成社发〔2026〕9 号",
    }  # fmt: skip
    return data | changes


def test_the_citys_officer_saves_a_revision_and_everybody_sees_its_history(town, client):
    mayor = officer(town, client, unit=town.city.city)
    page = client.get("/desk/subsidies/schemes/cdsgy").text
    assert "示例" in page
    assert 'value="500.00"' in page
    assert client.post("/desk/subsidies/schemes/cdsgy", data=scheme_form()).status_code == 303
    saved = schemes.one("cdsgy").revisions[0]
    assert (saved.amount_fen, saved.claim_days, saved.budget_level.value, saved.illustrative) == (
        60_050,
        200,
        "city",
        False,
    )
    assert saved.conditions == [{"kind": "employed_now"}, {"kind": "employed_months", "months": 6}]
    officer(town, client, "auditor", town.city.city)
    page = client.get("/desk/subsidies/schemes/cdsgy").text
    assert "成社发〔2026〕9 号" in page
    assert mayor.name in page
    assert "500.00 元" in page
    assert 'name="amount"' not in page


def test_a_new_scheme_is_added_for_what_has_none(town, client):
    officer(town, client, unit=town.city.city)
    assert "新增奖励" not in client.get("/desk/subsidies/schemes").text  # every basis has one
    kind = certificates.define_kind(SYSTEM, town.kind_data(code="DUDAO", number_prefix="DD"), org_id=town.city.city)
    assert kind == "DUDAO"
    assert "新增奖励" in client.get("/desk/subsidies/schemes").text
    data = scheme_form(code="dudao", basis="certificate:DUDAO", title="督导持证奖励")
    assert client.post("/desk/subsidies/schemes/new", data=data).location == "/desk/subsidies/schemes/dudao"
    assert schemes.one("dudao").basis == "certificate:DUDAO"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "1.005"}, "应为金额"),
        ({"amount": "abc"}, "有 1 处需要修改"),
        ({"amount": "-5"}, "应为金额"),
        ({"valid_to": "2025-01-01"}, "不能早于开始日期"),
        ({"note": ""}, "请写明依据"),
        ({"months": ""}, "应为 1 至 120 个月"),
        ({"conditions": ["registered"]}, "只适用于国家职业资格"),
        ({"valid_from": ""}, "请选择日期"),
        ({"claim_days": "0"}, "应为 1 至 3660 天"),
    ],
)
def test_a_wrong_scheme_is_refused_beside_its_fields_and_nothing_is_saved(town, client, changes, said):
    officer(town, client, unit=town.city.city)
    answer = client.post("/desk/subsidies/schemes/cdsgy", data=scheme_form(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert len(schemes.one("cdsgy").revisions) == 1


def test_an_officer_below_the_city_reads_schemes_and_saves_none(town, client):
    officer(town, client)
    assert client.get("/desk/subsidies/schemes").status_code == 200
    assert 'name="amount"' not in client.get("/desk/subsidies/schemes/cdsgy").text
    assert client.post("/desk/subsidies/schemes/cdsgy", data=scheme_form()).status_code == 404
    assert client.get("/desk/subsidies/schemes/none").status_code == 404
    assert len(schemes.one("cdsgy").revisions) == 1


def test_an_empty_round_says_what_to_do(town, client):
    officer(town, client)
    assert "还没有人可以申领" in client.get("/desk/subsidies").text
    assert "没有符合条件的人" in client.get("/desk/subsidies?q=谁").text
