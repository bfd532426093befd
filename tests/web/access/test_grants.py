from __future__ import annotations

import datetime as dt
import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from lms.access import policy
from lms.access.actors import actor_for
from lms.access.models import Grant
from lms.access.service import grant_role, revoke_grant
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


@pytest.fixture
def operator(city):
    return make_officer("operator", city.county_a, "管理员")


@pytest.fixture
def person(city):
    return make_person("周培", city.street_a)


@pytest.fixture
def admin(client, operator):
    """A browser of the operator of county A."""
    sign_in(client, operator)
    return client


def give(client, person_id, **more):
    data = {
        "role": "trainer",
        "unit": "玉林街道",
        "valid_from": clock.today().isoformat(),
        "valid_to": "",
        "reason": "新任",
    }
    return client.post(f"/admin/grants/new/{person_id}", data=data | more)


def test_a_role_is_given_and_works_at_once(admin, browser, city, person):
    officer = browser()
    sign_in(officer, person)
    assert officer.get("/admin/orgs").status_code == 403
    assert give(admin, person, role="hr_officer").status_code == 303
    assert officer.get("/admin/orgs").status_code == 302
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "grant.give")).all()[-1]
    assert (entry.actor_name, entry.detail["role"], entry.detail["reason"]) == ("管理员", "hr_officer", "新任")


def test_a_role_is_revoked_and_ends_at_once(admin, browser, city, person):
    grant_id = grant_role(SYSTEM, person_id=person, role="hr_officer", org_id=city.street_a, reason="测试")
    officer = browser()
    sign_in(officer, person)
    assert officer.get("/admin/orgs").status_code == 302
    page = admin.get(f"/admin/grants/{grant_id}/revoke")
    assert "周培" in page.text
    assert admin.post(f"/admin/grants/{grant_id}/revoke", data={"reason": ""}).status_code == 422
    assert admin.post(f"/admin/grants/{grant_id}/revoke", data={"reason": "调离"}).status_code == 303
    assert officer.get("/admin/orgs").status_code == 403
    assert admin.post(f"/admin/grants/{grant_id}/revoke", data={"reason": "再来"}).status_code == 409


def test_a_role_holds_from_its_first_to_its_last_day(city, person):
    start = clock.today() + dt.timedelta(days=3)
    grant_role(SYSTEM, person_id=person, role="trainer", org_id=city.street_a, valid_from=start,
               valid_to=start + dt.timedelta(days=1), reason="短期")  # fmt: skip
    held = []
    for days in range(2, 7):
        noon = clock.start_of_day(clock.today() + dt.timedelta(days=days)) + dt.timedelta(hours=23, minutes=59)
        with clock.frozen(noon):
            held.append(policy.can(actor_for(person), "course:edit", city.community_a))
    assert held == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": ""}, "请选择角色"),
        ({"role": "emperor"}, "role"),
        ({"unit": "青羊区"}, "没有叫“青羊区”的单位"),
        ({"unit": ""}, "请填写单位名称或编码"),
        ({"valid_from": "昨天"}, "valid_from"),
        ({"valid_to": "2000-01-01"}, "不能早于开始日期"),
        ({"reason": ""}, "请写明理由"),
        ({"reason": "长" * 401}, "最多 400 个字"),
    ],
)
def test_a_grant_that_is_incomplete_or_beyond_the_unit_is_refused(admin, person, change, message):
    answer = give(admin, person, **change)
    assert answer.status_code == 422
    assert message in answer.text
    assert db.session.scalars(select(Grant).where(Grant.person_id == person)).all() == []


def test_a_name_two_units_share_is_not_guessed(admin, city, person):
    make_unit(city.street_a, name="同名社区", kind="community")
    make_unit(city.street_a, name="同名社区", kind="community")
    answer = give(admin, person, unit="同名社区")
    assert answer.status_code == 422
    assert "请改填编码" in answer.text


def test_nobody_gives_to_themselves_nor_revokes_their_own(admin, city, operator):
    assert give(admin, operator).status_code == 403
    own = db.session.scalars(select(Grant.id).where(Grant.person_id == operator)).one()
    assert admin.post(f"/admin/grants/{own}/revoke", data={"reason": "不干了"}).status_code == 403


def test_the_same_grant_twice_is_one(admin, person):
    assert give(admin, person).status_code == 303
    assert give(admin, person).status_code == 409
    assert len(db.session.scalars(select(Grant).where(Grant.person_id == person)).all()) == 1


