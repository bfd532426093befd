from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.models import Passkey, PasskeyChallenge
from lms.access.service import accounts
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.runtime import EXTENSION, kernel
from lms.testing.authenticator import Authenticator
from lms.testing.factories.access import PASSWORD, make_account, make_officer

ORIGIN = "http://localhost:8000"


def is_in(client) -> bool:
    return client.get("/me/security").status_code == 200


def register(client, device, label="办公室电脑", password=PASSWORD):
    options = client.post("/me/security/passkeys/options", json={"current": password})
    if options.status_code != 200:
        return options
    return client.post("/me/security/passkeys", json={"credential": device.create(options.json), "label": label})


def passkey_sign_in(client, device, target=""):
    options = client.post("/sign-in/passkey/options", json={}).json
    return client.post("/sign-in/passkey", json={"credential": device.get(options), "next": target})


@pytest.fixture
def device():
    return Authenticator(ORIGIN, "localhost")


@pytest.fixture
def registered(client, learner, log_in, device):
    """A browser whose person has registered `device`."""
    log_in(client)
    assert register(client, device).json == {"next": "/me/security"}
    return client


def test_a_registered_passkey_is_listed_and_counts_as_second_factor_here(registered):
    page = registered.get("/me/security").text
    assert "办公室电脑" in page


def test_a_passkey_alone_signs_in(registered, browser, device):
    client = browser()
    answer = passkey_sign_in(client, device, "/me/security")
    assert answer.json == {"next": "/me/security"}
    assert is_in(client)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example"])
def test_a_passkey_leads_to_no_other_site(registered, browser, device, target):
    assert passkey_sign_in(browser(), device, target).json == {"next": "/"}


def test_a_passkey_is_the_second_factor_after_the_password(registered, browser, device, log_in):
    client = browser()
    assert log_in(client).location == "/sign-in/second-factor"
    assert not is_in(client)
    options = client.post("/sign-in/second-factor/passkey/options", json={}).json
    assert len(options["allowCredentials"]) == 1
    answer = client.post("/sign-in/second-factor/passkey", json={"credential": device.get(options)})
    assert answer.status_code == 200
    assert is_in(client)


def test_an_officer_gets_the_permissions_by_registering_a_passkey(client, city, device, log_in):
    make_account(make_officer("operator", city.county_a), "officer1")
    log_in(client, "officer1")
    assert client.get("/admin/grants").status_code == 302
    register(client, device)
    assert client.get("/admin/grants").status_code == 200


def test_an_answer_is_taken_once(registered, browser, device):
    client = browser()
    options = client.post("/sign-in/passkey/options", json={}).json
    answer = {"credential": device.get(options)}
    assert client.post("/sign-in/passkey", json=answer).status_code == 200
    assert browser().post("/sign-in/passkey", json=answer).status_code == 422


def test_an_answer_five_minutes_late_is_refused(registered, browser, device):
    client, start = browser(), clock.now()
    with clock.frozen(start):
        options = client.post("/sign-in/passkey/options", json={}).json
    with clock.frozen(start + dt.timedelta(minutes=6)):
        assert client.post("/sign-in/passkey", json={"credential": device.get(options)}).status_code == 422
        client.post("/sign-in/passkey/options", json={})
        assert len(db.session.scalars(select(PasskeyChallenge)).all()) == 1, "old challenges are cleared away"


def test_a_copied_authenticator_is_refused(registered, browser, device):
    passkey_sign_in(browser(), device)
    device.count = 0
    assert passkey_sign_in(browser(), device).status_code == 422


def test_a_page_of_another_site_cannot_use_the_answer(registered, browser, device):
    device.origin = "https://evil.example"
    assert passkey_sign_in(browser(), device).status_code == 422
    device.origin, device.domain = ORIGIN, "evil.example"
    assert passkey_sign_in(browser(), device).status_code == 422


def test_a_passkey_alone_needs_the_persons_pin_or_finger(registered, browser, device):
    device.verified = False
    assert passkey_sign_in(browser(), device).status_code == 422


def test_an_unknown_passkey_is_refused(registered, browser):
    assert passkey_sign_in(browser(), Authenticator(ORIGIN, "localhost")).status_code == 422


def test_a_wrong_signature_is_refused(registered, browser, device):
    twin = Authenticator(ORIGIN, "localhost", credential_id=device.credential_id, count=5)
    assert passkey_sign_in(browser(), twin).status_code == 422


