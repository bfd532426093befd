"""The pages of attendance: the screen, the phone, the trainer's list."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from lms.classes import codes
from lms.kernel import clock
from lms.testing.factories.access import sign_in
from lms.testing.factories.classes import HOUR, School, own_id

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def lesson(city):
    """A class under way since ten minutes: (school, meeting, worker)."""
    with clock.frozen(FRIDAY):
        school = School(city)
        group_id, worker = school.group(), school.worker("陈思雨")
        school.seat(group_id, worker)
        meeting_id = school.plan(group_id)
        school.start(group_id)
    with clock.frozen(FRIDAY + HOUR + dt.timedelta(minutes=5)):
        yield school, meeting_id, worker


def test_the_code_on_the_screen_checks_a_phone_in(client, lesson):
    school, meeting_id, worker = lesson
    sign_in(client, own_id(school.trainer))
    screen = client.get(f"/desk/classes/meetings/{meeting_id}/screen")
    assert "<svg" in screen.text
    assert "style=" not in screen.text
    assert "已签到 0 人" in client.get(f"/desk/classes/meetings/{meeting_id}/screen/code").text
    shown = codes.current(meeting_id, clock.now())
    assert f"{shown.digits[:3]}" in screen.text
    page = f"/classes/meetings/{meeting_id}/check-in"
    sign_in(client, own_id(worker))
    assert "去签到" in client.get("/").text
    assert "已经过期" in client.get(f"{page}?c=0000").text
    assert "现在签到" in client.get(f"{page}?c={shown.token}").text
    wrong = client.post(page, data={"code": "12 34 56"})
    assert wrong.status_code == 409
    assert "签到码每 30 秒换一次" in wrong.text
    assert client.post(page, data={"code": f"{shown.digits[:3]} {shown.digits[3:]}"}).status_code == 303
    assert "您已签到" in client.get(page).text
    sign_in(client, own_id(school.worker()))
    assert client.get(page).status_code == 404


def test_the_trainer_sees_attests_closes_and_exports(client, lesson):
    school, meeting_id, worker = lesson
    page = f"/desk/classes/meetings/{meeting_id}"
    sign_in(client, own_id(school.trainer))
    shown = client.get(page).text
    assert "未到" in shown
    key = re.search(r'name="key"[^>]*value="(\w+)"', shown).group(1)
    form = {"key": key, "says": "present", "at": "10:00", "reason": "手机没电"}
    assert "请先勾选学员" in client.post(f"{page}/attest", data=form).text
    assert client.post(f"{page}/attest", data=form | {"people": own_id(worker).hex, "reason": ""}).status_code == 422
    assert client.post(f"{page}/attest", data=form | {"people": own_id(worker).hex}).status_code == 303
    assert "教师登记" in client.get(page).text
    assert "现在在场" in client.get(f"{page}/numbers").text
    assert client.post(f"{page}/close").status_code == 303
    assert "考勤已结束" in client.get(page).text
    assert client.get(f"{page}.xlsx").status_code == 200
    assert client.get(f"{page}/screen").status_code == 409
    sign_in(client, own_id(worker))
    assert "轮训" in client.get("/hours").text
