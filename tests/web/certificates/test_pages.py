from __future__ import annotations

import io
import re

import openpyxl
import pypdf
import pytest
from sqlalchemy import func, select, update

from lms.certificates import queries, service
from lms.certificates.models import Certificate, IssueBatch
from lms.kernel import settings_service
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import today
from lms.kernel.db import db
from lms.kernel.models import AuditEntry, Job
from lms.kernel.uow import unit_of_work
from lms.people.models import Person
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.people import make_person

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def ground(city):
    make_kind(city.city)
    return make_ground(city.city)


@pytest.fixture
def person(city, ground):
    person = make_person("陈思雨", city.community_a)
    earn(ground, [person])
    return person


@pytest.fixture
def certificate(person):
    certificate_id = service.issue(SYSTEM, "CDSGY", person)
    service.print_missing()
    return queries.one(certificate_id).certificate


@pytest.fixture
def officer(client, city):
    person = make_officer("hr_officer", city.county_a)
    sign_in(client, person)
    return person


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


# --- the public


def test_the_public_sees_the_whole_content_without_signing_in(client, certificate):
    answer = client.get(f"/verify/{certificate.token}")
    assert answer.status_code == 200
    for part in (
        "陈思雨",
        certificate.number,
        certificate.digest,
        "证书有效，长期有效",
        "不作为国家职业资格证书",
        "示例",
        "第 1 期",
        "12 小时",
    ):
        assert part in answer.text


def test_identity_numbers_stay_masked_for_the_public(client, certificate):
    page = client.get(f"/verify/{certificate.token}").text
    number = "510107"
    tail = queries.one(certificate.id).claims["holder"]["id_tail"]
    assert number not in page
    assert tail in page
    assert certificate.person_id.hex not in page.replace("-", "")


@pytest.mark.parametrize(
    "forge",
    [lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), str.lower, lambda _t: "x", lambda t: t + "x"],
)
def test_a_forged_address_gets_a_clear_answer(client, certificate, forge):
    answer = client.get(f"/verify/{forge(certificate.token)}")
    assert answer.status_code == 404
    assert "这个查验地址没有对应的证书" in answer.text
    assert "陈思雨" not in answer.text


def test_number_and_name_lead_to_the_certificate(client, certificate):
    typed = {"number": f" {certificate.number.lower()} ", "name": "陈 思雨"}
    answer = client.post("/verify", data=typed)
    assert answer.status_code == 302
    assert answer.location == f"/verify/{certificate.token}"


def test_a_wrong_number_and_a_wrong_name_get_the_same_answer(client, certificate):
    answers = []
    for number, name in ((certificate.number, "陈思宇"), ("CDSGY-2026-999999", "陈思雨"), ("???", "陈思雨")):
        answer = client.post("/verify", data={"number": number, "name": name})
        body = answer.text.replace(f'value="{number}"', "").replace(f'value="{name}"', "")
        body = re.sub(r'(csrf[-_]token"[^>]*(?:content|value)=")[^"]*', r"\1", body)  # tokens carry the second
        answers.append((answer.status_code, body))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404


def test_guessing_is_slowed_down(app, client, certificate):
    settings_service.set_value(SYSTEM, "certificates.verify_per_minute", 3, valid_from=today())
    address = {"REMOTE_ADDR": "203.0.113.77"}
    codes = [
        client.post("/verify", data={"number": "X", "name": str(number)}, environ_base=address).status_code
        for number in range(5)
    ]
    assert codes[:2] == [404, 404]
    assert codes[-1] == 429


def test_looking_changes_nothing(client, certificate):
    before = count(AuditEntry), count(Job), count(Certificate)
    for address in (
        "/verify",
        f"/verify/{certificate.token}",
        f"/verify/{certificate.token}?name=x&on=2020-01-01",
        "/verify/x",
    ):
        client.get(address)
        client.head(address)
    assert (count(AuditEntry), count(Job), count(Certificate)) == before


def test_what_differs_from_the_paper_is_marked(client, certificate):
    page = client.get(f"/verify/{certificate.token}?name=陈思宇&number={certificate.number}").text
    assert "有 1 处与签发内容不一致" in page
    assert "不一致，签发的是“陈思雨”" in page
    same = client.get(f"/verify/{certificate.token}?name=陈思雨&title=成都社工员").text
    assert "您填写的内容与签发内容一致" in same
    assert "<script>" not in client.get(f"/verify/{certificate.token}?name=<script>").text


