"""A way to sign in that a plugin offers: linked once, then in place of the password; the second factor stays due."""

from __future__ import annotations

import datetime as dt
import html
import re
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlalchemy import select, update

from lms.access import providers
from lms.access.models import Account, AccountState, LoginLink, SignInAttempt
from lms.access.service import links, second_factor
from lms.access.views import external
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import PASSWORD, make_account, make_officer
from lms.testing.factories.people import make_person

KEY = "probe.office"
AWAY = f"/sign-in/with/{KEY}"
BACK = f"{AWAY}/back"
LINK = f"/me/security/links/{KEY}"
CONFIRM = "/me/security/links/new"
BUTTON = "用“政务登录”登录"


@pytest.fixture
def learner(probe):
    """A person with the account `wangfang`."""
    return person_with_account(probe, "wangfang")


def person_with_account(probe, username, role=""):
    with probe.app.app_context():
        unit = probe.city.community_a
        person = make_officer(role, unit) if role else make_person("王芳", unit)
        make_account(person, username)
        return person


def leave(client, address=AWAY, target=""):
    """Press the button; the address the browser is sent to."""
    answer = client.post(address, data={"next": target})
    assert answer.status_code == 200, answer.text
    return html.unescape(re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)[1])


def state_of(address):
    return parse_qs(urlsplit(address).query)["state"][0]


def come_back(client, address=AWAY, *, subject="wang-at-office", target="", state=""):
    state = state or state_of(leave(client, address, target))
    return client.get(BACK, query_string={"code": subject, "state": state})


def log_in(client, target="", username="wangfang"):
    return client.post("/sign-in", data={"login": username, "password": PASSWORD, "next": target})


def linked(probe, username="wangfang", subject="wang-at-office"):
    """Link an identity to an account, as if it had been done long ago."""
    with probe.app.app_context(), unit_of_work(SYSTEM) as uow:
        account = uow.session.scalar(select(Account.id).where(Account.username == username))
        index = links.subject_index(KEY, subject)
        uow.session.add(
            LoginLink(account_id=account, provider=KEY, subject_index=index, name="王*", created_at=clock.now())
        )


def change(probe, **values):
    with probe.app.app_context(), unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Account).values(**values))


def is_in(client):
    return client.get("/me/security").status_code == 200


def audit(probe):
    with probe.app.app_context():
        found = select(AuditEntry.action).where(AuditEntry.action.in_(("account.link", "account.unlink")))
        return sorted(db.session.scalars(found))


def test_an_identity_is_linked_at_the_first_sign_in_and_stands_for_the_password_from_then_on(probe, learner):
    client = probe.client
    assert BUTTON in probe.page("/sign-in")
    first = come_back(client, target="/exams")
    assert first.location == CONFIRM
    asked = client.get(client.get(CONFIRM).location)
    assert "还没有和本站的账号关联" in asked.text
    assert log_in(client, CONFIRM).location == CONFIRM
    question = probe.page(CONFIRM)
    assert "“政务登录”账号“王*”" in question
    wrong = client.post(CONFIRM, data={"current": "Wrong-Pond-48"})
    assert wrong.status_code == 422
    assert client.post(CONFIRM, data={"current": PASSWORD}).location == "/exams"
    assert client.post(CONFIRM, data={"current": PASSWORD}).location == "/me/security"  # a second click
    assert "王*" in probe.page("/me/security")
    client.post("/sign-out")
    assert come_back(client, target="/exams").location == "/exams"
    assert is_in(client)
    assert "用其他方式登录" in probe.page("/me/security")
    assert audit(probe) == ["account.link"]


def test_nothing_of_who_somebody_is_elsewhere_is_stored_in_clear(probe, learner):
    linked(probe)
    with probe.app.app_context():
        [row] = db.session.scalars(select(LoginLink))
        assert b"wang-at-office" not in row.subject_index
        assert links.subject_index("other.office", "wang-at-office") != row.subject_index


