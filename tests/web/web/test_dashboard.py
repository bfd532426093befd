from __future__ import annotations

import datetime as dt

import pytest

from lms.access.service import grant_role
from lms.exams import service as exams
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.courses import import_files, package_files
from lms.testing.factories.credits import qualify
from lms.testing.factories.exams import make_exam, sit
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


@pytest.fixture
def desk(client, city):
    """Open the dashboard as an officer with a role on a unit."""

    def open_desk(role, org_id):
        sign_in(client, make_officer(role, org_id))
        return client.get("/desk").text

    return open_desk


def end_in(person_id, months):
    today = clock.today()
    qualify(person_id, first=today - dt.timedelta(days=700), last=clock.months_later(today, months))


def publish(session_id):
    exams.close_session(SYSTEM, session_id)
    exams.grade_session(session_id)
    exams.publish(SYSTEM, session_id)


def test_hr_sees_whom_to_remind_when_a_registration_ends_soon_without_the_hours(desk, city):
    make_unit(city.county_a, name="浆洗街街道")
    end_in(make_person("陈思雨", city.community_a), 2)
    end_in(make_person("何俊杰", city.community_b), 2)  # another county's
    page = desk("hr_officer", city.county_a)
    assert "先提醒这些人" in page
    assert "登记到期分布" in page
    assert "陈思雨" in page
    assert "何俊杰" not in page


def test_coverage_shows_each_unit_below_when_there_are_several(desk, city):
    street = make_unit(city.county_a, name="浆洗街街道")
    make_person("", street)
    qualify(make_person("", city.community_a))
    page = desk("hr_officer", city.county_a)
    assert "国家职业资格覆盖" in page
    assert f"/desk/people?org_id={street}" in page


def test_empty_pictures_are_left_out_when_there_is_nothing_to_show(desk, city):
    page = desk("hr_officer", city.county_b)
    for title in ("先提醒这些人", "登记到期分布", "国家职业资格覆盖", "近期考试", "最近公布的成绩"):
        assert title not in page


def test_an_exam_officer_sees_what_sessions_wait_for_and_how_the_last_one_went(desk, city):
    done, coming = make_exam(city.city), make_exam(city.city, opens_in=2000)
    sit(done.session_id, make_person("", city.community_a))
    publish(done.session_id)
    page = desk("exam_officer", city.city)
    assert f"/desk/exams/sessions/{coming.session_id}" in page
    assert "最近公布的成绩" in page
    assert "合格率 100.0%" in page


def test_a_trainer_of_another_unit_sees_no_results_when_they_belong_elsewhere(desk, city):
    done = make_exam(city.county_b)
    sit(done.session_id, make_person("", city.community_b))
    publish(done.session_id)
    assert "最近公布的成绩" not in desk("trainer", city.county_a)


def test_an_operator_sees_how_the_system_fares(desk, city):
    page = desk("operator", city.city)
    assert "系统运行" in page
    assert "剩余磁盘空间" in page


def test_the_dashboard_costs_the_same_however_much_there_is(client, city):
    officer = make_officer("hr_officer", city.city)
    for role in ("trainer", "exam_officer", "auditor"):
        grant_role(SYSTEM, person_id=officer, role=role, org_id=city.city, reason="测试")
    sign_in(client, officer)

    def more(number):
        done = make_exam(city.city)
        sit(done.session_id, make_person("", city.community_a))
        publish(done.session_id)
        make_exam(city.city, opens_in=500)
        end_in(make_person("", city.community_b), 2)
        import_files(package_files(f"course-{number}"), city.city)

    def statements():
        with count_queries() as seen:
            client.get("/desk")
        return seen.count

    more(1)
    before = statements()
    more(2)
    more(3)
    assert statements() == before
