from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.access.models import Account, AccountState, LoginSession, SignInAttempt
from lms.access.queries import account_of
from lms.access.service import accounts, passwords
from lms.access.service.attempts import count_failure
from lms.access.service.preferences import keep_preferences
from lms.access.sessions import token_hash
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.runtime import EXTENSION, kernel
from lms.kernel.settings_service import set_value
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import PASSWORD, make_account, make_officer, sign_in
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


def is_in(client) -> bool:
    """Whether the browser is signed in: its own security page opens."""
    return client.get("/me/security").status_code == 200


def lock(client, log_in, times=5):
    for _ in range(times):
        assert log_in(client, password="Wrong-Pond-48").status_code == 422


@pytest.mark.parametrize("login", ["wangfang", "WangFang ", "13800138000", "+86 138-0013-8000", "ｗａｎｇｆａｎｇ"])
def test_a_person_signs_in_by_username_or_phone_however_it_is_written(client, learner, log_in, login):
    answer = log_in(client, login)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(client)


def test_the_cookie_is_kept_from_scripts_and_other_sites(client, learner, log_in):
    [cookie] = [one for one in log_in(client).headers.getlist("Set-Cookie") if one.startswith("sign_in=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_sent_over_https_only_when_the_city_says_so(app, client, learner, log_in, monkeypatch):
    config = dataclasses.replace(kernel().config, secure_cookies=True)
    monkeypatch.setitem(app.extensions, EXTENSION, dataclasses.replace(kernel(), config=config))
    [cookie] = [one for one in log_in(client).headers.getlist("Set-Cookie") if "sign_in=" in one]
    assert cookie.startswith("__Host-sign_in=")
    assert "; Secure" in cookie


def test_only_a_fingerprint_of_the_token_is_stored(client, learner, log_in):
    log_in(client)
    token = client.get_cookie("sign_in").value
    row = db.session.scalars(select(LoginSession)).one()
    assert row.token_hash == token_hash(token)
    assert token not in {row.token_hash, str(row.id)}


def test_pages_look_as_the_account_remembers(client, learner, log_in):
    keep_preferences(actor_for(learner), locale="en", easy_reading=True)
    log_in(client)
    assert client.get_cookie("lang").value == "en"
    assert client.get_cookie("easy").value == "1"


def test_what_was_chosen_before_signing_in_stays_when_the_account_remembers_nothing(client, learner, log_in):
    client.post("/preferences", data={"locale": "en", "easy": "yes"})
    log_in(client)
    assert '<html lang="en" data-theme="auto" data-reading="easy">' in client.get("/").text


def shown(answer) -> str:
    """A page without what differs by chance: the reference code and CSRF tokens, and what was typed."""
    page = re.sub(r'(csrf[-_]token"[^>]*(?:content|value)=")[^"]*', r"\1", answer.text)
    return re.sub(r'(name="login"[^>]*value=")[^"]*', r"\1", page)


def test_nobody_learns_from_the_answer_or_the_work_whether_an_account_exists(client, city, log_in, monkeypatch):
    for name in ("exists", "locked", "disabled"):
        make_account(make_person(org_id=city.street_a), f"{name}1")
    person = {
        name: db.session.scalar(select(Account.person_id).where(Account.username == f"{name}1"))
        for name in ("locked", "disabled")
    }
    accounts.disable(SYSTEM, person["disabled"], "测试")
    with unit_of_work(SYSTEM) as uow:
        for _ in range(5):
            count_failure(uow, account_of(person["locked"]).id)
    hashes = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *args: hashes.append(1) or real(*args))
    seen = set()
    tries = [("nobody1", PASSWORD), ("13900139000", PASSWORD), ("exists1", "Wrong-Pond-48"), ("locked1", PASSWORD),
             ("disabled1", PASSWORD)]  # fmt: skip
    for login, password in tries:
        hashes.clear()
        client.get("/sign-in")
        with count_queries() as queries:
            answer = log_in(client, login, password)
        seen.add((answer.status_code, shown(answer), len(hashes), queries.count))
        assert client.get_cookie("sign_in") is None
    assert len(seen) == 1, [(status, work, count) for status, _page, work, count in seen]


def test_every_try_is_kept_for_the_auditor(client, learner, log_in):
    log_in(client, password="Wrong-Pond-48")
    log_in(client, "nobody1")
    log_in(client)
    outcomes = db.session.scalars(select(SignInAttempt.outcome).order_by(SignInAttempt.at)).all()
    assert outcomes == ["wrong_password", "unknown", "ok"]


def test_five_wrong_passwords_lock_the_account_for_half_an_hour(client, learner, log_in):
    start = clock.now()
    with clock.frozen(start):
        lock(client, log_in)
        assert log_in(client).status_code == 422
    with clock.frozen(start + dt.timedelta(minutes=29)):
        assert log_in(client).status_code == 422
    with clock.frozen(start + dt.timedelta(minutes=31)):
        assert log_in(client).status_code == 303


def test_tries_during_a_lock_do_not_lengthen_it(client, learner, log_in):
    start = clock.now()
    with clock.frozen(start):
        lock(client, log_in)
    with clock.frozen(start + dt.timedelta(minutes=20)):
        lock(client, log_in)
    with clock.frozen(start + dt.timedelta(minutes=31)):
        assert log_in(client).status_code == 303


def test_the_count_begins_anew_after_a_lock_and_after_a_sign_in(client, learner, log_in):
    start = clock.now()
    with clock.frozen(start):
        lock(client, log_in)
    with clock.frozen(start + dt.timedelta(minutes=31)):
        lock(client, log_in, 4)
        assert log_in(client).status_code == 303
        lock(client, log_in, 4)
        assert log_in(client).status_code == 303


def test_an_operator_ends_a_lock(client, learner, log_in):
    lock(client, log_in)
    accounts.unlock(SYSTEM, learner)
    assert log_in(client).status_code == 303


def test_how_many_tries_is_a_setting(client, learner, log_in):
    set_value(SYSTEM, "access.lock_after", 3, valid_from=clock.today())
    lock(client, log_in, 3)
    assert log_in(client).status_code == 422


def test_signing_in_gives_a_new_token_and_ends_the_old_one(client, browser, learner, log_in):
    log_in(client)
    old = client.get_cookie("sign_in").value
    log_in(client)
    assert client.get_cookie("sign_in").value != old
    thief = browser()
    thief.set_cookie("sign_in", old)
    assert not is_in(thief)
    assert is_in(client)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "' OR 1=1 --", "张" * 20])