def test_another_units_people_and_grants_do_not_exist(admin, city):
    foreign = make_person("外区人", city.street_b)
    grant_id = grant_role(SYSTEM, person_id=foreign, role="trainer", org_id=city.street_b, reason="测试")
    assert admin.get(f"/admin/grants/new/{foreign}").status_code == 404
    assert give(admin, foreign).status_code == 404
    assert admin.get(f"/admin/grants/{grant_id}/revoke").status_code == 404
    assert admin.post(f"/admin/grants/{grant_id}/revoke", data={"reason": "x"}).status_code == 404
    assert "外区人" not in admin.get("/admin/grants").text
    assert "外区人" not in admin.get("/admin/grants/new?q=外区").text
    with pytest.raises(NotFound):
        revoke_grant(actor_for(db.session.scalars(select(Grant.person_id).where(Grant.role == "operator")).one()),
                     grant_id, "越权")  # fmt: skip


def test_a_grant_of_a_neighbour_on_a_common_person_stays_hidden(admin, city, person):
    grant_role(SYSTEM, person_id=person, role="auditor", org_id=city.city, reason="市级")
    page = admin.get("/admin/grants?name=周培").text
    assert "审计员</td>" not in page


def test_the_list_is_filtered_by_name_role_unit_and_state(admin, city, person):
    ended = grant_role(SYSTEM, person_id=person, role="marker", org_id=city.street_a, reason="测试")
    revoke_grant(SYSTEM, ended, "结束")
    grant_role(SYSTEM, person_id=person, role="trainer", org_id=city.community_a, reason="测试")

    def found(query):
        book = load_workbook(io.BytesIO(admin.get(f"/admin/grants.xlsx?{query}").data))
        return {(row[0], row[1]) for row in book.active.iter_rows(min_row=2, values_only=True)}

    assert found("name=周") == {("周培", "阅卷员"), ("周培", "培训师")}
    assert found("role=trainer") == {("周培", "培训师")}
    assert found("state=revoked") == {("周培", "阅卷员")}
    assert found("unit=玉林东路社区") == {("周培", "培训师")}
    assert found("unit=青羊区") == set()
    page = admin.get("/admin/grants?role=trainer").text
    assert "周培" in page
    assert "管理员</strong>" not in page


def test_the_list_costs_the_same_however_long_it_is(admin, city):
    def cost():
        with count_queries() as seen:
            assert admin.get("/admin/grants").status_code == 200
        return seen.count

    few = cost()
    for number in range(12):
        grant_role(SYSTEM, person_id=make_person(f"甲{number}", city.street_a), role="marker", org_id=city.street_a,
                   reason="测试")  # fmt: skip
    assert cost() == few


def test_an_auditor_sees_grants_and_changes_none(client, city, person):
    grant_id = grant_role(SYSTEM, person_id=person, role="trainer", org_id=city.street_a, reason="测试")
    sign_in(client, make_officer("auditor", city.county_a))
    assert "周培" in client.get("/admin/grants").text
    assert give(client, person).status_code == 403
    assert client.post(f"/admin/grants/{grant_id}/revoke", data={"reason": "x"}).status_code == 403


def test_services_keep_the_rules_without_the_pages(city, operator, person):
    actor = actor_for(operator)
    with pytest.raises(Forbidden):
        grant_role(actor, person_id=operator, role="trainer", org_id=city.county_a, reason="自己")
    with pytest.raises(NotFound):
        grant_role(actor, person_id=person, role="trainer", org_id=city.county_b, reason="外区")
    with pytest.raises(Invalid):
        grant_role(actor, person_id=person, role="emperor", org_id=city.county_a, reason="没有")
    grant_role(actor, person_id=person, role="trainer", org_id=city.county_a, reason="可以")
    with pytest.raises(Conflict):
        grant_role(actor, person_id=person, role="trainer", org_id=city.county_a, reason="重复")


def test_an_officer_whose_rights_wait_for_the_second_factor_has_none_in_services(city, operator, person):
    waiting = actor_for(operator)
    object.__setattr__(waiting, "permissions", frozenset())
    with pytest.raises(Forbidden):
        grant_role(waiting, person_id=person, role="trainer", org_id=city.county_a, reason="无二次验证")
    assert db.session.scalars(policy.visible_orgs(waiting, "grant:edit")).all() == []
