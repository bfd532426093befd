from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest

from lms.access import queries
from lms.access.actors import actor_for
from lms.access.queries import account_of
from lms.access.service import accounts, second_factor
from lms.access.service.attempts import count_failure
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.settings_service import set_value
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import PASSWORD, make_account, make_officer
from lms.testing.factories.people import make_person

START = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def stopped_clock():
    """Codes and grants depend on the moment: every test begins at `START`."""
    with later(0):
        yield


def later(seconds):
    return clock.frozen(START + dt.timedelta(seconds=seconds))


def hidden(page, name):
    return re.search(rf'name="{name}" type="hidden" value="([^"]*)"', page)[1]


def enrol(client) -> tuple[pyotp.TOTP, list[str]]:
    """Set the authenticator app up through the page; returns it and the recovery codes."""
    page = client.get("/me/security/totp").text
    app_ = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', page)[1])
    data = {"sealed": hidden(page, "sealed"), "code": app_.at(clock.now()), "current": PASSWORD}
    done = client.post("/me/security/totp", data=data)
    assert done.status_code == 200, done.text
    return app_, re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", done.text)


def is_in(client) -> bool:
    return client.get("/me/security").status_code == 200


def send_code(client, code, target=""):
    return client.post("/sign-in/second-factor", data={"code": code, "next": target})


@pytest.fixture
def enrolled(client, browser, learner, log_in):
    """A new browser of a learner with an authenticator app, the app, and the recovery codes."""
    with later(0):
        log_in(client)
        totp, codes = enrol(client)
    return browser(), totp, codes


def test_the_sign_in_waits_for_the_code_and_then_goes_on(enrolled, log_in):
    client, totp, _codes = enrolled
    with later(60):
        answer = log_in(client, target="/me/security")
        assert answer.location == "/sign-in/second-factor?next=/me/security"
        assert not is_in(client)
        before = client.get_cookie("sign_in").value
        assert send_code(client, totp.at(clock.now()), "/me/security").location == "/me/security"
        assert client.get_cookie("sign_in").value != before
        assert is_in(client)


def test_a_code_is_taken_once(enrolled, browser, log_in):
    client, totp, _codes = enrolled
    with later(60):
        code = totp.at(clock.now())
        log_in(client)
        assert send_code(client, code).status_code == 303
        thief = browser()
        log_in(thief)
        assert send_code(thief, code).status_code == 422
        assert not is_in(thief)


def test_the_code_of_the_enrolment_is_not_taken_again(enrolled, log_in):
    client, totp, _codes = enrolled
    with later(5):
        log_in(client)
        assert send_code(client, totp.at(clock.now())).status_code == 422


def test_an_earlier_code_is_refused_after_a_later_one(enrolled, browser, log_in):
    client, totp, _codes = enrolled
    with later(60):
        earlier = totp.at(START + dt.timedelta(seconds=60))
        ahead = totp.at(START + dt.timedelta(seconds=90))
        log_in(client)
        assert send_code(client, ahead).status_code == 303
        other = browser()
        log_in(other)
        assert send_code(other, earlier).status_code == 422


def test_a_recovery_code_works_once(enrolled, browser, log_in):
    client, _totp, codes = enrolled
    assert len(set(codes)) == 10
    with later(60):
        log_in(client)
        assert send_code(client, codes[3].lower().replace("-", " ")).status_code == 303
        assert "还有 9 个可用" in client.get("/me/security").text
        other = browser()
        log_in(other)
        assert send_code(other, codes[3]).status_code == 422


def test_wrong_codes_lock_the_account_and_right_passwords_give_no_new_tries(enrolled, browser, log_in):
    client, totp, codes = enrolled
    with later(60):
        for attempt in range(5):
            log_in(client)
            assert send_code(client, f"00000{attempt}").status_code == 422
        fresh = totp.at(clock.now())
        assert send_code(client, fresh).status_code == 422
        assert send_code(client, codes[0]).status_code == 422
        assert log_in(browser()).status_code == 422
    with later(60 + 31 * 60):
        assert log_in(client).status_code == 303
        assert send_code(client, totp.at(clock.now())).status_code == 303


def test_an_unfinished_sign_in_lives_ten_minutes(enrolled, log_in):
    client, totp, _codes = enrolled
    with later(60):
        log_in(client)
    with later(60 + 11 * 60):
        answer = send_code(client, totp.at(clock.now()))
        assert answer.location == "/sign-in"