def test_another_persons_passkey_is_no_second_factor(registered, browser, city, device, log_in):
    make_account(make_officer("trainer", city.county_a), "other1")
    client, own = browser(), Authenticator(ORIGIN, "localhost")
    log_in(client, "other1")
    register(client, own)
    log_in(client, "other1")
    options = client.post("/sign-in/second-factor/passkey/options", json={}).json
    answer = client.post("/sign-in/second-factor/passkey", json={"credential": device.get(options)})
    assert answer.status_code == 422
    assert not is_in(client)


def test_a_challenge_for_signing_in_registers_nothing(client, learner, log_in, device):
    log_in(client)
    options = client.post("/sign-in/passkey/options", json={}).json
    answer = client.post("/me/security/passkeys", json={"credential": device.create(options), "label": "x"})
    assert answer.status_code == 422
    assert db.session.scalars(select(Passkey)).all() == []


def test_registering_needs_the_present_password(client, learner, log_in, device):
    log_in(client)
    for password in ("Wrong-Pond-48", "", None, 7):
        assert register(client, device, password=password).status_code == 422
    assert db.session.scalars(select(Passkey)).all() == []


def test_registering_the_same_passkey_twice_is_refused(registered, device):
    assert register(registered, device).status_code == 409


def test_a_disabled_account_has_no_way_in_by_passkey(registered, browser, learner, device):
    accounts.disable(SYSTEM, learner, "离职")
    assert passkey_sign_in(browser(), device).status_code == 422


def test_removing_needs_the_password_and_is_for_ones_own_only(registered, browser, city, device, log_in):
    [passkey] = db.session.scalars(select(Passkey)).all()
    address = f"/me/security/passkeys/{passkey.id}/remove"
    make_account(make_officer("trainer", city.county_a), "other1")
    other = browser()
    log_in(other, "other1")
    assert other.post(address, data={"current": PASSWORD}).status_code == 404
    assert registered.post(address, data={"current": "Wrong-Pond-48"}).status_code == 422
    assert registered.post(address, data={"current": PASSWORD}).status_code == 303
    assert passkey_sign_in(browser(), device).status_code == 422


NONSENSE = [
    None,
    [],
    {},
    {"credential": None},
    {"credential": {}},
    {"credential": {"id": 7, "response": {}}},
    {"credential": {"id": "x", "response": {"clientDataJSON": "e30"}}},
    {"credential": {"id": "x", "response": {"clientDataJSON": "bnVsbA"}}},
    {"credential": {"id": "张", "response": {"clientDataJSON": "张三"}}},
    {"credential": {"id": "x", "response": {"clientDataJSON": "W10"}}},
    {"credential": {"id": "x", "response": None}},
]


@pytest.mark.parametrize("body", NONSENSE, ids=str)
@pytest.mark.parametrize("address", ["/sign-in/passkey", "/me/security/passkeys"])
def test_nonsense_is_refused_and_changes_nothing(client, learner, log_in, address, body):
    log_in(client)
    assert client.post(address, json=body).status_code == 422
    assert db.session.scalars(select(Passkey)).all() == []


def test_a_broken_answer_to_a_real_challenge_is_refused(registered, browser, device):
    client = browser()
    for part in ("authenticatorData", "signature"):
        options = client.post("/sign-in/passkey/options", json={}).json
        credential = device.get(options)
        credential["response"][part] = "AAAA"
        assert client.post("/sign-in/passkey", json={"credential": credential}).status_code == 422


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://127.0.0.1:8000", ORIGIN),
        ("https://academy.example.cn", "https://academy.example.cn"),
        ("https://academy.example.cn/lms/", "https://academy.example.cn"),
        ("http://192.168.1.20:8000", None),
    ],
)
def test_passkeys_are_offered_where_browsers_allow_them(app, client, learner, log_in, monkeypatch, address, origin):
    config = dataclasses.replace(kernel().config, base_url=address)
    monkeypatch.setitem(app.extensions, EXTENSION, dataclasses.replace(kernel(), config=config))
    page = client.get("/sign-in").text
    assert (f'data-origin="{origin}"' in page) is (origin is not None)
    assert client.post("/sign-in/passkey/options", json={}).status_code == (200 if origin else 409)


def test_a_challenge_for_registering_is_no_second_factor(registered, browser, device, log_in):
    options = registered.post("/me/security/passkeys/options", json={"current": PASSWORD}).json
    client = browser()
    log_in(client)
    answer = client.post("/sign-in/second-factor/passkey", json={"credential": device.get(options)})
    assert answer.status_code == 422
    assert not is_in(client)
