from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from lms.access.models import Activation
from lms.access.queries import account_of
from lms.access.service import accounts, grant_role
from lms.access.service.activation import make_code
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.testing.factories.access import PASSWORD, make_account, make_officer, sign_in
from lms.testing.factories.people import make_person

NUMBER = "11010519491231002X"
NEW = "Willow-Bank-52"


@pytest.fixture
def person(city):
    return make_person("陈静", city.community_a, phone="13900139000", id_number=NUMBER)


@pytest.fixture
def hr(client, city):
    """A browser of the HR officer of county A."""
    sign_in(client, make_officer("hr_officer", city.county_a, "韩人事"))
    return client


def ask(client, unit="武侯区", form="xlsx", **more):
    batch = re.search(r'name="batch" type="hidden" value="([^"]*)"', client.get("/desk/activation-codes").text)[1]
    return client.post("/desk/activation-codes", data={"unit": unit, "batch": batch, "as": form} | more)


def rows(answer):
    assert answer.status_code == 200, answer.text
    return [list(row) for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows(min_row=2, values_only=True)]


def activate(client, **more):
    data = {"id_number": NUMBER, "code": "", "username": "chenjing", "password": NEW, "again": NEW} | more
    return client.post("/activate", data=data)


def is_in(client) -> bool:
    return client.get("/me/security").status_code == 200


def test_from_the_units_sheet_to_the_first_sign_in(hr, browser, person, log_in):
    [[unit, name, code, _until, address]] = rows(ask(hr))
    assert (unit, name) == ("玉林东路社区", "陈静")
    assert address.endswith("/activate")
    client = browser()
    assert activate(client, code=code.lower()).location == "/"
    assert is_in(client)
    assert log_in(browser(), "chenjing", NEW).status_code == 303
    assert log_in(browser(), "13900139000", NEW).status_code == 303


def test_slips_show_the_codes_once_and_only_fingerprints_are_stored(hr, person):
    page = ask(hr, form="slips").text
    code = re.search(r'slip-code num">([0-9A-Z-]+)<', page)[1]
    stored = db.session.scalars(select(Activation)).one()
    assert code.replace("-", "") not in stored.code_hash
    assert code not in str(db.session.scalars(select(AuditEntry.detail)).all())


def test_the_same_form_sent_twice_gives_the_same_codes(hr, person):
    batch = "fixed-batch-0001"
    first = rows(hr.post("/desk/activation-codes", data={"unit": "武侯区", "batch": batch, "as": "xlsx"}))
    second = rows(hr.post("/desk/activation-codes", data={"unit": "武侯区", "batch": batch, "as": "xlsx"}))
    assert first == second
    assert len(db.session.scalars(select(Activation)).all()) == 1


def test_who_has_a_code_keeps_it_unless_asked_for_again(hr, browser, person):
    [[*_, old, _until, _address]] = rows(ask(hr))
    assert "另有 1 人已领过开通码" in ask(hr).text
    [[*_, new, _until, _address]] = rows(ask(hr, again="y"))
    assert activate(browser(), code=old).status_code == 422
    assert activate(browser(), code=new).status_code == 303


def test_nobody_with_an_account_nor_of_another_unit_is_listed(hr, city, person):
    make_account(make_person("有账号", city.street_a), "hasone1")
    make_person("外区人", city.street_b)
    assert [row[1] for row in rows(ask(hr))] == ["陈静"]


@pytest.mark.parametrize("unit", ["青羊区", "没有的单位", "成都市"])
def test_codes_of_another_unit_cannot_be_made(hr, person, unit):
    answer = ask(hr, unit)
    assert answer.status_code == 422
    assert "没有叫" in answer.text
    assert db.session.scalars(select(Activation)).all() == []


def test_an_hr_officer_gets_no_code_that_opens_an_administrators_account(hr, city, person):
    operator = make_officer("operator", city.county_a, "管理员")
    assert [row[1] for row in rows(ask(hr))] == ["陈静"]
    assert hr.post(f"/desk/people/{operator}/account/code").status_code == 403
    make_account(operator, "operator1")
    for act in ("disable", "unlock", "enable"):
        assert hr.post(f"/desk/people/{operator}/account/{act}").status_code == 403


def test_an_hr_officer_gets_no_code_for_who_will_be_an_administrator(hr, city, person):
    coming = make_person("将任管理员", city.county_a)
    grant_role(
        SYSTEM, person_id=coming, role="operator", org_id=city.county_a, reason="测试",
        valid_from=clock.today() + dt.timedelta(days=1),
    )  # fmt: skip
    assert [row[1] for row in rows(ask(hr))] == ["陈静"]
    assert hr.post(f"/desk/people/{coming}/account/code").status_code == 403


def test_a_code_is_used_once(hr, browser, person):
    code = rows(ask(hr))[0][2]
    assert activate(browser(), code=code).status_code == 303
    assert activate(browser(), code=code, username="second1").status_code == 422
    assert account_of(person).username == "chenjing"


def test_a_code_runs_out_after_thirty_days(browser, person):
    start = clock.now()
    with clock.frozen(start):
        code = make_code(SYSTEM, person).code
    with clock.frozen(start + dt.timedelta(days=30, minutes=1)):
        assert activate(browser(), code=code).status_code == 422
    with clock.frozen(start + dt.timedelta(days=29)):
        assert activate(browser(), code=code).status_code == 303


def test_five_wrong_codes_void_the_right_one(browser, person):
    code = make_code(SYSTEM, person).code
    for _ in range(5):
        assert activate(browser(), code="AAAAA-AAAAA").status_code == 422
    assert activate(browser(), code=code).status_code == 422
    assert activate(browser(), code=make_code(SYSTEM, person).code).status_code == 303


