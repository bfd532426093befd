from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from lms.access.models import LoginSession
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.uow import unit_of_work
from lms.people.models import Person, PersonState
from lms.testing.factories.access import PASSWORD, sign_in
from lms.testing.factories.people import make_person

WECHAT = "Mozilla/5.0 (Linux; Android 13) Chrome/116.0 MicroMessenger/8.0"


def is_in(client) -> bool:
    return client.get("/me/security").status_code == 200


def change(client, new, current=PASSWORD, again=None):
    data = {"current": current, "password": new, "again": new if again is None else again}
    return client.post("/me/security/password", data=data)


def test_the_page_lists_where_one_is_signed_in_and_the_last_tries(client, browser, learner, log_in):
    log_in(client)
    client.post("/sign-out")
    client.post("/sign-in", data={"login": "wangfang", "password": "Wrong-Pond-48"}, headers={"User-Agent": WECHAT})
    client.post("/sign-in", data={"login": "wangfang", "password": PASSWORD}, headers={"User-Agent": WECHAT})
    page = client.get("/me/security").text
    assert page.count("这台设备") == 1
    assert "微信 · Android" in page
    assert "密码不对" in page


def test_one_other_sign_in_is_ended(client, browser, learner, log_in):
    other = browser()
    log_in(client)
    log_in(other)
    page = client.get("/me/security").text
    [address] = re.findall(r'action="(/me/security/sessions/[^"]+/end)"', page)
    assert client.post(address).status_code == 303
    assert not is_in(other)
    assert is_in(client)
    assert client.post(address).status_code == 404


def test_all_other_sign_ins_are_ended(client, browser, learner, log_in):
    others = [browser() for _ in range(3)]
    for one in [client, *others]:
        log_in(one)
    assert client.post("/me/security/sessions/end-others").status_code == 303
    assert [is_in(one) for one in others] == [False] * 3
    assert is_in(client)


def test_somebody_elses_sign_in_does_not_exist_for_me(client, browser, city, learner, log_in):
    stranger, other = browser(), make_person(org_id=city.street_a)
    sign_in(stranger, other)
    target = db.session.scalars(select(LoginSession.id)).one()
    log_in(client)
    assert client.post(f"/me/security/sessions/{target}/end").status_code == 404
    assert is_in(stranger)


def test_a_new_password_replaces_the_old_one_and_ends_other_sign_ins(client, browser, learner, log_in):
    other = browser()
    log_in(client)
    log_in(other)
    assert change(client, "Willow-Bank-52").status_code == 303
    assert is_in(client)
    assert not is_in(other)
    assert log_in(browser()).status_code == 422
    assert log_in(browser(), password="Willow-Bank-52").status_code == 303


@pytest.mark.parametrize(
    ("new", "current", "again", "message"),
    [
        ("Willow-Bank-52", "Wrong-Pond-48", None, "密码不对，请重新输入"),
        ("Willow-Bank-52", PASSWORD, "Willow-Bank-53", "两次输入的密码不一样"),
        ("short", PASSWORD, None, "至少 10 个字符"),
        ("wangfang-X72z", PASSWORD, None, "不能包含姓名、手机号或用户名"),
        (PASSWORD, PASSWORD, None, "最近 5 次用过的密码不能再用"),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused_with_the_reason(client, learner, log_in, new, current, again, message):
    log_in(client)
    answer = change(client, new, current, again)
    assert answer.status_code == 422
    assert message in answer.text
    assert log_in(client).status_code == 303


def test_the_last_five_passwords_are_not_taken_again_and_the_sixth_is(client, learner, log_in):
    log_in(client)
    current = PASSWORD
    for number in range(4):
        assert change(client, f"Willow-Bank-5{number}", current).status_code == 303
        current = f"Willow-Bank-5{number}"
    assert change(client, PASSWORD, current).status_code == 422
    assert change(client, "Willow-Bank-54", current).status_code == 303
    assert change(client, PASSWORD, "Willow-Bank-54").status_code == 303


def test_an_open_browser_is_no_place_to_guess_the_password(client, browser, learner, log_in):
    log_in(client)
    for _ in range(5):
        assert change(client, "Willow-Bank-52", "Wrong-Pond-48").status_code == 422
    assert change(client, "Willow-Bank-52").status_code == 422
    assert log_in(browser()).status_code == 422


@pytest.mark.parametrize(
    "address",
    ["/me/security", "/me/security/password", "/me/security/totp", "/me/security/totp/remove",
     "/me/security/recovery-codes", "/me/security/passkeys/new"],
)  # fmt: skip
def test_the_pages_open_for_who_is_signed_in(client, learner, log_in, address):
    assert client.get(address).status_code == 302
    log_in(client)
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_recovery_codes_are_refused_without_a_second_factor(client, learner, log_in):
    log_in(client)
    assert client.post("/me/security/recovery-codes", data={"current": PASSWORD}).status_code == 409


def test_an_account_of_a_person_merged_away_is_closed(client, learner, log_in):
    log_in(client)
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(Person).where(Person.id == learner).values(state=PersonState.MERGED))
    assert not is_in(client)
    assert log_in(client).status_code == 422
