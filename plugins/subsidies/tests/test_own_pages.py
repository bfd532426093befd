"""The claimant's pages: what can be claimed, the form, the claim, and that they are one's own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re

import pytest

from lms.people.models import Employment
from lms.people.service import end_employment
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, session
from lms.testing.factories.access import sign_in
from lms.testing.factories.approvals import PDF_BYTES
from lms_payouts.api import BankAccount, ClaimState
from lms_subsidies.models import Claim
from lms_subsidies.service import paying, schemes

CARD = "6217 0000 1234 5678 907"


def key_of(page):
    return re.search(r'name="key"[^>]*value="([^"]+)"', page.text)[1]


def filled(key, /, **changes):
    data = {
        "key": key, "bank_account": CARD, "bank_name": "中国银行成都玉林支行", "not_civil_servant": "y",
        "no_other_reward": "y", "proof-insurance": PDF_BYTES,
    } | changes  # fmt: skip
    files = {name: (io.BytesIO(value), "社保.pdf") for name, value in data.items() if isinstance(value, bytes)}
    return {name: value for name, value in (data | files).items() if value is not None}


@pytest.fixture
def holder(town, client):
    who = town.person("陈思雨")
    town.certify(who)
    town.work()
    sign_in(client, who.person_id)
    return who


@pytest.fixture
def address(town, holder):
    return f"/me/subsidies/{town.invitation(holder).id}"


def claims_of(who):
    session.rollback()
    return session.query(Claim).filter_by(person_id=who.person_id).all()


def test_home_names_the_award_and_its_last_day_as_the_next_step(client, address):
    page = client.get("/").text
    assert "可以申领“成都社工员持证奖励”" in page
    assert "2027 年 9 月 28 日" in page
    assert f'href="{address}"' in page


def test_the_list_shows_what_is_open_and_then_what_was_claimed(town, client, holder, address):
    page = client.get("/me/subsidies").text
    assert "500.00 元" in page
    assert "最后一天是 2027 年 9 月 28 日（周二）。" in page
    claim = town.claim(holder)
    page = client.get("/me/subsidies").text
    assert "去申领" not in page
    assert claim.case_number in page
    assert "逐级审核中" in page
    assert "这一步最晚 2026 年 10 月 10 日（周六）办完。" in page


def test_somebody_without_a_certificate_reads_how_to_come_by_one(town, client):
    sign_in(client, town.person().person_id)
    assert "现在没有可以申领的奖励" in client.get("/me/subsidies").text


def test_every_condition_stands_on_the_page_before_the_form(client, address):
    page = client.get(address).text
    for text in (
        "证书有效",
        "在申领期内",
        "没有领过这项奖励",
        "现在在本市单位任职",
        "玉林东路社区，从 2020 年 1 月 1 日",
        "申领时由您声明",
    ):
        assert text in page
    assert "陈思雨" in page
    assert "提交申领" in page


def test_the_form_is_not_offered_while_a_condition_is_not_met(town, client, holder, address):
    row = session.query(Employment).filter_by(person_id=holder.person_id).one()
    end_employment(SYSTEM, row.id, clock.today())
    with town.after(clock.today()):
        sign_in(client, holder.person_id)
        page = client.get(address).text
        assert "人员档案里没有在职单位" in page
        assert "请先请单位人事干部登记任职" in page
        assert "提交申领" not in page
        assert "看看差什么" in client.get("/me/subsidies").text


def test_a_claim_is_made_in_one_submit_and_sent_twice_is_one(client, holder, address):
    key = key_of(client.get(address))
    first = client.post(address, data=filled(key))
    assert first.status_code == 303
    [claim] = claims_of(holder)
    assert first.location == f"/me/subsidies/claims/{claim.id}"
    assert client.post(address, data=filled(key)).location == first.location
    assert len(claims_of(holder)) == 1
    page = client.get(first.location).text
    assert "申领已提交" in page
    assert f'href="/me/applications/{claim.case_id}"' in page
    assert "**** **** 8907" in page
    assert "6217" not in page


def test_what_was_typed_is_kept_and_every_fault_named_when_the_form_is_wrong(client, holder, address):
    key = key_of(client.get(address))
    wrong = filled(key, bank_account="6217000012345678908", no_other_reward=None, **{"proof-insurance": None})
    page = client.post(address, data=wrong)
    assert page.status_code == 422
    for text in ("校验码不符", "请勾选声明", 'value="6217000012345678908"', 'value="中国银行成都玉林支行"'):
        assert text in page.text
    missing = client.post(address, data=filled(key, **{"proof-insurance": None}))
    assert missing.status_code == 422
    assert "请上传社保缴费证明" in missing.text
    assert claims_of(holder) == []
    assert client.post(address, data=filled(key)).status_code == 303


def test_a_file_that_is_no_proof_is_refused_beside_its_field(client, holder, address):
    key = key_of(client.get(address))
    bad = filled(key, **{"proof-insurance": b"MZ\x90\x00"})
    page = client.post(address, data=bad)
    assert page.status_code == 422
    assert 'id="proof-insurance-error"' in page.text
    assert claims_of(holder) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bank_account": ""}, "请填写银行卡号"),
        ({"bank_account": "6" * 400}, "最多 40 个字"),
        ({"bank_account": "六二一七"}, "16 至 19 位"),
        ({"bank_name": "   "}, "请填写开户银行"),
        ({"bank_name": "行" * 81}, "最多 80 个字"),
        ({"not_civil_servant": None, "no_other_reward": None}, "请勾选声明"),
        ({"proof-insurance": b""}, "社保缴费证明"),
        ({"key": "x" * 65}, "还没有提交"),
    ],
)
def test_a_form_that_cannot_be_right_is_shown_again_with_words(client, holder, address, changes, said):
    page = client.post(address, data=filled(key_of(client.get(address)), **changes))
    assert (page.status_code, said in page.text) == (422, True)
    assert claims_of(holder) == []


def test_a_scheme_that_has_ended_offers_nothing_and_takes_no_claim(town, client, holder, address):
    key = key_of(client.get(address))
    first = schemes.illustrative(dt.date(2026, 1, 1))[0]
    schemes.save(SYSTEM, dataclasses.replace(first, valid_to=dt.date(2026, 9, 27)))  # the day before it was obtained
    assert "这项奖励已经停止申领" in client.get(address).text
    assert "500.00 元" not in client.get("/me/subsidies").text
    assert "可以申领" not in client.get("/").text
    answer = client.post(address, data=filled(key))
    assert (answer.status_code, "这项奖励已经停止申领" in answer.text) == (409, True)
    assert claims_of(holder) == []


def test_a_form_left_open_past_the_last_day_is_refused_in_words(town, client, holder, address):
    key = key_of(client.get(address))
    with town.after(dt.date(2027, 9, 28)):
        sign_in(client, holder.person_id)
        answer = client.post(address, data=filled(key))
    assert (answer.status_code, "最后一天是 2027 年 9 月 28 日" in answer.text) == (409, True)
    assert claims_of(holder) == []


def test_going_back_after_the_claim_leads_to_the_claim_and_makes_no_other(town, client, holder, address):
    key = key_of(client.get(address))
    claim = client.post(address, data=filled(key)).location
    page = client.get(address).text
    assert "提交申领" not in page
    assert f'href="{claim}"' in page
    assert client.post(address, data=filled("from another tab")).location == claim
    services().approvals.withdraw(holder, claims_of(holder)[0].case_id, "")
    assert client.post(address, data=filled(key)).location == claim  # the page that was left open claims nothing anew
    assert len(claims_of(holder)) == 1


def test_a_key_that_another_claim_was_made_with_is_refused(town, client, holder, address):
    _other, claim = town.claimed()
    answer = client.post(address, data=filled(claim.key))
    assert answer.status_code == 409
    assert claims_of(holder) == []


@pytest.mark.parametrize("place", ["x", "0" * 32, "claims/x", "claims/" + "0" * 32, "../../desk"])
def test_an_address_that_was_made_up_answers_404(client, holder, place):
    assert client.get(f"/me/subsidies/{place}").status_code == 404


def test_ones_own_pages_answer_404_to_everybody_else(town, client, holder, address):
    claim = town.send_back(town.claim(holder))
    paths = [
        address, f"/me/subsidies/claims/{claim.id}", f"/me/subsidies/claims/{claim.id}/correct",
        f"/me/subsidies/claims/{claim.id}/account",
    ]  # fmt: skip
    for stranger in (town.person().person_id, town.chain[2].person_id, town.payer().person_id):
        sign_in(client, stranger)
        for path in paths:
            assert client.get(path).status_code == 404, path
            assert client.post(path, data=filled("x")).status_code in {404, 405}, path
    assert town.now(claim.id).state is ClaimState.IN_REVIEW


def test_a_returned_claim_is_corrected_on_its_page(town, client, holder):
    claim = town.send_back(town.claim(holder))
    place = f"/me/subsidies/claims/{claim.id}"
    page = client.get(place).text
    assert "等待补正" in page
    assert f'href="{place}/correct"' in page
    assert f'href="{place}/correct"' in client.get(f"/me/applications/{claim.case_id}").text
    form = client.get(f"{place}/correct")
    data = filled(key_of(form), note="改了账户")
    assert client.post(f"{place}/correct", data=data | {"bank_account": "1"}).status_code == 422
    data = filled(key_of(form), note="改了账户")
    assert client.post(f"{place}/correct", data=data).status_code == 303
    assert town.case(claim).state == "open"
    assert town.now(claim.id).account_tail == "8907"
    assert client.get(f"{place}/correct").status_code == 409


def test_a_bounced_award_leads_to_the_form_for_another_account(funded, client):
    town = funded
    who, claim = town.passed("陈思雨")
    town.bank(town.batch(claim), bounced="账户已销户")
    sign_in(client, who.person_id)
    assert "请更正收款账户" in client.get("/").text
    place = f"/me/subsidies/claims/{claim.id}"
    page = client.get(place).text
    assert "原因：账户已销户" in page
    assert client.get(f"{place}/account").status_code == 200
    bad = client.post(f"{place}/account", data={"bank_account": "6217000012345678908", "bank_name": "成都银行"})
    assert (bad.status_code, "校验码不符" in bad.text) == (422, True)
    good = client.post(f"{place}/account", data={"bank_account": CARD, "bank_name": "成都银行"})
    assert good.status_code == 303
    assert "正在安排付款" in client.get(place).text


def test_a_paid_award_says_so_with_the_day(funded, client):
    who, claim = funded.paid("陈思雨")
    sign_in(client, who.person_id)
    page = client.get(f"/me/subsidies/claims/{claim.id}").text
    assert "2026 年 9 月 28 日（周一）到账。" in page
    assert client.get(f"/me/subsidies/claims/{claim.id}/account").status_code == 409
    with pytest.raises(Exception, match="不能改收款账户"):
        paying.correct_account(who, claim.id, BankAccount(CARD, "成都银行"))


def test_the_pages_are_english_for_who_reads_english(town, client, holder, address):
    client.set_cookie("lang", "en")
    page = client.get(address).text
    for text in (
        "Award for community social workers",
        "Certificate valid",
        "Employed in the city now",
        "Submit the claim",
    ):
        assert text in page
    claim = town.claim(holder)
    assert "Under review" in client.get(f"/me/subsidies/claims/{claim.id}").text
    assert services().approvals.case(claim.case_id).facts[0].value["en"] == "Award for community social workers"
