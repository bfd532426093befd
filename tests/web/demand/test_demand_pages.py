"""The pages of wishes, ratings and what to write next."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import update

from lms.classes.models import ClassGroup, GroupState
from lms.demand.models import Wish, WishState
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.classes import School, own_id

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def school(city):
    with clock.frozen(FRIDAY):
        yield School(city)


def test_a_wish_is_made_voted_for_and_answered(client, school):
    worker = school.worker()
    sign_in(client, own_id(worker))
    assert "还没有人提" in client.get("/wishes").text
    assert "请用 2 到 40 个字" in client.post("/wishes", data={"title": "？"}).text
    assert client.post("/wishes", data={"title": "社区协商"}).status_code == 303
    page = client.get("/wishes").text
    assert "已投，撤回" in page
    path = re.search(r'action="(/wishes/[^"]+/vote)"', page).group(1)
    client.post(path, data={"wanted": "no"})
    assert "我也想学" in client.get("/wishes").text
    sign_in(client, make_officer("hr_officer", school.city.city))
    desk = client.get("/desk/demand").text
    assert "社区协商" in desk
    answer = re.search(r'action="(/desk/demand/wishes/[^"]+)"', desk).group(1)
    for wrong, said in (
        ({"state": "planned", "answer": ""}, "请写一句答复"),
        ({"state": "nonsense", "answer": "明年开课"}, 'value="明年开课"'),
        ({"answer": "明年开课"}, 'value="明年开课"'),
        ({"state": "planned", "answer": "答" * 201}, "最多 200 个字"),
    ):
        refused = client.post(answer, data=wrong)
        assert refused.status_code == 422
        assert said in refused.text
        assert "社区协商" in refused.text
    assert "投票中" in client.get("/desk/demand").text
    assert db.session.query(Wish).one().state is WishState.OPEN
    assert client.post(answer, data={"state": "planned", "answer": "明年开课"}).status_code == 303
    assert "没有符合条件的主题" in client.get("/desk/demand?state=done").text
    assert client.get("/desk/demand.xlsx").status_code == 200
    sign_in(client, own_id(worker))
    assert "明年开课" in client.get("/wishes").text


def test_who_was_in_a_class_is_asked_once_what_they_think(client, school):
    group_id, worker = school.group(), school.worker()
    school.seat(group_id, worker)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(ClassGroup).values(state=GroupState.CLOSED))
    sign_in(client, own_id(worker))
    assert "去评价" in client.get("/").text
    page = f"/classes/{group_id}/survey"
    assert client.get(page).status_code == 200
    assert client.post(page, data={"content": "5"}).status_code == 422
    assert client.post(page, data={"content": "5", "teaching": "4", "use": "5"}).status_code == 303
    assert client.get(page).status_code == 404