def test_a_forged_cookie_opens_nothing(client, learner, token):
    client.set_cookie("sign_in", token)
    answer = client.get("/me/security?tab=1")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/me/security?tab%3D1"


def test_a_sign_in_ends_after_its_longest_life(client, learner, log_in):
    start = clock.now()
    with clock.frozen(start):
        log_in(client)
    for hours in range(1, 12):
        with clock.frozen(start + dt.timedelta(hours=hours)):
            assert is_in(client)
    with clock.frozen(start + dt.timedelta(hours=12, minutes=1)):
        assert not is_in(client)


def test_an_idle_officer_is_signed_out_and_an_idle_learner_is_not(client, browser, city, learner, log_in):
    officer, start = browser(), clock.now()
    with clock.frozen(start):
        sign_in(officer, make_officer("hr_officer", city.county_a))
        log_in(client)
    for minutes in (20, 40, 60):
        with clock.frozen(start + dt.timedelta(minutes=minutes)):
            assert is_in(officer)
    with clock.frozen(start + dt.timedelta(minutes=91)):
        assert not is_in(officer)
        assert is_in(client)


def test_use_is_noted_at_most_once_a_minute(client, learner, log_in):
    start = clock.now()
    with clock.frozen(start):
        log_in(client)
    with clock.frozen(start + dt.timedelta(seconds=59)), count_queries() as quiet:
        is_in(client)
    with clock.frozen(start + dt.timedelta(seconds=61)):
        with count_queries() as noted:
            is_in(client)
        with count_queries() as again:
            is_in(client)

    def writes(seen):
        return sum(statement.startswith("UPDATE login_session") for statement in seen.statements)

    assert (writes(quiet), writes(noted), writes(again)) == (0, 1, 0)


def test_a_request_costs_one_select_for_the_sign_in_and_one_for_the_grants(client, city):
    sign_in(client, make_officer("hr_officer", city.county_a))
    with count_queries() as seen:
        client.get("/no/such/page")
    about = [text for text in seen.statements if "login_session" in text or "grant" in text]
    assert len(about) == 2


def test_signing_out_ends_the_sign_in_and_twice_is_harmless(client, browser, learner, log_in):
    log_in(client)
    token = client.get_cookie("sign_in").value
    for _ in range(2):
        assert client.post("/sign-out").status_code == 302
    assert client.get_cookie("sign_in") is None
    thief = browser()
    thief.set_cookie("sign_in", token)
    assert not is_in(thief)


def test_disabling_an_account_ends_its_sign_ins_at_once(client, learner, log_in):
    log_in(client)
    accounts.disable(SYSTEM, learner, "离职")
    assert not is_in(client)
    accounts.enable(SYSTEM, learner)
    assert account_of(learner).state is AccountState.ACTIVE
    assert log_in(client).status_code == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(client, learner, log_in, target):
    assert log_in(client, target=target).location == "/"
    answer = client.get("/sign-in", query_string={"next": target})
    assert answer.location == "/"


def test_the_page_that_was_wanted_follows_the_sign_in(client, learner, log_in):
    asked = client.get("/me/security")
    assert asked.location == "/sign-in?next=/me/security"
    page = client.get(asked.location)
    assert 'name="next" type="hidden" value="/me/security"' in page.text
    assert log_in(client, target="/me/security").location == "/me/security"


def test_a_password_set_by_an_operator_is_good_for_one_sign_in_only(client, city, log_in):
    person_id = make_person("赵敏", city.street_a)
    accounts.create_account(SYSTEM, person_id, username="zhaomin", password=PASSWORD)
    answer = log_in(client, "zhaomin", target="/me/security")
    assert answer.location == "/sign-in/new-password?next=/me/security"
    assert not is_in(client)
    same = client.post("/sign-in/new-password", data={"password": PASSWORD, "again": PASSWORD})
    assert same.status_code == 422
    assert "最近 5 次" in same.text
    new = {"password": "Willow-Bank-52", "again": "Willow-Bank-52", "next": "/me/security"}
    assert client.post("/sign-in/new-password", data=new).location == "/me/security"
    assert is_in(client)


def test_too_many_tries_from_one_address_are_stopped(client, learner, log_in):
    set_value(SYSTEM, "access.sign_ins_a_minute", 5, valid_from=clock.today())
    assert [log_in(client, "nobody1").status_code for _ in range(6)] == [422] * 5 + [429]
    assert client.get("/sign-in").status_code == 200


def test_the_form_is_refused_without_its_token(app, client, learner, log_in, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = log_in(client)
    assert answer.status_code == 409
    assert not is_in(client)


@pytest.mark.parametrize("data", [{}, {"login": "wangfang"}, {"password": "x"}, {"login": "x" * 5000, "password": "y"}])
def test_an_incomplete_form_is_answered_with_what_is_missing(client, learner, data):
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
