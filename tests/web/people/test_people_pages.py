from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.people.models import Employment, Person, Qualification
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.factories.rosters import run_jobs

NUMBER = make_id_number(700)


@pytest.fixture
def desk(client, city):
    """A client signed in as the personnel officer of 武侯区."""
    sign_in(client, make_officer("hr_officer", city.county_a, "周岚"))
    return client


@pytest.fixture
def person(city) -> uuid.UUID:
    return make_person("李小华", city.community_a, phone="13812345678", id_number=NUMBER)


def test_the_list_shows_masked_people_of_the_officers_units_only(desk, city, person):
    make_person("外区人", city.community_b)
    page = desk.get("/desk/people").text
    assert "李小华" in page
    assert "外区人" not in page
    assert NUMBER not in page
    assert NUMBER[:4] + "**********" + NUMBER[-4:] in page
    assert "138****5678" in page
    assert "没有找到这样的人" in desk.get("/desk/people?text=没有这个人").text


@pytest.mark.parametrize(
    "query", ["org_id=nonsense", "qualification=x&registration=y&order=z", "page=-3", "page=999999", "text=%25_'%22<b>"]
)
def test_nonsense_in_the_address_is_no_error(desk, person, query):
    assert desk.get(f"/desk/people?{query}").status_code == 200


def test_a_whole_number_is_found_by_post_and_never_stands_in_an_address(desk, person):
    found = desk.post("/desk/people/find", data={"number": NUMBER.lower()})
    assert (found.status_code, found.location) == (303, f"/desk/people/{person}")
    missing = desk.post("/desk/people/find", data={"number": make_id_number(701, dt.date(1950, 1, 1))})
    assert missing.location == "/desk/people"
    assert desk.get("/desk/people/find").status_code == 405


def test_the_page_shows_one_fact_in_clear_after_a_reason_and_only_then(desk, person):
    page = desk.get(f"/desk/people/{person}").text
    assert NUMBER not in page
    refused = desk.post(f"/desk/people/{person}/reveal/id_number", data={"reason": ""})
    assert refused.status_code == 422
    assert NUMBER not in refused.text
    shown = desk.post(f"/desk/people/{person}/reveal/id_number", data={"reason": "核对补贴发放"})
    assert shown.status_code == 200
    assert NUMBER in shown.text
    assert "13812345678" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert NUMBER not in desk.get(f"/desk/people/{person}").text
    assert desk.post(f"/desk/people/{person}/reveal/email", data={"reason": "核对补贴发放"}).status_code == 404
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.reveal")).all()) == 1


def test_who_may_not_reveal_sees_no_way_to(client, city, person):
    sign_in(client, make_officer("exam_officer", city.county_a))
    page = client.get(f"/desk/people/{person}").text
    assert "查看完整号码" not in page
    assert f"/desk/people/{person}/edit" not in page
    assert client.post(f"/desk/people/{person}/reveal/phone", data={"reason": "核对补贴发放"}).status_code == 403
    assert client.get(f"/desk/people/{person}/edit").status_code == 403


def test_another_countys_person_is_not_found_on_any_address(client, city, person):
    sign_in(client, make_officer("hr_officer", city.county_b))
    job = db.session.scalars(select(Employment.id).where(Employment.person_id == person)).one()
    base = f"/desk/people/{person}"
    for path in ("", "/edit", "/employments/new", f"/employments/{job}/end", "/qualifications/new"):
        assert client.get(base + path).status_code == 404, path
    assert client.post(f"{base}/reveal/phone", data={"reason": "核对补贴发放"}).status_code == 404


NEW = {
    "name": "王小明",
    "id_document": "resident",
    "id_number": make_id_number(702),
    "unit": "玉林东路社区",
    "started_on": "2024-03-01",
    "post": "网格员",
}


