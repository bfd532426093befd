"""The pages of assignments and graduation."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest

from lms.kernel import clock
from lms.testing.factories.access import sign_in
from lms.testing.factories.approvals import PDF_BYTES
from lms.testing.factories.classes import HOUR, School, own_id

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def running(city):
    with clock.frozen(FRIDAY):
        school = School(city)
        group_id, worker = school.group(category="senior"), school.worker("陈思雨")
        school.seat(group_id, worker)
        meeting_id = school.plan(group_id)
        school.start(group_id)
        yield school, group_id, meeting_id, worker


def test_work_goes_from_the_desk_to_the_phone_and_back_with_a_mark(client, running):
    school, group_id, _meeting, worker = running
    page = f"/desk/classes/{group_id}/assignments"
    sign_in(client, own_id(school.trainer))
    task = {"title": "结业论文", "brief": "三千字。", "due": "2026-12-20T18:00", "capstone": "y"}
    assert "应晚于现在" in client.post(page, data=task | {"due": "2026-01-01T00:00"}).text
    assert client.post(page, data=task).status_code == 303
    listed = re.search(r'href="(/desk/classes/assignments/[^"]+)"', client.get(page).text).group(1)
    own = listed.removeprefix("/desk")
    sign_in(client, own_id(worker))
    assert "结业论文" in client.get(f"/classes/{group_id}").text
    key = re.search(r'name="key"[^>]*value="(\w+)"', client.get(own).text).group(1)
    assert "请写正文" in client.post(own, data={"key": key, "text": ""}).text
    wrong = {"key": key, "text": "正文", "file": (io.BytesIO(b"MZ"), "程序.exe")}
    refused = client.post(own, data=wrong)
    assert refused.status_code == 422
    assert "正文" in refused.text
    sent = {"key": key, "text": "正文", "file": (io.BytesIO(PDF_BYTES), "论文.pdf")}
    assert client.post(own, data=sent).status_code == 303
    file = re.search(r'href="(/classes/submissions/[^"]+)"', client.get(own).text).group(1)
    assert client.get(file).data == PDF_BYTES
    sign_in(client, own_id(school.worker()))
    assert client.get(file).status_code == 404
    sign_in(client, own_id(school.trainer))
    submission = re.search(r'href="(/desk/classes/submissions/[^"]+)"', client.get(listed).text).group(1)
    assert client.post(submission, data={"points": "101"}).status_code == 422
    assert client.post(submission, data={"points": "77", "comment": "有调查"}).status_code == 303
    sign_in(client, own_id(school.officer))
    assert "77 分" not in client.get(submission).text  # blind until both have marked
    client.post(submission, data={"points": "80", "comment": "可以"})
    assert "77 分" in client.get(submission).text
    sign_in(client, own_id(worker))
    assert "78.5 分" in client.get(own).text


def test_the_officer_sees_where_everybody_stands_and_confirms_the_list(client, running):
    school, group_id, meeting_id, worker = running
    page = f"/desk/classes/{group_id}/graduation"
    with clock.frozen(FRIDAY + 4 * HOUR):
        sign_in(client, own_id(school.officer))
        client.post(f"/desk/classes/meetings/{meeting_id}/close")
        assert "已发出 1 条提醒" in client.post(f"{page}/warn", follow_redirects=True).text
        assert "没有需要新发的提醒" in client.post(f"{page}/warn", follow_redirects=True).text
    with clock.frozen(FRIDAY + dt.timedelta(days=4)):
        sign_in(client, own_id(school.officer))
        assert "/eliminate" in client.get(page).text
        client.post(f"/desk/classes/{group_id}/close")
        seal = re.search(r'name="seal" value="(\w+)"', client.get(page).text).group(1)
        assert client.post(f"{page}/confirm", data={"seal": "x"}).status_code == 409
        assert "0 人结业，1 人未结业" in client.post(f"{page}/confirm", data={"seal": seal}, follow_redirects=True).text
        assert client.get(f"{page}.xlsx").status_code == 200
        assert "还没有结业学员" in client.get("/desk/classes/alumni").text
        assert "没有符合条件的学员" in client.get("/desk/classes/alumni?q=无").text
        assert client.get("/desk/classes/alumni.xlsx").status_code == 200
        sign_in(client, own_id(worker))
        assert "<h2>未结业</h2>" in client.get(f"/classes/{group_id}").text