def test_any_day_can_be_asked_about(client, certificate):
    page = client.get(f"/verify/{certificate.token}?on=2020-05-03").text
    assert "尚未生效" in page
    assert client.get(f"/verify/{certificate.token}?on=gestern").status_code == 200


def test_revoking_shows_at_once(client, certificate):
    service.revoke(SYSTEM, certificate.id, "材料不实，涉及他人隐私")
    page = client.get(f"/verify/{certificate.token}").text
    assert "已撤销" in page
    assert "证书有效" not in page
    assert "涉及他人隐私" not in page


def test_a_corrected_certificate_points_to_the_new_number(client, person, certificate):
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.id == person).values(name="陈思语"))
    new = queries.one(service.correct(SYSTEM, certificate.id, "姓名有误")).certificate
    page = client.get(f"/verify/{certificate.token}").text
    assert f"请查验新证书 {new.number}" in page
    assert new.token not in page


# --- the holder


def test_the_holder_sees_and_downloads_the_certificate(client, person, certificate):
    sign_in(client, person)
    page = client.get("/certificates").text
    assert certificate.number in page
    assert f"/certificates/{certificate.id}.pdf" in page
    answer = client.get(f"/certificates/{certificate.id}.pdf")
    assert answer.mimetype == "application/pdf"
    assert certificate.number in pypdf.PdfReader(io.BytesIO(answer.data)).metadata.title


def test_without_a_certificate_the_page_says_what_to_do(client, city):
    sign_in(client, make_person("", city.community_a))
    assert "还没有证书" in client.get("/certificates").text


def test_nobody_else_learns_that_a_certificate_exists(client, city, certificate):
    address = f"/certificates/{certificate.id}.pdf"
    assert client.get(address).status_code == 302
    for stranger in (make_person("", city.community_a), make_officer("hr_officer", city.county_b)):
        sign_in(client, stranger)
        assert client.get(address).status_code == 404
    assert client.get(f"/desk/certificates/{certificate.id}").status_code == 404


def test_an_unprinted_certificate_says_so(client, person):
    certificate_id = service.issue(SYSTEM, "CDSGY", person)
    sign_in(client, person)
    assert "PDF 正在生成" in client.get("/certificates").text
    assert client.get(f"/certificates/{certificate_id}.pdf").status_code == 404
    assert "PDF 正在生成" in client.get(f"/certificates/{certificate_id}.pdf").text


# --- the officer


def test_the_officer_issues_to_one_person(client, officer, person):
    assert "陈思雨" in client.get("/desk/certificates").text
    answer = client.post("/desk/certificates/issue", data={"kind": "CDSGY", "only": str(person)})
    assert answer.status_code == 302
    assert "CDSGY-" in client.get(answer.location).text
    again = client.post("/desk/certificates/issue", data={"kind": "CDSGY", "only": str(person)})
    assert again.location == answer.location
    assert count(Certificate) == 1


def test_the_officer_issues_to_ticked_persons_in_the_background(client, city, ground, officer):
    people = [make_person(f"人{number}", city.community_a) for number in range(3)]
    earn(ground, people)
    answer = client.post("/desk/certificates/issue", data={"kind": "CDSGY", "person": [str(one) for one in people[:2]]})
    assert answer.status_code == 302
    page = client.get(answer.location).text
    assert "人0" in page
    assert "人2" not in page
    assert "等待中" in page
    assert db.session.scalars(select(IssueBatch)).one().person_ids == [one.hex for one in people[:2]]


def test_issuing_to_all_means_the_filtered_list_of_the_officers_units(client, city, ground, officer):
    people = [
        make_person(name, unit)
        for name, unit in (("甲一", city.community_a), ("甲二", city.street_a), ("外", city.community_b))
    ]
    earn(ground, people)
    client.post("/desk/certificates/issue", data={"kind": "CDSGY", "all": "1", "q": "甲", "org": ""})
    assert set(db.session.scalars(select(IssueBatch)).one().person_ids) == {one.hex for one in people[:2]}


def test_choosing_nobody_is_explained(client, officer, ground):
    answer = client.post("/desk/certificates/issue", data={"kind": "CDSGY"})
    assert answer.status_code == 422
    assert "没有选中任何人" in answer.text


def test_another_officers_batch_is_not_found(client, city, ground, officer, person):
    batch = service.request_issue(SYSTEM, "CDSGY", [person])
    assert client.get(f"/desk/certificates/batches/{batch}").status_code == 404