def test_a_person_is_added_and_corrected_by_form(desk, city):
    added = desk.post("/desk/people/new", data=NEW)
    assert added.status_code == 303
    page = desk.get(added.location).text
    assert "王小明" in page
    assert "玉林街道 / 玉林东路社区" in page
    edit = {"name": "王晓明", "id_document": "resident", "phone": "13900000001", "bank_account": "6222021001116245702"}
    assert desk.post(f"{added.location}/edit", data=edit).status_code == 303
    page = desk.get(added.location).text
    assert "王晓明" in page
    assert "139****0001" in page
    assert "**** **** 5702" in page


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"id_number": "510107199001010000"}, "校验码不符"),
        ({"unit": "宽巷子社区"}, "不在本次导入的范围内"),
        ({"name": ""}, "请填写姓名"),
        ({"started_on": "never"}, ""),
    ],
)
def test_a_wrong_form_says_what_and_keeps_what_was_typed(desk, city, given, message):
    answer = desk.post("/desk/people/new", data=NEW | given)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="网格员"' in answer.text
    assert db.session.scalars(select(Person).where(Person.name == "王小明")).all() == []


def test_employments_and_qualifications_are_kept_by_form(desk, city, person):
    base = f"/desk/people/{person}"
    started = desk.post(
        f"{base}/employments/new", data={"unit": "玉林街道", "started_on": "2025-01-01", "post": "督导"}
    )
    assert started.location == base
    first = db.session.scalars(
        select(Employment.id).where(Employment.person_id == person, Employment.org_id == city.community_a)
    ).one()
    wrong = desk.post(f"{base}/employments/{first}/end", data={"ended_on": "1999-01-01"})
    assert wrong.status_code == 422
    assert desk.post(f"{base}/employments/{first}/end", data={"ended_on": str(clock.today())}).location == base
    certificate = {"kind": "intermediate", "certificate_number": "2024000001", "obtained_on": "2024-06-15"}
    assert desk.post(f"{base}/qualifications/new", data=certificate).location == base
    renewed = certificate | {"registered_from": "2024-09-01", "registered_until": "2027-08-31"}
    assert desk.post(f"{base}/qualifications/intermediate", data=renewed).location == base
    [held] = db.session.scalars(select(Qualification))
    assert str(held.registered_until) == "2027-08-31"
    assert 'value="2024000001"' in desk.get(f"{base}/qualifications/intermediate").text


def test_ending_the_last_employment_leads_back_to_the_list(desk, person):
    [job] = db.session.scalars(select(Employment.id).where(Employment.person_id == person))
    ended = desk.post(f"/desk/people/{person}/employments/{job}/end", data={"ended_on": str(clock.today())})
    assert ended.location == "/desk/people"
    assert desk.get(f"/desk/people/{person}").status_code == 404


def test_an_export_is_asked_for_waited_for_and_fetched(desk, person):
    asked = desk.post("/desk/people/export?text=李小华", data={})
    assert asked.status_code == 303
    assert "/file" not in desk.get(asked.location).text
    run_jobs()
    assert f"{asked.location}/file" in desk.get(asked.location).text
    fetched = desk.get(f"{asked.location}/file")
    assert fetched.data.startswith(b"PK")
    assert "attachment" in fetched.headers["Content-Disposition"]
    refused = desk.post("/desk/people/export", data={"clear": "y", "reason": ""})
    assert refused.status_code == 422
    assert "必须写明" in refused.text


def test_anothers_export_is_not_found(desk, client, city, person):
    asked = desk.post("/desk/people/export", data={}).location
    run_jobs()
    sign_in(client, make_officer("hr_officer", city.county_a))
    assert client.get(asked).status_code == 404
    assert client.get(f"{asked}/file").status_code == 404


def test_the_pages_speak_english_without_losing_anything(desk, person):
    desk.set_cookie("lang", "en")
    for path in ("/desk/people", f"/desk/people/{person}", "/desk/people/new", "/desk/imports"):
        assert desk.get(path).status_code == 200
