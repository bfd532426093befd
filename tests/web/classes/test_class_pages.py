"""The pages of classes: what each shows, keeps and refuses."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest

from lms.access.models import Grant
from lms.classes.models import ClassGroup, GroupState
from lms.classes.queries import timetable
from lms.classes.service import settings
from lms.classes.service import timetable as planning
from lms.classes.service.common import trainers_of
from lms.kernel import clock
from lms.kernel.db import db
from lms.learning.models import Course
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.classes import HOUR, School, list_workbook, own_id
from lms.testing.factories.courses import make_course

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def school(city):
    with clock.frozen(FRIDAY):
        yield School(city)


@pytest.fixture
def desk(client, school):
    sign_in(client, own_id(school.officer))
    return client


def group_form(school, **changes):
    values = {
        "org": school.city.county_a.hex, "category": "senior", "title": "高级管理人才班", "title_en": "Senior class",
        "about": "每年一期。", "course": "", "places": "30", "audience": "listed", "waitlist": "y",
        "enrol_from": "2026-11-27T08:00", "enrol_until": "2026-12-05T18:00", "starts_on": "2026-12-07",
        "ends_on": "2026-12-31",
    }  # fmt: skip
    return values | changes


def test_an_officer_makes_opens_and_plans_a_class(desk, school):
    refused = desk.post("/desk/classes/new", data=group_form(school, ends_on="2026-12-01"))
    assert refused.status_code == 422
    assert "高级管理人才班" in refused.text
    refused = desk.post("/desk/classes/new", data=group_form(school, **{f"quota-{school.city.county_b.hex}": "31"}))
    assert "不能超过总名额" in refused.text
    made = desk.post("/desk/classes/new", data=group_form(school, **{f"quota-{school.city.county_b.hex}": "10"}))
    page = made.location
    assert "青羊区" in desk.get(page).text
    meeting = {
        "title": "项目管理",
        "day": "2026-12-12",
        "starts": "09:00",
        "ends": "12:00",
        "room": "",
        "place": "党校",
    }
    clash = desk.post(f"{page}/meetings/new", data=meeting)
    assert clash.status_code == 409
    assert "休息日" in clash.text
    assert desk.post(f"{page}/meetings/new", data=meeting | {"accepting": "y"}).status_code == 303
    assert "党校" in desk.get(f"{page}/timetable").text
    assert desk.post(f"{page}/open").status_code == 303
    assert db.session.query(ClassGroup).one().state is GroupState.OPEN
    assert "高级管理人才班" in desk.get("/desk/classes?q=高级").text
    assert "没有符合条件的班级" in desk.get("/desk/classes?state=closed").text
    assert desk.get("/desk/classes.xlsx").status_code == 200
    edited = desk.post(f"{page}/edit", data=group_form(school, places="40"))
    assert edited.status_code == 303


def typed_meeting(page):
    """What a browser would send of the form on a page."""
    found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    room = re.search(r'<option selected value="([0-9a-f]{32})"', page)
    trainers = re.findall(r'<input checked[^>]*name="trainers"[^>]*value="([^"]+)"', page)
    return found | {"room": room.group(1) if room else "", "trainers": trainers}


def test_an_old_page_stays_old_when_it_is_shown_again_with_a_clash(desk, school):
    group_id = school.group()
    meeting_id = school.plan(group_id)
    page = f"/desk/classes/meetings/{meeting_id}/edit"
    form = typed_meeting(desk.get(page).text) | {"day": "2026-11-28"}  # a Saturday, to be accepted
    school_now = planning.NewMeeting("督导入门", clock.now() + HOUR, clock.now() + 2 * HOUR, None, "党校", ())
    planning.move_meeting(school.officer, meeting_id, school_now, seen=1)
    clash = desk.post(page, data=form)
    assert clash.status_code == 409
    again = typed_meeting(clash.text) | {"accepting": "y"}
    assert again["seen"] == "1"
    for sent in (again, again | {"seen": "²"}, {key: value for key, value in again.items() if key != "seen"}):
        assert desk.post(page, data=sent).status_code == 409
    assert timetable.meeting(meeting_id).title == "督导入门"


def test_a_form_keeps_what_is_not_offered_any_more(desk, school):
    course = make_course(school.city.county_b)
    course_id = db.session.query(Course.id).filter_by(slug=course).scalar()
    group_id, room = school.group(course_id=course_id), school.room()
    meeting_id = school.plan(group_id, room_id=room, place="")
    settings.save_room(school.officer, room, org_id=school.city.county_a, name="一号教室", address="", places=40,
                       active=False)  # fmt: skip
    db.session.query(Grant).filter_by(person_id=own_id(school.trainer)).update({"valid_to": dt.date(2026, 11, 1)})
    page = f"/desk/classes/meetings/{meeting_id}/edit"
    form = typed_meeting(desk.get(page).text) | {"title": "改了内容"}
    assert desk.post(page, data=form).status_code == 303
    kept = school.meeting(meeting_id)
    assert (kept.title, kept.room_id, trainers_of(meeting_id)) == ("改了内容", room, [own_id(school.trainer)])
    new = {key: value for key, value in form.items() if key != "seen"} | {"day": "2026-11-30"}
    assert desk.post(f"/desk/classes/{group_id}/meetings/new", data=new).status_code == 422  # for a new one, no more
    page = f"/desk/classes/{group_id}/edit"
    assert f'selected value="{course_id.hex}"' in desk.get(page).text
    changed = group_form(school, category="rotation", starts_on="2026-11-27", course=course_id.hex)
    assert desk.post(page, data=changed).status_code == 303
    assert school.now(group_id).course_id == course_id


def test_a_worker_signs_up_waits_and_leaves_on_a_phone(client, school):
    group_id, worker = school.group(places=1), school.worker()
    school.seat(group_id, school.worker())
    sign_in(client, own_id(worker))
    assert "正在报名" not in client.get(f"/classes/{group_id}").text
    answer = client.post(f"/classes/{group_id}/sign-up", follow_redirects=True)
    assert "排第 1 位" in answer.text
    assert "候补" in client.get("/classes").text
    assert "我的班级" in client.get("/").text
    client.post(f"/classes/{group_id}/leave")
    assert "您在候补" not in client.get(f"/classes/{group_id}").text
    assert client.get(f"/classes/{school.group(opened=False)}").status_code == 404


def test_who_looks_at_a_class_sees_what_of_it_is_in_the_way(client, school):
    mine, other, worker = school.group(), school.group(), school.worker()
    school.seat(mine, worker)
    school.plan(mine)
    school.plan(other, trainers=(), title="老年人服务")
    sign_in(client, own_id(worker))
    assert "“老年人服务”，同时有" in client.get(f"/classes/{other}").text
    assert "时间冲突" not in client.get(f"/classes/{mine}").text


def test_a_list_is_checked_shown_and_taken_over(desk, school):
    group_id = school.group()
    send = {"file": (io.BytesIO(list_workbook(("无此人", "510107199001010011")).content), "名单.xlsx")}
    page = desk.post(f"/desk/classes/{group_id}/list", data=send).location
    shown = desk.get(page)
    assert "您所管的单位里没有这个人" in shown.text
    assert desk.get(f"{page}.xlsx").status_code == 200
    assert desk.post(page).status_code == 422
    assert desk.get("/desk/classes/list-template.xlsx").status_code == 200
    assert "没有选择文件" in desk.post(f"/desk/classes/{group_id}/list", data={}).text


def test_members_are_listed_and_taken_out_with_a_reason(desk, school):
    group_id = school.group()
    school.seat(group_id, school.worker("苏雨桐"))
    page = desk.get(f"/desk/classes/{group_id}/members")
    assert "苏雨桐" in page.text
    path = re.search(r'action="(/desk/classes/[^"]+/remove)"', page.text).group(1)
    assert desk.post(path, data={"reason": ""}).status_code == 422
    assert desk.post(path, data={"reason": "调离"}).status_code == 303
    assert "已移出" in desk.get(f"/desk/classes/{group_id}/members?state=removed").text
    assert desk.get(f"/desk/classes/{group_id}/members.xlsx").status_code == 200


def test_rooms_and_rules_are_data(desk, client, school):
    room = {"org": school.city.county_a.hex, "name": "大会议室", "address": "", "places": "80", "active": "y"}
    assert desk.post("/desk/classes/rooms/new", data=room).status_code == 303
    assert "同名的教室" in desk.post("/desk/classes/rooms/new", data=room).text
    path = re.search(r'href="(/desk/classes/rooms/0[^"]+)"', desk.get("/desk/classes/rooms").text).group(1)
    assert desk.post(path, data=room | {"places": "90"}).status_code == 303
    assert "市级干部统一设置" in desk.get("/desk/classes/categories/rotation").text
    numbers = dict.fromkeys(("late_minutes", "missing_assignments", "warn_days", "repeat_months"), "2")
    rule = numbers | {"credit_mode": "none", "credit_category": "public", "warn_percent": "30", "absent_percent": "20"}
    rule |= {
        "pass_points": "60",
        "capstone_gap": "8",
        "valid_from": "2027-01-01",
        "note": "成社工 2 号",
        "step": "rule",
    }
    assert desk.post("/desk/classes/categories/rotation", data=rule).status_code == 404
    sign_in(client, make_officer("hr_officer", school.city.city))
    assert "应先提醒" in client.post("/desk/classes/categories/rotation", data=rule).text
    rule["warn_percent"] = "10"
    assert client.post("/desk/classes/categories/rotation", data=rule).status_code == 303
    assert "未到期" in client.get("/desk/classes/categories/rotation").text
    new = rule | {"code": "talk", "title": "专题讲座", "title_en": "Talks"}
    assert client.post("/desk/classes/categories/new", data=new).status_code == 303
    name = {"step": "name", "title": "讲座", "title_en": "Talks"}
    assert client.post("/desk/classes/categories/talk", data=name).status_code == 303
    assert "已停用" in client.get("/desk/classes/categories").text