def test_the_issued_list_is_exported_as_shown(client, officer, certificate):
    assert certificate.number in client.get("/desk/certificates/issued?q=思雨&status=valid").text
    answer = client.get("/desk/certificates/issued.xlsx?q=思雨")
    assert answer.mimetype == XLSX
    [row] = openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(min_row=2, values_only=True)
    assert row[:2] == (certificate.number, "陈思雨")
    empty = client.get("/desk/certificates/issued.xlsx?status=revoked")
    assert openpyxl.load_workbook(io.BytesIO(empty.data)).active.max_row == 1


def test_the_officer_revokes_with_a_reason(client, officer, certificate):
    address = f"/desk/certificates/{certificate.id}/revoke"
    assert "请写明理由" in client.post(address, data={"reason": ""}).text
    assert client.post(address, data={"reason": "材料不实"}).status_code == 302
    assert "理由：材料不实" in client.get(f"/desk/certificates/{certificate.id}").text
    assert client.post(address, data={"reason": "材料不实"}).status_code == 409


def test_the_officer_corrects_a_name(client, officer, person, certificate):
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.id == person).values(name="陈思语"))
    assert "人员档案里的姓名现在是“陈思语”" in client.get(f"/desk/certificates/{certificate.id}").text
    answer = client.post(f"/desk/certificates/{certificate.id}/correct", data={"reason": "录入有误"})
    assert answer.status_code == 302
    assert "陈思语" in client.get(answer.location).text


def test_an_auditor_looks_but_issues_nothing(client, city, person, certificate):
    sign_in(client, make_officer("auditor", city.county_a))
    assert client.get("/desk/certificates/issued").status_code == 200
    assert client.get("/desk/certificates").location == "/desk/certificates/issued"
    assert client.post("/desk/certificates/issue", data={"kind": "CDSGY", "only": str(person)}).status_code == 403
    assert client.get(f"/desk/certificates/{certificate.id}/revoke").status_code == 403


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def upload(client, content, name="名单.xlsx"):
    return client.post("/desk/certificates/roster", data={"file": (io.BytesIO(content), name)})


def test_a_roster_comes_back_with_a_verdict_on_each_line(client, city, ground, officer, certificate):
    revoked = make_person("李撤", city.community_b)
    earn(ground, [revoked])
    second = queries.one(service.issue(SYSTEM, "CDSGY", revoked)).certificate
    service.revoke(SYSTEM, second.id, "材料不实")
    content = sheet(
        ("序号", "姓名", "证书编号"),
        (1, "陈思雨", certificate.number),
        (2, "李撤", second.number.lower()),
        (3, "陈思宇", certificate.number),
        (4, "=1+1", "CDSGY-2026-777777"),
    )
    answer = upload(client, content)
    assert answer.mimetype == XLSX
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[0][-2:] == ("查验结果", "说明")
    assert [row[3] for row in rows[1:]] == ["有效", "已撤销", "不符", "不符"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (sheet(("姓名", "编号"), ("陈思雨", "1")), "名单.xlsx", "没有找到“证书编号”这一列"),
        (b"PK\x03\x04broken", "名单.xlsx", ""),
        (b"name,number", "名单.csv", ""),
        (sheet(), "名单.xlsx", ""),
    ],
)
def test_a_roster_that_cannot_be_read_is_explained(client, officer, content, name, words):
    answer = upload(client, content, name)
    assert answer.mimetype == "text/html"
    assert "error" in answer.text
    assert words in answer.text


# --- commands


def test_commands_define_issue_verify_and_revoke(app, city):
    run = app.test_cli_runner().invoke
    ground = make_ground(city.city)
    assert run(args=["certificates", "kind", "cdsgy"]).output == "CDSGY\n"
    assert "成都社工员（示例）" in run(args=["certificates", "kinds"]).output
    person = make_person("陈思雨", city.community_a)
    earn(ground, [person])
    issued = run(args=["certificates", "issue", "CDSGY", "--all"])
    assert issued.exit_code == 0, issued.output
    number = issued.output.strip()
    assert run(args=["certificates", "render"]).output == "0 printed\n"
    assert "证书有效" in run(args=["certificates", "verify", number]).output
    assert run(args=["certificates", "revoke", number, "--reason", "材料不实"]).exit_code == 0
    assert "撤销" in run(args=["certificates", "verify", number]).output
    assert run(args=["certificates", "verify"]).output == "1 certificates, 0 faults\n"
    assert run(args=["certificates", "issue", "CDSGY"]).exit_code == 2
    assert run(args=["certificates", "kind", "/nowhere.json"]).exit_code == 1