def test_turning_it_on_makes_other_browsers_show_the_code(client, browser, learner, log_in):
    other = browser()
    with later(0):
        log_in(other)
        log_in(client)
        enrol(client)
        assert is_in(client)
        assert not is_in(other)
        assert other.get("/sign-in/second-factor").status_code == 200


@pytest.mark.parametrize(("code", "current"), [("000000", PASSWORD), ("right", "Wrong-Pond-48")])
def test_it_is_not_turned_on_with_a_wrong_code_or_password(client, learner, log_in, code, current):
    with later(0):
        log_in(client)
        page = client.get("/me/security/totp").text
        totp = pyotp.TOTP(re.search(r'class="secret">([A-Z2-7]+)<', page)[1])
        typed = totp.at(clock.now()) if code == "right" else code
        sealed = hidden(page, "sealed")
        answer = client.post("/me/security/totp", data={"sealed": sealed, "code": typed, "current": current})
        assert answer.status_code == 422
        assert hidden(answer.text, "sealed") == sealed, "the same secret is still on the page"
    assert account_of(learner).totp_secret_sealed is None


def test_a_secret_sealed_for_another_account_is_refused(client, city, learner, log_in):
    other = make_person(org_id=city.street_a)
    make_account(other, "other1")
    offer = second_factor.offer_totp(actor_for(other))
    with later(0):
        log_in(client)
        for sealed in (offer.sealed, "bm9uc2Vuc2U=", "!!"):
            data = {"sealed": sealed, "code": pyotp.TOTP(offer.secret).at(clock.now()), "current": PASSWORD}
            assert client.post("/me/security/totp", data=data).status_code == 422
    assert account_of(learner).totp_secret_sealed is None


def test_turning_it_off_needs_the_password_and_ends_the_recovery_codes(enrolled, log_in):
    client, totp, codes = enrolled
    with later(60):
        log_in(client)
        send_code(client, totp.at(clock.now()))
        assert client.post("/me/security/totp/remove", data={"current": "Wrong-Pond-48"}).status_code == 422
        assert client.post("/me/security/totp/remove", data={"current": PASSWORD}).status_code == 303
        assert log_in(client).location == "/"
        assert codes[0] not in client.get("/me/security").text


def test_new_recovery_codes_void_the_old_ones(enrolled, browser, log_in):
    client, totp, codes = enrolled
    with later(60):
        log_in(client)
        send_code(client, totp.at(clock.now()))
        page = client.post("/me/security/recovery-codes", data={"current": PASSWORD})
        fresh = re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", page.text)
        assert len(fresh) == 10
        other = browser()
        log_in(other)
        assert send_code(other, codes[0]).status_code == 422
        assert send_code(other, fresh[0]).status_code == 303


def test_a_right_code_is_refused_when_the_account_was_locked_in_the_same_moment(enrolled, learner, log_in, monkeypatch):
    client, totp, _codes = enrolled
    log_in(client)
    read = queries.account

    def read_before_the_lock(account_id):
        account = read(account_id)
        db.session.expunge(account)
        with unit_of_work(SYSTEM) as uow:
            for _try in range(5):
                count_failure(uow, account_id)
        return account

    monkeypatch.setattr(queries, "account", read_before_the_lock)
    with later(60):
        assert send_code(client, totp.at(clock.now())).status_code == 422
        assert not is_in(client)


def test_an_operator_takes_a_lost_factor_away(enrolled, learner, log_in):
    client, _totp, _codes = enrolled
    accounts.reset_second_factor(SYSTEM, learner)
    assert log_in(client).location == "/"


@pytest.fixture
def officer(city):
    person_id = make_officer("operator", city.county_a)
    make_account(person_id, "officer1")
    return person_id


def test_an_officer_without_second_factor_has_only_the_self_rights_and_is_led_to_one(client, officer, log_in):
    with later(0):
        answer = log_in(client, "officer1", target="/admin/orgs")
        assert answer.location == "/me/security/totp?next=/admin/orgs"
        assert is_in(client)
        stopped = client.get("/admin/grants?role=trainer")
        assert stopped.location == "/me/security/totp?next=/admin/grants?role%3Dtrainer"
        assert client.get("/admin/grants", headers={"Accept": "application/json"}).status_code == 403
        enrol(client)
        assert client.get("/admin/grants").status_code == 200


def test_the_city_may_leave_it_to_the_officers(client, officer, log_in):
    set_value(SYSTEM, "access.officer_second_factor", "optional", valid_from=clock.today())
    assert log_in(client, "officer1", target="/admin/grants").location == "/admin/grants"
    assert client.get("/admin/grants").status_code == 200
