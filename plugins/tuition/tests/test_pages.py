"""Pages: the person's on the phone, the officers' at the desk; what is wrong is said, what was typed is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re

import pytest
from lms_tuition.claim_models import Claim
from lms_tuition.models import Study
from lms_tuition.queries import claims, schemes
from lms_tuition.rules import StudyState
from lms_tuition.service.schemes import illustrative, save

from lms.plugin_api.work import SYSTEM, clock, session
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import sign_in
from lms.testing.queries import count_queries
from lms_payouts.api import ClaimState

CARD = "6217 0000 1234 5678 907"


def value(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)[1]


def files(data):
    """A form with its files."""
    return {
        key: (io.BytesIO(one), "文件.pdf") if isinstance(one, bytes) else one
        for key, one in data.items()
        if one is not None
    }


def voucher(place=0, **changes):
    typed = {
        "kind": "fiscal", "number": "００００ 012 345", "code": "5101-0126", "check": "a1b2c3", "issued_on": "2026-09-01",
        "amount": "8,000", "cost": "tuition", "claimed": "", "payer": "陈思雨",
        "file": cases.PDF_BYTES + f"%{place}".encode(),
    } | changes  # fmt: skip
    return {f"line{place}_{name}": one for name, one in typed.items()}


def claim_form(key, **changes):
    typed = {"key": key, "term": "2026 年秋季学期", "bank_account": CARD, "bank_name": "中国银行成都玉林支行"}
    return files(typed | voucher() | changes)


@pytest.fixture
def who(town, client):
    found = town.person()
    sign_in(client, found.person_id)
    return found


def test_a_person_applies_is_agreed_signs_and_claims_on_the_phone(town, client, who):
    assert "还没有学历进修" in client.get("/me/tuition").text
    page = client.get("/me/tuition/studies/new")
    typed = {
        "key": value(page, "key"), "level": "bachelor", "school": "四川大学", "major": "社会工作",
        "starts_on": "2026-09-01", "ends_on": "2026-08-31", "reason": "岗位需要", "proof-enrolment": cases.PDF_BYTES,
    }  # fmt: skip
    wrong = client.post("/me/tuition/studies/new", data=files(typed))
    assert (wrong.status_code, "应晚于入学日期" in wrong.text, "四川大学" in wrong.text) == (422, True, True)
    sent = client.post("/me/tuition/studies/new", data=files(typed | {"ends_on": "2029-06-30"}))
    assert sent.status_code == 303
    session.rollback()
    study = session.query(Study).one()
    assert client.get(f"/me/tuition/studies/{study.id}/agreement").status_code == 409
    cases.approve(study.case_id, *town.chain[:2])
    assert "请签服务协议" in client.get("/").text
    place = f"/me/tuition/studies/{study.id}"
    page = client.get(f"{place}/agreement")
    assert "服务满 36 个月" in page.text
    form = {"seen": value(page, "seen"), "agreed": "y", "signed_as": "李四"}
    assert "请填写您的姓名：陈思雨" in client.post(f"{place}/agreement", data=form).text
    assert client.post(f"{place}/agreement", data=form | {"signed_as": "陈思雨"}).status_code == 303
    assert "已签" in client.get(place).text
    page = client.get(f"{place}/claim")
    assert "教材资料费、食宿费、交通费" in page.text
    bad = client.post(f"{place}/claim", data=claim_form(value(page, "key"), line0_number="12", bank_account="1"))
    assert bad.status_code == 422
    for words in ("财政电子票据的票据号码是 10 位数字", "应为 16 至 19 位银行卡号", "8,000"):
        assert words in bad.text
    nothing = client.post(f"{place}/claim", data=claim_form(value(page, "key"), line0_claimed="0"))
    assert (nothing.status_code, "应大于 0，不超过票面金额" in nothing.text) == (422, True)
    sent = client.post(f"{place}/claim", data=claim_form(value(page, "key")))
    assert sent.status_code == 303
    session.rollback()
    claim = session.query(Claim).one()
    assert (claim.amount_fen, claims.vouchers(claim.id)[0].number) == (640_000, "0000012345")
    assert "6,400.00 元" in client.get(sent.location).text
    assert "现在不能报销" in client.get(f"{place}/claim").text
    again = client.get(f"/me/tuition/claims/{claim.id}")
    assert "00000" in again.text
    assert CARD.replace(" ", "") not in again.text


def test_a_voucher_that_was_used_is_refused_beside_its_field(town, client, who, make_line):
    study = town.signed(who)
    town.claimed(make_line(code="51010126", number="0000012345"), name="李晓萍")
    page = client.get(f"/me/tuition/studies/{study.id}/claim")
    refused = client.post(f"/me/tuition/studies/{study.id}/claim", data=claim_form(value(page, "key")))
    assert refused.status_code == 422
    assert "这张票据已用于另一件申请，不能重复报销" in refused.text
    assert "李晓萍" not in refused.text


def test_pages_of_others_do_not_exist(town, client, who):
    _other, claim = town.claimed(name="李晓萍")
    for path in (
        f"studies/{claim.study_id}", f"studies/{claim.study_id}/claim", f"studies/{claim.study_id}/agreement",
        f"claims/{claim.id}", f"claims/{claim.id}/account",
    ):  # fmt: skip
        assert client.get(f"/me/tuition/{path}").status_code == 404


def test_returned_forms_are_shown_filled_in_and_answered(town, client, who):
    claim = town.claim(who, town.signed(who))
    address = f"/me/tuition/claims/{claim.id}/correct"
    assert client.get(address).status_code == 409
    cases.send_back(claim.case_id, town.chain[0], "fact:voucher-1")
    page = client.get(address)
    number = claims.vouchers(claim.id)[0].number
    assert f'value="{number}"' in page.text
    data = claim_form("1", bank_account="", line0_number="0777777777", line0_file=None, note="已改")
    data.pop("line0_file", None)
    assert client.post(address, data=data).status_code == 303
    session.rollback()
    assert claims.vouchers(claim.id)[0].number == "0777777777"
    study = town.study(who, "master")
    cases.send_back(study.case_id, town.chain[0], "fact:major")
    address = f"/me/tuition/studies/{study.id}/correct"
    assert "四川大学" in client.get(address).text
    typed = {
        "key": "1", "level": "master", "school": "四川大学", "major": "社会学", "starts_on": "2026-09-01",
        "ends_on": "2029-06-30", "reason": "岗位需要", "note": "改了专业",
    }  # fmt: skip
    assert client.post(address, data=typed).status_code == 303


def test_the_desk_compares_each_voucher_beside_its_file(town, client, make_line):
    who, claim = town.claimed(make_line(payer="成都某公司"))
    sign_in(client, town.chain[1].person_id)
    assert "有票据待核对" in client.get("/desk").text
    listed = client.get("/desk/tuition?unchecked=1").text
    assert "1 张票据待核对" in listed
    page = client.get(f"/desk/tuition/claims/{claim.id}")
    [one] = claims.vouchers(claim.id)
    for words in (
        one.number,
        "付款人与申请人姓名不一致",
        "pjcy.mof.gov.cn",
        "<iframe",
        "8,000.00 元 × 80% = 6,400.00 元",
    ):
        assert words in page.text
    file = re.search(r'<iframe src="([^"]+)"', page.text)[1]
    shown = client.get(file)
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    address = f"/desk/tuition/claims/{claim.id}/vouchers/{one.id}"
    assert client.post(address, data={"verdict": "wrong", "note": ""}).status_code == 422
    assert client.post(address, data={"verdict": "right", "note": "已查验"}).status_code == 303
    assert "待核对" not in client.get("/desk/tuition").text.split("</form>")[-1]
    card = client.get(f"/desk/people/{who.person_id}").text
    assert claim.term in card
    assert f"/desk/tuition/claims/{claim.id}" in card
    sign_in(client, town.officer("auditor", town.city.city).person_id)
    assert client.get(f"/desk/tuition/claims/{claim.id}").status_code == 200
    assert client.post(address, data={"verdict": "right"}).status_code == 403


def test_lists_are_filtered_exported_and_cost_a_constant_number_of_statements(town, client, make_line):
    officer = town.officer("hr_officer", town.city.city)
    sign_in(client, officer.person_id)
    assert "还没有人报销" in client.get("/desk/tuition").text
    assert "还没有学历进修" in client.get("/desk/tuition/studies").text
    seen = []
    for names in (["陈思雨"], ["李晓萍", "王若溪", "赵明远"]):
        for name in names:
            town.claimed(make_line(payer=name), name=name)
        for address in ("/desk/tuition", "/desk/tuition/studies"):
            client.get(address)
            session.rollback()
            with count_queries() as counted:
                assert names[-1] in client.get(address).text
            seen.append(counted.count)
    assert seen[:2] == seen[2:]
    assert "李晓萍" not in client.get("/desk/tuition?q=陈思雨").text.split("</form>")[-1]
    for narrowed in ("state=paid", "level=doctor", "year=2020", "q=nobody"):
        assert "没有符合条件的报销" in client.get(f"/desk/tuition?{narrowed}").text
    assert "没有符合条件的学历进修" in client.get("/desk/tuition/studies?serving=owed").text
    for name in ("claims", "studies"):
        assert client.get(f"/desk/tuition/{name}.xlsx").data[:2] == b"PK"
    sign_in(client, town.officer("hr_officer", town.city.county_b).person_id)
    assert "陈思雨" not in client.get("/desk/tuition").text


def test_an_early_leave_is_tried_recorded_and_followed_on_both_sides(funded, client):
    who, claim = funded.paid()
    officer = funded.chain[2]
    with clock.frozen(dt.datetime(2027, 9, 28, 4, tzinfo=dt.UTC)):
        sign_in(client, officer.person_id)
        address = f"/desk/tuition/studies/{claim.study_id}"
        assert "4,268.61 元" not in client.get(address).text
        assert "4,268.61 元" in client.get(f"{address}?left_on=2027-09-28").text
        assert client.post(f"{address}/leave", data={"left_on": "2027-09-28", "reason": ""}).status_code == 422
        form = {"left_on": "2027-09-28", "reason": "解除劳动合同"}
        assert client.post(f"{address}/leave", data=form).status_code == 303
        assert "6,400.00 元 × 731 ÷ 1096 = 4,268.61 元" in client.get(address).text
        sign_in(client, who.person_id)
        assert "有学费报销款要退还" in client.get("/").text
        assert "还应退 4,268.61 元" in client.get(f"/me/tuition/studies/{claim.study_id}").text


def test_a_graduation_is_recorded_at_the_desk_and_a_bounce_is_put_right_on_the_phone(funded, client):
    who, claim = funded.claimed()
    claim = funded.pay(funded.pass_on(claim), bounced="账号与户名不符")
    assert claim.state is ClaimState.BOUNCED
    sign_in(client, who.person_id)
    assert "请更正收款账户" in client.get("/").text
    address = f"/me/tuition/claims/{claim.id}/account"
    assert "账号与户名不符" in client.get(address).text
    assert client.post(address, data={"bank_account": "12", "bank_name": "成都银行"}).status_code == 422
    assert client.post(address, data={"bank_account": CARD, "bank_name": "成都银行"}).status_code == 303
    sign_in(client, funded.chain[2].person_id)
    address = f"/desk/tuition/studies/{claim.study_id}/graduation"
    form = {"graduated_on": "2026-09-27", "diploma_number": "106131202605001234"}
    assert client.post(address, data=form | {"graduated_on": "2026-09-29"}).status_code == 422
    assert client.post(address, data=form).status_code == 303
    assert funded.study_now(claim.study_id).graduated_on == dt.date(2026, 9, 27)


def test_the_citys_officer_sets_what_is_paid_and_others_read_it(town, client):
    sign_in(client, town.chain[2].person_id)
    assert "示例" in client.get("/desk/tuition/schemes").text
    assert 'name="cap"' not in client.get("/desk/tuition/schemes/bachelor").text
    form = {
        "title": "本科学费报销", "title_en": "Tuition, bachelor", "rate_percent": "70", "cap": "15000.50",
        "costs": ["tuition", "defence", "exam"], "timing": "term", "claim_days": "180", "service_months": "24",
        "service_from": "graduation", "budget_level": "street", "valid_from": "2026-09-28", "valid_to": "",
        "note": "成社发〔2026〕9 号",
    }  # fmt: skip
    assert client.post("/desk/tuition/schemes/bachelor", data=form).status_code in {403, 404}
    sign_in(client, town.officer("hr_officer", town.city.city).person_id)
    wrong = client.post("/desk/tuition/schemes/bachelor", data=form | {"rate_percent": "101", "cap": "abc"})
    assert wrong.status_code == 422
    assert client.post("/desk/tuition/schemes/bachelor", data=form).status_code == 303
    session.rollback()
    saved = schemes.one("bachelor").on(clock.today())
    assert (saved.rate_percent, saved.cap_fen, sorted(saved.costs), saved.illustrative) == (
        70, 1_500_050, ["defence", "exam", "tuition"], False,
    )  # fmt: skip
    assert "由市里确定" not in client.get("/desk/tuition/schemes/bachelor").text
    assert client.get("/desk/tuition/schemes/nothing").status_code == 404


def test_commands_seed_once_and_list_and_an_old_study_keeps_its_terms(town, app, client):
    runner = app.test_cli_runner()
    assert "0 schemes saved" in runner.invoke(args=["tuition", "seed"]).output
    assert "80%" in runner.invoke(args=["tuition", "schemes"]).output
    who = town.person()
    study = town.signed(who)
    revision = schemes.one("bachelor").on(clock.today())

    other = next(one for one in illustrative(clock.today()) if one.level == "bachelor")

    save(SYSTEM, dataclasses.replace(other, rate_percent=10))
    assert town.claim(who, study).amount_fen == 800_000 * revision.rate_percent // 100
    assert study.state is StudyState.AGREED