def test_a_link_is_made_and_ended_on_the_security_page_with_the_password(probe, learner):
    client = probe.client
    log_in(client)
    assert "关联“政务登录”" in probe.page("/me/security")
    assert come_back(client, LINK).location == CONFIRM
    client.post(CONFIRM, data={"current": PASSWORD})
    page = probe.page("/me/security")
    assert "关联“政务登录”" not in page
    [address] = re.findall(r'href="(/me/security/links/[^"]+/remove)"', page)
    assert client.post(address, data={"current": "Wrong-Pond-48"}).status_code == 422
    assert client.post(address, data={"current": PASSWORD}).status_code == 303
    assert client.get(address).status_code == 404
    assert audit(probe) == ["account.link", "account.unlink"]
    client.post("/sign-out")
    assert come_back(client).location == CONFIRM
    assert not is_in(client)


def test_nobody_ends_somebody_elses_link(probe, learner):
    linked(probe)
    person_with_account(probe, "zhaolei")
    log_in(probe.client, username="zhaolei")
    with probe.app.app_context():
        link_id = db.session.scalar(select(LoginLink.id))
    address = f"/me/security/links/{link_id}/remove"
    assert probe.client.get(address).status_code == 404
    assert probe.client.post(address, data={"current": PASSWORD}).status_code == 404


def test_an_identity_opens_one_account_and_an_account_has_one_identity_there(probe, learner):
    linked(probe)
    person_with_account(probe, "zhaolei")
    client = probe.client
    log_in(client, username="zhaolei")
    assert come_back(client, LINK).location == CONFIRM
    taken = client.post(CONFIRM, data={"current": PASSWORD})
    assert taken.status_code == 409
    assert "已和另一个人的账号关联" in taken.text
    client.post("/sign-out")
    log_in(client)
    come_back(client, LINK, subject="another-at-office")
    assert "已关联了另一个" in client.post(CONFIRM, data={"current": PASSWORD}).text
    come_back(client, LINK)
    assert "早已和您的账号关联" in client.post(CONFIRM, data={"current": PASSWORD}).text


def test_officers_still_show_their_second_factor(probe):
    person_with_account(probe, "officer", "hr_officer")
    linked(probe, "officer")
    client = probe.client
    assert come_back(client).location == "/me/security/totp"  # none is set up yet: rights are withheld
    assert client.get("/desk/people").status_code == 302
    secret = pyotp.random_base32()
    with probe.app.app_context():
        sealed = kernel().cipher.encrypt(secret, context=second_factor._SECRET)
    change(probe, totp_secret_sealed=sealed)
    assert come_back(client, target="/desk").location == "/sign-in/second-factor?next=/desk"
    assert not is_in(client)
    code = pyotp.TOTP(secret).now()
    assert client.post("/sign-in/second-factor", data={"code": code, "next": "/desk"}).location == "/desk"
    assert client.get("/desk/people").status_code == 200


def test_a_password_that_somebody_else_set_is_still_replaced(probe, learner):
    linked(probe)
    change(probe, must_change_password=True)
    assert come_back(probe.client).location == "/sign-in/new-password"
    assert not is_in(probe.client)


@pytest.mark.parametrize("fault", ["disabled", "locked"])
def test_an_account_that_is_disabled_or_locked_is_not_opened(probe, learner, fault):
    linked(probe)
    if fault == "disabled":
        change(probe, state=AccountState.DISABLED)
    else:
        change(probe, failed_count=5, locked_until=clock.now() + dt.timedelta(minutes=5))
    answer = come_back(probe.client)
    assert answer.status_code == 403
    assert ("已停用" if fault == "disabled" else "正被锁定") in answer.text
    assert 'name="password"' in answer.text
    assert not is_in(probe.client)
    with probe.app.app_context():
        assert list(db.session.scalars(select(SignInAttempt.outcome))) == [fault]


