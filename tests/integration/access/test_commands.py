from __future__ import annotations

import re

import pytest

from lms.access.dto import Device
from lms.access.queries import account_of
from lms.access.service.sign_in import sign_in
from lms.cli import main
from lms.kernel.errors import LmsError
from lms.orgs.queries import by_code, unit
from lms.testing.factories.people import make_person

HERE = Device("127.0.0.1", "test")
NUMBER = "11010519491231002X"


@pytest.fixture
def run(app):
    """Run an `lms` command on the test's application; returns its output, or fails with it."""
    runner = app.test_cli_runner()

    def invoke(*words, code=0, stdin=None):
        done = runner.invoke(main, [str(word) for word in words], input=stdin)
        assert done.exit_code == code, done.output
        return done.output

    return invoke


@pytest.fixture
def person(city):
    return make_person("陈静", city.street_a, id_number=NUMBER)


def may_sign_in(username, password):
    try:
        return sign_in(username, password, HERE)
    except LmsError:
        return None


def test_an_account_is_opened_with_a_password_made_for_it(run, person):
    output = run("accounts", "create", NUMBER, "--username", "chenjing")
    password = re.search(r"password (\S+)", output)[1]
    assert may_sign_in("chenjing", password).missing == "new_password"


def test_an_account_is_opened_with_a_given_password(run, person):
    words = ("accounts", "create", person, "--username", "chenjing", "--password-stdin", "--keep-password")
    assert "Willow" not in run(*words, stdin="Willow-Bank-52\n")
    assert may_sign_in("chenjing", "Willow-Bank-52").missing is None
    assert "已有账号" in run(*words, stdin="Willow-Bank-52\n", code=1)


def test_a_weak_password_and_an_unknown_person_are_refused(run, person):
    words = ("--username", "chenjing", "--password-stdin")
    assert "这个密码不能用" in run("accounts", "create", person, *words, stdin="password\n", code=1)
    assert "找不到这个人" in run("accounts", "create", "nobody", *words, stdin="Willow-Bank-52\n", code=1)
    assert account_of(person) is None


def test_an_account_is_disabled_enabled_unlocked_and_reset(run, person):
    run("accounts", "create", person, "--username", "chenjing", "--password-stdin", "--keep-password",
        stdin="Willow-Bank-52\n")  # fmt: skip
    run("accounts", "disable", "chenjing", "--reason", "离职")
    assert may_sign_in("chenjing", "Willow-Bank-52") is None
    run("accounts", "enable", "-", stdin=f"{NUMBER}\n")
    for _ in range(5):
        may_sign_in("chenjing", "Wrong-Pond-48")
    run("accounts", "unlock", "chenjing")
    assert may_sign_in("chenjing", "Willow-Bank-52")
    assert re.match(r"[0-9A-Z]{5}-[0-9A-Z]{5}  until \d{4}-", run("accounts", "reset", "chenjing", "--second-factor"))


def test_roles_are_given_listed_and_revoked(run, city, person):
    code = unit(city.county_a).code
    given = run("grants", "give", person, "hr_officer", code, "--to", "2099-12-31", "--reason", "新任").strip()
    assert "陈静" in run("grants", "list", "--role", "hr_officer")
    assert "陈静" not in run("grants", "list", "--role", "trainer")
    run("grants", "revoke", given, "--reason", "调离")
    assert "陈静" not in run("grants", "list")
    assert "revoked" in run("grants", "list", "--all")
    run("grants", "give", person, "emperor", code, "--reason", "x", code=1)
    run("grants", "give", person, "trainer", "no-such-unit", "--reason", "x", code=1)


def test_the_city_is_loaded_shown_and_gets_an_agency(run):
    assert run("orgs", "load") == "3333 units added, 0 were there\n"
    assert run("orgs", "load") == "0 units added, 3333 were there\n"
    shown = run("orgs", "show")
    assert "成都市" in shown
    assert "村: 1,294" in shown
    assert "社区: " in run("orgs", "show", "510107")
    run("orgs", "add-agency", "甲机构", "52510100MJ00000029", "--under", "510107")
    assert by_code("52510100MJ00000029").name == "甲机构"
    run("orgs", "add-agency", "乙机构", "52510100MJ0000002X", "--under", "510107", code=1)
    run("orgs", "show", "no-such-unit", code=1)