def test_a_code_of_somebody_else_opens_nothing(browser, city, person):
    other = make_person("别人", city.street_a)
    assert activate(browser(), code=make_code(SYSTEM, other).code).status_code == 422
    assert account_of(person) is None
    assert account_of(other) is None


def test_the_answer_does_not_say_whether_a_person_is_in_the_roster(client, person):
    make_code(SYSTEM, person)

    def shown(number):
        page = activate(client, id_number=number, code="AAAAA-AAAAA")
        text = re.sub(r'csrf[-_]token"[^>]*', "", page.text)
        return page.status_code, text.replace(number, "")

    assert shown(NUMBER) == shown("110105194912310011") == shown("nonsense")


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("short-1A", "至少 10 个字符"),
        ("abcdefghijk", "至少用三种"),
        ("Password2026!", "常见密码"),
        ("Chenjing-2026x", "不能包含姓名、手机号或用户名"),
        ("Kq-13900139000", "不能包含姓名、手机号或用户名"),
        ("陈静-Kq7mtzwe", "不能包含姓名、手机号或用户名"),
    ],
)
def test_a_weak_password_is_refused_and_the_code_stays_good(browser, person, password, message):
    code = make_code(SYSTEM, person).code
    answer = activate(browser(), code=code, password=password, again=password)
    assert answer.status_code == 422
    assert message in answer.text
    assert activate(browser(), code=code).status_code == 303


@pytest.mark.parametrize("username", ["", "13900139000", "ab", "陈静陈静", "a" * 40])
def test_a_username_that_cannot_be_one_is_refused(browser, person, username):
    code = make_code(SYSTEM, person).code
    answer = activate(browser(), code=code, username=username)
    assert answer.status_code == 422
    assert "字母开头" in answer.text


def test_a_username_that_is_taken_is_refused(browser, learner, person):
    code = make_code(SYSTEM, person).code
    answer = activate(browser(), code=code, username="WangFang")
    assert answer.status_code == 409
    assert "已有人使用" in answer.text
    assert account_of(person) is None


def test_two_different_passwords_are_refused(browser, person):
    answer = activate(browser(), code=make_code(SYSTEM, person).code, again="Willow-Bank-53")
    assert answer.status_code == 422
    assert "两次输入的密码不一样" in answer.text


def test_a_new_code_sets_a_new_password_and_ends_every_sign_in(client, browser, city, log_in):
    number = "110105194912310011"
    person_id = make_person("重设", city.street_a, id_number=number)
    make_account(person_id, "resetme")
    log_in(client, "resetme")
    fresh = browser()
    code = make_code(SYSTEM, person_id).code
    assert activate(fresh, id_number=number, code=code, username="").location == "/"
    assert not is_in(client)
    assert is_in(fresh)
    assert log_in(browser(), "resetme", PASSWORD).status_code == 422
    assert log_in(browser(), "resetme", NEW).status_code == 303


def test_a_code_does_not_open_an_account_that_was_disabled(browser, city, log_in):
    number = "110105194912310011"
    person_id = make_person("停用", city.street_a, id_number=number)
    make_account(person_id, "closed1")
    code = make_code(SYSTEM, person_id).code
    accounts.disable(SYSTEM, person_id, "离职")
    fresh = browser()
    answer = activate(fresh, id_number=number, code=code, username="")
    assert answer.status_code == 409
    assert "已停用" in answer.text
    accounts.enable(SYSTEM, person_id)
    assert activate(fresh, id_number=number, code=code, username="").location == "/"
    assert log_in(browser(), "closed1", NEW).status_code == 303


def test_the_card_on_a_persons_page_opens_unlocks_and_disables(hr, browser, city, person, log_in):
    page = hr.post(f"/desk/people/{person}/account/code").text
    code = re.search(r'slip-code num">([0-9A-Z-]+)<', page)[1]
    client = browser()
    activate(client, code=code)
    answer = hr.post(f"/desk/people/{person}/account/disable", data={"next": "//evil.example", "reason": "离职"})
    assert answer.location == "/"
    assert not is_in(client)
    assert hr.post(f"/desk/people/{person}/account/enable", data={"next": "/desk"}).location == "/desk"
    assert log_in(client, "chenjing", NEW).status_code == 303


@pytest.mark.parametrize("act", ["code", "disable", "enable", "unlock"])
def test_another_units_person_does_not_exist_for_hr(hr, city, act):
    foreign = make_person("外区人", city.street_b)
    make_account(foreign, "foreign1")
    assert hr.post(f"/desk/people/{foreign}/account/{act}").status_code == 404


def test_an_operator_above_may_reset_an_officer(client, city):
    officer = make_officer("hr_officer", city.street_a)
    sign_in(client, make_officer("operator", city.county_a))
    assert client.post(f"/desk/people/{officer}/account/code").status_code == 200


def test_nobody_disables_themselves(client, city):
    operator = make_officer("operator", city.county_a)
    grant_role(SYSTEM, person_id=operator, role="hr_officer", org_id=city.county_a, reason="测试")
    sign_in(client, operator)
    assert client.post(f"/desk/people/{operator}/account/disable").status_code == 403


def test_a_person_without_account_has_none_to_disable(hr, person):
    assert hr.post(f"/desk/people/{person}/account/disable").status_code == 404
    assert account_of(person) is None


def test_opening_an_account_twice_is_refused(city, learner):
    with pytest.raises(accounts.Conflict):
        make_account(learner, "again1")
