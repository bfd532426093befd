"""A person's own pages: ladder, application, panel, supervision."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from lms.kernel import clock
from lms.kernel.db import db
from lms.programmes.models import Application, ApplicationState
from lms.programmes.queries import supervision
from lms.programmes.service import appointing, rounds, supervising
from lms.programmes.supervision_models import SupervisionLog
from lms.testing.factories.access import sign_in
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import Call, hold

FORM = {"key": "form-1", "statement": "带教新人三年。"}


@pytest.fixture
def call(app, city):
    return Call(city)


def test_the_ladder_says_where_one_stands_what_is_missing_and_the_fastest_way(client, call):
    worker = call.worker("陈思雨")
    hold(worker.person_id, "sup_assistant", clock.today() - dt.timedelta(days=90))
    sign_in(client, worker.person_id)
    page = client.get("/programmes/tracks/supervision").text
    assert "到“见习督导”最快的办法" in page
    assert re.search(r'class="held"><span>督导助理', page)
    assert "接受督导 0 小时，要求 40 小时。" in page
    assert "条件已满足" in page
    assert client.get("/programmes/tracks/nothing").status_code == 404


def test_what_is_missing_is_shown_before_anything_is_typed(client, call):
    sign_in(client, make_person("丁", call.city.community_a))
    page = client.get(f"/programmes/rounds/{call.round_id}/apply").text
    assert "没有助理社会工作师或更高的国家职业资格。" in page
    assert "满足全部条件后才能报名" in page
    assert 'name="statement"' not in page
    answer = client.post(f"/programmes/rounds/{call.round_id}/apply", data=FORM)
    assert answer.status_code == 409
    assert "还不满足报名条件" in answer.text


def test_nobody_is_asked_to_apply_for_what_was_called_off(client, call):
    sign_in(client, call.worker("陈思雨").person_id)
    address = f"/programmes/rounds/{call.round_id}/apply"
    assert 'name="statement"' in client.get(address).text
    rounds.call_off(call.boss, call.round_id, "报名人数不足")
    page = client.get(address).text
    assert ('name="statement"' in page, "现在不能报名" in page) == (False, True)
    assert client.post(address, data=FORM).status_code == 409


def test_a_renewal_that_is_to_begin_is_shown_as_such(client, call):
    worker, officer = call.worker("陈思雨").person_id, call.officers[call.city.county_a]
    first = hold(worker, "sup_assistant", clock.today() - dt.timedelta(days=9), clock.today())
    appointing.assess(officer, first, clock.today().year, 90, "")
    appointing.renew(officer, first, "")
    sign_in(client, worker)
    page = client.get("/programmes").text
    assert ("在任" in page, "未开始" in page, "已到期" in page) == (True, True, False)


def test_an_application_is_sent_once_however_often_the_button_is_pressed(client, call):
    worker = call.worker("陈思雨")
    sign_in(client, worker.person_id)
    address = f"/programmes/rounds/{call.round_id}/apply"
    empty = client.post(address, data=FORM | {"statement": ""})
    assert (empty.status_code, "请写明理由和主要业绩" in empty.text) == (422, True)
    sent = client.post(address, data=FORM)
    assert sent.status_code == 303
    assert client.post(address, data=FORM).headers["Location"] == sent.headers["Location"]
    assert client.post(address, data=FORM | {"key": "form-2"}).status_code == 409
    page = client.get(sent.headers["Location"]).text
    assert "审核中" in page
    assert "带教新人三年。" in page
    assert "2026" in client.get("/programmes").text
    sign_in(client, make_person())
    assert client.get(sent.headers["Location"]).status_code == 404


def test_a_member_scores_on_the_page_and_sees_no_other_scores(client, call):
    application = call.eligible("甲")
    call.start_scoring()
    call.score(application, 91)
    sign_in(client, call.members[1].person_id)
    assert str(call.round_id) in client.get("/panels").text
    page = client.get(f"/panels/{call.round_id}").text
    assert ("甲" in page, 'class="num">91<' in page, "待评分" in page) == (True, False, True)
    address = f"/panels/{call.round_id}/{application}"
    given = {key: str(value) for key, value in call.spread(88).items()}
    first = next(iter(given))
    wrong = client.post(address, data={**given, first: "400", "seen": "0"})
    assert wrong.status_code == 422
    assert client.post(address, data={**given, "seen": "0"}).status_code == 303
    assert client.post(address, data={**given, "seen": "0"}).status_code == 409
    assert 'value="1"' in client.get(address).text
    sign_in(client, make_person())
    assert client.get(f"/panels/{call.round_id}").status_code == 404
    assert client.get(address).status_code == 404


def test_stepping_down_asks_for_a_reason(client, call):
    worker = call.worker()
    held = hold(worker.person_id, "sup_assistant", clock.today() - dt.timedelta(days=9))
    sign_in(client, worker.person_id)
    address = f"/programmes/appointments/{held}/step-down"
    assert "督导助理" in client.get(address).text
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert client.post(address, data={"reason": "工作变动"}).status_code == 303
    assert "本人退出" in client.get("/programmes").text


def test_a_session_goes_back_and_forth_until_both_have_signed(client, call):
    boss, worker = make_person("罗督导", call.city.community_a), call.worker("何俊杰")
    hold(boss, "sup_junior", clock.today() - dt.timedelta(days=90))
    supervising.pair(call.officers[call.city.county_a], boss, worker.person_id)
    [(pair, _supervisor, _person)] = supervision.pairs(boss)
    sign_in(client, boss)
    typed = {"key": "k1", "held_on": clock.today().isoformat(), "minutes": "90", "plan": "计划", "content": "内容"}
    assert client.post(f"/supervision/pairs/{pair.id}/new", data=typed | {"plan": ""}).status_code == 422
    path = client.post(f"/supervision/pairs/{pair.id}/new", data=typed).headers["Location"]
    assert client.post(f"{path}/edit", data=typed | {"edit": "1", "minutes": "120"}).status_code == 303
    sign_in(client, worker.person_id)
    assert client.get(path).status_code == 404
    sign_in(client, boss)
    assert client.post(f"{path}/sign", data={"edit": "9" * 30}).status_code == 409
    assert client.post(f"{path}/sign", data={"edit": "2"}).status_code == 303
    assert client.post(f"{path}/sign", data={"edit": "2"}).status_code == 409
    sign_in(client, worker.person_id)
    assert "有督导记录待您确认" in client.get("/").text
    assert client.post(f"{path}/return", data={"edit": "3", "reason": ""}).status_code == 422
    assert client.post(f"{path}/agree", data={"edit": "3", "reflection": "学到了。"}).status_code == 303
    page = client.get("/supervision").text
    assert "双方已确认" in page
    assert "2 小时" in page
    assert db.session.query(SupervisionLog).one().reflection == "学到了。"
    sign_in(client, make_person())
    assert client.get(path).status_code == 404


def test_a_result_shows_place_and_reason(client, call):
    one = call.eligible("甲")
    call.listed((one, (90, 91, 92)))
    application = db.session.get_one(Application, one, populate_existing=True)
    assert application.state is ApplicationState.SELECTED
    sign_in(client, application.person_id)
    page = client.get(f"/programmes/applications/{one}").text
    assert "总分 91。" in page
    assert "按全市名次入选。" in page
