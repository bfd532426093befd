"""The pages, as officers meet them."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from lms.plugin_api.views import Column, SheetPlan, write_workbook
from lms.plugin_api.work import session
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs
from lms.testing.queries import count_queries
from lms.testing.records import recorded
from lms_payouts import api
from lms_payouts.models import Budget
from lms_payouts.queries import batches as queries
from lms_payouts.rules import BatchState, PaymentState

ROOT = "/desk/payouts"


def sheet_of(answer):
    assert answer.status_code == 200
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)]


def key_of(page):
    return re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page)[1]


@pytest.fixture
def payer(client, till):
    """Signed in as 罗敏, who pays for county A."""
    person = make_officer("payouts.payer", till.city.county_a, "罗敏")
    sign_in(client, person)
    return person


@pytest.fixture
def paid(till):
    """Three payments: one paid, one bounced, one waiting."""
    till.fund(20_000)
    ids = [till.ask(1_500, "陈思雨"), till.ask(3_000, "王建国"), till.ask(800, "李明")]
    batch_id = till.sent(ids[:2])
    till.settle(batch_id, {2: "账号不存在"})
    return ids, batch_id


def test_the_overview_is_a_picture_of_the_year(client, till, payer, paid):
    till.gather([paid[0][2]])
    page = client.get(f"{ROOT}?year=2026").text
    assert "20,000.00" in page
    assert "已支付 1,500.00 元，已占用 3,800.00 元，可用 14,700.00 元" in page
    assert "有 1 个付款批次等您签批。" in page
    assert "证书奖励" not in page.split("待拨付")[-1]


def test_the_overview_says_what_to_do_when_there_is_nothing(client, till, payer):
    page = client.get(ROOT).text
    assert "这一年还没有预算" in page
    assert "还没有批次" in page


def test_a_budget_is_set_up_adjusted_and_its_ledger_read(client, till):
    till.name_scheme()
    sign_in(client, make_officer("payouts.budgeter", till.city.county_a, "许文"))
    form = client.get(f"{ROOT}/budgets/new").text
    filled = {
        "key": key_of(form), "org_id": till.city.county_a.hex, "year": "2026", "scheme": "subsidies.test",
        "amount": "120,000.50", "reason": "成武财〔2026〕12 号",
    }  # fmt: skip
    made = client.post(f"{ROOT}/budgets/new", data=filled)
    assert made.status_code == 303
    assert client.post(f"{ROOT}/budgets/new", data=filled).location == made.location  # the same form again
    ledger = client.get(made.location).text
    assert "120,000.50" in ledger
    assert "成武财〔2026〕12 号" in ledger
    assert "许文" in ledger
    adjust = f"{made.location}/adjust"
    lower = {"key": key_of(client.get(adjust).text), "direction": "lower", "amount": "20000.50", "reason": "收回"}
    assert client.post(adjust, data=lower).status_code == 303
    assert "-20,000.50" in client.get(made.location).text
    refused = client.post(adjust, data=lower | {"key": "x", "amount": "100000.01"})
    assert refused.status_code == 422
    assert "超过可用金额" in refused.text
    assert "100000.01" in refused.text, "what was typed is kept"
    rows = sheet_of(client.get(f"{made.location}/ledger.xlsx"))
    assert [row[5] for row in rows[1:]] == [120_000.5, -20_000.5]
    assert [row[8] for row in rows[1:]] == [120_000.5, 100_000]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "1.234"}, "最多两位小数"), ({"amount": ""}, "请填写金额"), ({"amount": "0"}, "大于 0"),
        ({"reason": ""}, "请写明理由"), ({"year": "1999"}, "应在 2000 到 2100 之间"), ({"org_id": "x"}, ""),
    ],
)  # fmt: skip
def test_a_budget_form_with_a_mistake_comes_back_with_what_was_typed(client, till, changes, said):
    sign_in(client, make_officer("payouts.budgeter", till.city.county_a))
    good = {
        "key": "k",
        "org_id": till.city.county_a.hex,
        "year": "2026",
        "scheme": "",
        "amount": "10",
        "reason": "批复",
    }
    answer = client.post(f"{ROOT}/budgets/new", data=good | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert session.query(Budget).count() == 0


def test_the_budget_of_another_unit_cannot_be_set_up_by_changing_the_form(client, till):
    sign_in(client, make_officer("payouts.budgeter", till.city.county_a))
    forged = {"key": "k", "org_id": till.city.county_b.hex, "year": "2026", "scheme": "", "amount": "10", "reason": "x"}
    assert client.post(f"{ROOT}/budgets/new", data=forged).status_code == 422


def test_payments_are_found_and_exported(client, till, payer, paid):
    page = client.get(f"{ROOT}/payments?state=bounced").text
    assert "王建国" in page
    assert "账号不存在" in page
    assert "陈思雨" not in page
    rows = sheet_of(client.get(f"{ROOT}/payments.xlsx?q=王"))
    assert [row[0] for row in rows[1:]] == ["王建国"]
    assert rows[1][5:8] == [3000, "银行退回", rows[1][7]]
    assert rows[1][7].startswith("**** ****")
    assert "没有符合条件的付款" in client.get(f"{ROOT}/payments?q=无此人").text


def test_nonsense_in_the_address_narrows_nothing(client, till, payer, paid):
    for address in (
        "/payments?state=%27&order=x&org=zzz&year=q&page=-3",
        "/budgets?year=x&org=y",
        "/batches?state=x&org=1",
        "/payments?year=99999999999",
        "/budgets?year=9999999999999999999999",
        "/batches/new?year=99999999999",
        "?year=99999999999",
    ):
        answer = client.get(f"{ROOT}{address}")
        assert answer.status_code == 200
    assert "陈思雨" in client.get(f"{ROOT}/payments?state=%27&order=x&org=zzz&page=-3").text


def test_a_payment_shows_its_way_and_never_its_whole_account(client, till, payer, paid):
    page = client.get(f"{ROOT}/payments/{paid[0][1]}").text
    assert "账号不存在" in page
    assert queries.one(paid[1]).number in page
    assert not re.search(r"62170\d{10,}", page)


def test_a_payment_is_cancelled_with_a_reason(client, till, payer, paid):
    waiting = paid[0][2]
    batch_id = till.gather([waiting])
    address = f"{ROOT}/payments/{waiting}/cancel"
    assert "整个批次会退回" in client.get(address).text
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert client.post(address, data={"reason": "重复申请"}).status_code == 303
    assert till.state(waiting) is PaymentState.CANCELLED
    assert queries.one(batch_id).state is BatchState.RETURNED
    assert "重复申请" in client.get(f"{ROOT}/payments/{waiting}").text


def test_a_batch_is_gathered_from_ticked_payments_or_from_all_found(client, till, payer):
    till.fund(20_000)
    ids = [till.ask(100, name) for name in ("陈一", "陈二", "李三")]
    page = client.get(f"{ROOT}/batches/new?q=陈").text
    assert "把筛选出的 2 笔全部归成批次，共 200.00 元" in page
    assert "李三" not in page
    ticked = {"key": key_of(page), "org": str(till.city.county_a), "payment": [str(ids[0])]}
    made = client.post(f"{ROOT}/batches/new", data=ticked)
    assert made.status_code == 303
    assert client.post(f"{ROOT}/batches/new", data=ticked).location == made.location
    everything = {"key": "b", "org": str(till.city.county_a), "q": "陈", "all": "1"}
    page = client.get(client.post(f"{ROOT}/batches/new", data=everything).location).text
    assert "陈二" in page
    assert "100.00" in page
    assert till.state(ids[2]) is PaymentState.WAITING
    nothing = client.post(f"{ROOT}/batches/new", data={"key": "c", "org": str(till.city.county_a)})
    assert nothing.status_code == 422
    assert "没有选中任何付款" in nothing.text
    assert "建付款批次" in nothing.text, "the list is still there"
    late = client.post(f"{ROOT}/batches/new", data=ticked | {"key": "d", "payment": [str(ids[0]), str(ids[2])]})
    assert late.status_code == 409
    assert "有 1 笔付款已不在等待" in late.text
    assert f'value="{ids[2]}" data-fen="10000" checked' in late.text, "what was ticked and still waits stays ticked"


def test_two_officers_sign_and_the_file_goes_to_the_bank(client, till, payer):
    till.fund(20_000)
    batch_id = till.gather([till.ask(1_500, "陈思雨"), till.ask(3_000, "王建国")])
    address = f"{ROOT}/batches/{batch_id}"
    page = client.get(address).text
    assert "签批 2 笔，共 4,500.00 元" in page
    signing = {"digest": queries.one(batch_id).digest}
    assert client.post(f"{address}/sign", data=signing).status_code == 303
    assert client.post(f"{address}/sign", data=signing).status_code == 303  # a double click
    page = client.get(address).text
    assert "罗敏" in page
    assert "您已签批，还要另一个人签批。" in page
    assert client.post(f"{address}/file").status_code == 409
    sign_in(client, make_officer("payouts.payer", till.city.county_a, "周岚"))
    assert client.post(f"{address}/sign", data=signing).status_code == 303
    first, second = client.post(f"{address}/file"), client.post(f"{address}/file")
    assert first.data == second.data
    assert "filename*=UTF-8''" in first.headers["Content-Disposition"]
    assert sheet_of(first)[1][1:3] == ["陈思雨", sheet_of(first)[1][2]]
    assert len(recorded("payouts.file.download")) == 2
    assert queries.one(batch_id).state is BatchState.SENT
    assert "下载回盘模板" in client.get(address).text
    assert sheet_of(client.post(f"{address}/template"))[0][-2:] == ["结果", "原因"]


def test_who_signs_too_late_or_something_else_sees_why_and_the_batch_as_it_is(client, till, payer):
    till.fund(20_000)
    batch_id = till.gather([till.ask(100, "陈思雨")])
    other = client.post(f"{ROOT}/batches/{batch_id}/sign", data={"digest": "0" * 64})
    assert other.status_code == 409
    assert "与您看到的不一样" in other.text
    assert "陈思雨" in other.text
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    late = client.post(f"{ROOT}/batches/{batch_id}/sign", data={"digest": queries.one(batch_id).digest})
    assert late.status_code == 409
    assert "这个批次刚由别人签完" in late.text
    assert "下载付款清单" in late.text


def test_the_file_of_another_batch_is_not_to_be_corrected(client, till, payer):
    till.fund(20_000)
    one, other = till.sent([till.ask(100)]), till.sent([till.ask(200)])
    page = client.get(upload(client, one, till.answer(other)).location).text
    assert "请找到本批次的回盘文件" in page
    assert "下载标注文件" not in page


def test_nothing_is_to_be_corrected_once_the_batch_is_settled(client, till, payer, paid):
    page = client.get(upload(client, paid[1], till.answer(paid[1], {1: "退票", 2: "退票"})).location).text
    assert "这一笔已登记为到账，不能改" in page
    assert "重新上传" not in page
    assert "下载标注文件" not in page


def test_a_batch_is_marked_as_sent_without_a_download(client, till, payer):
    till.fund(20_000)
    batch_id = till.gather([till.ask(100)])
    for _officer in range(2):
        till.sign(till.payer(), batch_id)
    assert client.post(f"{ROOT}/batches/{batch_id}/sent").status_code == 303
    assert queries.one(batch_id).state is BatchState.SENT


def test_a_batch_is_sent_back_with_a_reason(client, till, payer):
    till.fund(20_000)
    batch_id = till.gather([till.ask(100)])
    address = f"{ROOT}/batches/{batch_id}"
    refused = client.post(f"{address}/return", data={"reason": " "})
    assert refused.status_code == 422
    assert "请写明退回的理由" in refused.text
    assert client.post(f"{address}/return", data={"reason": "开户行不全"}).status_code == 303
    assert "开户行不全" in client.get(address).text


def test_who_is_paid_by_a_batch_is_told_why_there_is_no_button(client, till, payer):
    till.fund(20_000)
    batch_id = till.gather([till.ask(100, "罗敏", beneficiary_id=payer)])
    page = client.get(f"{ROOT}/batches/{batch_id}").text
    assert "付给您本人或由您申请的款" in page
    assert f"{batch_id}/sign" not in page
    assert client.post(f"{ROOT}/batches/{batch_id}/sign", data={"digest": "x"}).status_code == 403


def upload(client, batch_id, content, name="回盘.xlsx"):
    boundary, body = encode_multipart(
        {"file": FileStorage(io.BytesIO(content), name)}
    )  # the client itself would use open files
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(f"{ROOT}/batches/{batch_id}/results", data=body, content_type=kind)


def test_results_are_uploaded_checked_and_applied(app, client, till, payer):
    till.fund(20_000)
    ids = [till.ask(1_500, "陈思雨"), till.ask(3_000, "王建国")]
    batch_id = till.sent(ids)

    def spoil(sheet):
        sheet["G3"] = None

    faulty = upload(client, batch_id, till.answer(batch_id, change=spoil))
    page = client.get(faulty.location).text
    assert "没有填写结果" in page
    assert "全部写入" not in page
    marked = sheet_of(client.post(f"{faulty.location}/marked"))
    assert marked[0][-1] == "问题"
    good = upload(client, batch_id, till.answer(batch_id, {2: "账号不存在"}))
    page = client.get(good.location).text
    assert "全部写入（2 笔）" in page
    assert "3,000.00 元" in page
    assert client.post(f"{good.location}/apply").status_code == 303
    assert "再试一次" in client.get(good.location).text
    assert client.post(f"{good.location}/again").status_code == 303
    run_jobs(app)
    assert "写入完成" in client.get(good.location).text
    assert [till.state(payment) for payment in ids] == [PaymentState.PAID, PaymentState.BOUNCED]
    page = client.get(f"{ROOT}/batches/{batch_id}").text
    assert "账号不存在" in page
    assert upload(client, batch_id, till.answer(batch_id, {2: "账号不存在"})).status_code == 303


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "", "请选择文件"),
        (b"hello", "回盘.xlsx", "请上传 Excel (.xlsx) 文件"),
        (b"PK\x03\x04broken", "回盘.xlsx", "请上传 Excel (.xlsx) 文件"),
        (b"%PDF-1.4", "回盘.pdf", "请上传 Excel (.xlsx) 文件"),
        (write_workbook([SheetPlan("名单", [Column("姓名")], [["陈思雨"]])]), "名单.xlsx", "没有找到这些列"),
    ],
)
def test_a_bad_file_is_refused_in_words_beside_the_field(client, till, payer, content, name, said):
    till.fund(20_000)
    batch_id = till.sent([till.ask(100)])
    answer = upload(client, batch_id, content, name)
    assert answer.status_code == 422
    assert said in answer.text


def bomb():
    """A workbook with one part of 64 MB of nothing, packed into a few kilobytes."""
    target = io.BytesIO(write_workbook([SheetPlan("付款清单", [Column("序号")])]))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", bytes(64 << 20))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said"), [(bomb, "它展开后异常大"), (lambda: b"PK" + bytes(5 << 20), "文件超过 5 MB")]
)
def test_a_hostile_file_is_refused_before_it_is_read(client, till, payer, content, said):
    till.fund(20_000)
    batch_id = till.sent([till.ask(100)])
    answer = upload(client, batch_id, content())
    assert answer.status_code == 422
    assert said in answer.text
    assert queries.results(batch_id) == []


def test_batches_are_found_and_exported(client, till, payer, paid):
    number = queries.one(paid[1]).number
    assert number in client.get(f"{ROOT}/batches?state=settled").text
    assert number not in client.get(f"{ROOT}/batches?state=draft").text
    rows = sheet_of(client.get(f"{ROOT}/batches.xlsx?q={number}"))
    assert rows[1][:5] == [number, "武侯区", "已办结", 2, 4500]
    assert sheet_of(client.get(f"{ROOT}/budgets.xlsx"))[1][3:7] == [20000, 1500, 3800, 14700]


def addresses(till, paid):
    """One address for each page about one thing."""
    ids, batch_id = paid
    budget_id = session.query(Budget.id).scalar()
    result_id = queries.results(batch_id)[0].id
    return {
        "read": [
            f"budgets/{budget_id}", f"budgets/{budget_id}/ledger.xlsx", f"payments/{ids[0]}", f"batches/{batch_id}",
            f"results/{result_id}",
        ],
        "act": [
            f"payments/{ids[2]}/cancel", f"batches/{batch_id}/sign", f"batches/{batch_id}/return", f"batches/{batch_id}/file",
            f"batches/{batch_id}/template", f"batches/{batch_id}/sent", f"batches/{batch_id}/results",
            f"results/{result_id}/apply", f"results/{result_id}/again", f"results/{result_id}/marked",
        ],
        "fund": [f"budgets/{budget_id}/adjust"],
    }  # fmt: skip


def test_things_of_another_unit_are_not_found(client, till, paid):
    pages = addresses(till, paid)
    sign_in(client, make_officer("payouts.payer", till.city.county_b))
    assert {client.get(f"{ROOT}/{page}").status_code for page in pages["read"]} == {404}
    assert {client.post(f"{ROOT}/{page}", data={"reason": "x"}).status_code for page in pages["act"]} == {404}
    sign_in(client, make_officer("payouts.budgeter", till.city.county_b))
    assert client.post(f"{ROOT}/{pages['fund'][0]}", data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("payouts.payer", {"read", "act"}), ("payouts.budgeter", {"read", "fund"}), ("auditor", {"read"}),
        ("hr_officer", {"read"}), ("trainer", set()), ("exam_officer", set()), ("operator", set()),
    ],
)  # fmt: skip
def test_each_role_reads_and_does_what_is_its_own(client, till, paid, role, may):
    pages = addresses(till, paid)
    sign_in(client, make_officer(role, till.city.county_a))
    for kind, some in pages.items():
        for page in some:
            answer = client.open(f"{ROOT}/{page}", method="GET" if kind == "read" else "POST")
            assert (answer.status_code == 403) is (kind not in may), f"{page}: {answer.status_code}"
            assert answer.status_code != 500


def test_an_auditor_sees_everything_and_no_button(client, till, paid):
    batch_id = till.gather([paid[0][2]])
    sign_in(client, make_officer("auditor", till.city.city))
    assert "全部预算" in client.get(ROOT).text
    page = client.get(f"{ROOT}/batches/{batch_id}").text
    assert "李明" in page
    assert "签批表示" not in page
    assert "退回这个批次" not in page
    assert "取消付款" not in client.get(f"{ROOT}/payments/{paid[0][2]}").text


def test_lists_cost_the_same_however_long_they_are(client, till, payer):
    till.fund(90_000)

    def statements(page):
        with count_queries() as seen:
            assert client.get(f"{ROOT}{page}").status_code == 200
        return seen.count

    pages = ("", "/payments", "/batches", "/batches/new", "/budgets")
    till.gather([till.ask(1)])
    till.ask(1)
    before = [statements(page) for page in pages]
    for year in range(2030, 2034):
        till.fund(10, year=year)
        till.gather([till.ask(1), till.ask(1)])
        till.ask(1)
    assert [statements(page) for page in pages] == before


def test_the_dashboard_and_a_persons_page_show_what_concerns_the_officer(client, till, paid):
    till.gather([paid[0][2]])
    till.ask(700)
    sign_in(client, make_officer("payouts.payer", till.city.county_a))
    desk = client.get("/desk").text
    assert "共 700.00 元" in desk
    assert "待签批的付款批次" in desk
    person = api.payment(paid[0][0]).beneficiary_id
    sign_in(client, make_officer("hr_officer", till.city.county_a))
    page = client.get(f"/desk/people/{person}").text
    assert "领到的款" in page
    assert "1,500.00 元" in page
    nobody = make_person("无款", till.city.community_a)
    assert "领到的款" not in client.get(f"/desk/people/{nobody}").text


def test_the_pages_are_in_english_for_who_reads_english(client, till, payer, paid):
    client.post("/preferences", data={"locale": "en"})
    page = client.get(ROOT).text
    assert "Where the payments are" in page
    assert "CNY 1,500.00" in page
    assert "Certificate award" in client.get(f"{ROOT}/payments").text