@pytest.mark.parametrize("fault", ["no state", "foreign state", "twice", "late", "another browser", "another provider"])
def test_a_return_that_this_browser_did_not_begin_opens_nothing(probe, learner, fault, monkeypatch):
    linked(probe)
    client = probe.client
    if fault == "late":
        monkeypatch.setattr(external, "LIFE_SECONDS", -1)
    state = state_of(leave(client))
    if fault == "twice":
        come_back(client, state=state)
        client.set_cookie("sign_in", "")
    if fault == "another browser":
        client = probe.app.test_client()
    address = BACK.replace(KEY, "probe.none") if fault == "another provider" else BACK
    sent = {"no state": {}, "foreign state": {"state": "ünknown"}}.get(fault, {"state": state})
    answer = client.get(address, query_string={"code": "wang-at-office", **sent})
    assert answer.status_code == (409 if fault == "another provider" else 422)
    assert "没有登录" in answer.text or "现在不能用" in answer.text
    assert not is_in(client)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_where_to_go_on_is_never_another_site(probe, learner, target):
    linked(probe)
    assert come_back(probe.client, target=target).location == "/"


@pytest.mark.parametrize(
    "nonsense", [None, 7, "", "/local", "javascript:alert(1)", "https://a b", "https://[", "https://u:p@x.example/"]
)
def test_an_address_that_leads_nowhere_is_not_followed(probe, nonsense):
    probe.plugin.NONSENSE["depart"] = nonsense
    answer = probe.client.post(AWAY)
    assert answer.status_code == 503
    assert "对方没有正常回答" in answer.text


@pytest.mark.parametrize("fault", ["raises", "slow", "nonsense"])
@pytest.mark.parametrize("step", ["depart", "arrive"])
def test_a_provider_that_fails_is_reported_and_the_password_works_as_ever(probe, learner, monkeypatch, fault, step):
    monkeypatch.setattr(providers, "SECONDS", 0.5)
    client = probe.client
    state = state_of(leave(client))
    if fault == "nonsense":
        probe.plugin.NONSENSE[step] = {"sub": "x"}
    else:
        probe.plugin.BROKEN.add(step if fault == "raises" else "slow")
    answer = client.post(AWAY) if step == "depart" else come_back(client, state=state)
    assert answer.status_code == 503
    assert "现在不能用“政务登录”登录" in answer.text
    assert any(hurts for _place, hurts in probe.faults())
    assert client.get("/sign-in").status_code == 200
    assert log_in(client).status_code == 303
    assert is_in(client)


def test_a_failure_while_signed_in_is_told_on_the_security_page(probe, learner):
    log_in(probe.client)
    probe.plugin.BROKEN.add("depart")
    assert probe.client.post(LINK).location == "/me/security"
    assert "现在不能用“政务登录”登录" in probe.page("/me/security")


def test_who_was_turned_back_there_reads_why(probe, learner):
    client = probe.client
    state = state_of(leave(client))
    answer = client.get(BACK, query_string={"error": "access_denied", "state": state})
    assert answer.status_code == 422
    assert "您在政务登录页上取消了登录" in answer.text
    assert 'name="password"' in answer.text
    assert probe.faults() == []


def test_while_the_plugin_is_off_its_button_is_gone_and_its_links_can_still_be_ended(probe, learner):
    linked(probe)
    client = probe.client
    state = state_of(leave(client))
    probe.switch(on=False)
    page = probe.page("/sign-in")
    assert BUTTON not in page
    assert "/sign-in/with/" not in page
    assert client.post(AWAY).status_code == 409
    assert come_back(client, state=state).status_code == 409
    log_in(client)
    page = probe.page("/me/security")
    assert "没有启用" in page
    assert "取消关联" in page
    gone = probe.gone()
    other = gone.test_client()
    other.set_cookie("sign_in", client.get_cookie("sign_in").value)
    assert KEY in other.get("/me/security").text
    with gone.app_context():
        db.session.remove()
        db.engine.dispose()


def test_leaving_needs_a_form_of_ours(probe, learner):
    probe.app.config["WTF_CSRF_ENABLED"] = True
    assert probe.client.post(AWAY).status_code == 409
    assert probe.client.get(AWAY).status_code == 405
