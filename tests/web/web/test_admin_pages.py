from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, text

from lms.access.actors import actor_for
from lms.access.service import accounts, grant_role
from lms.credits import service as hours
from lms.credits.models import Category, CreditEntry
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import queue, worker
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.kernel.settings import SettingSpec
from lms.kernel.uow import unit_of_work
from lms.people import service as persons
from lms.people.sealed import Fact
from lms.testing.factories.access import make_account, make_officer, sign_in
from lms.testing.factories.credits import complete
from lms.testing.factories.people import make_person
from lms.web.jobs import AUDIT_CHECK

SPECS = (
    SettingSpec("test.hours", 72, "测试学时", minimum=1, maximum=500, unit="小时", illustrative=True),
    SettingSpec("test.open", default=False, title="测试开关"),
    SettingSpec("test.words", ["甲"], "测试清单"),
    SettingSpec("test.mode", "online", "测试方式", choices=("online", "paper")),
)


@pytest.fixture
def specs(app):
    kernel().settings.declare(SPECS)
    yield
    for spec in SPECS:
        kernel().settings.specs.pop(spec.key)


@pytest.fixture
def operator(client, city):
    person_id = make_officer("operator", city.city, "周岚")
    sign_in(client, person_id)
    return person_id


def change(client, key, value, day=None, note="成社发〔2026〕8 号"):
    data = {"value": value, "valid_from": (day or clock.today()).isoformat(), "note": note}
    return client.post(f"/admin/settings/{key}", data=data)


def test_a_setting_changes_on_its_day_and_keeps_its_history(client, operator, specs):
    start = clock.today() + dt.timedelta(days=30)
    assert change(client, "test.hours", "90", start).status_code == 303
    settings = kernel().settings
    assert settings.value("test.hours") == 72
    assert settings.value("test.hours", start) == 90
    page = client.get("/admin/settings/test.hours").text
    for shown in ("90", "成社发〔2026〕8 号", "周岚", "未到期", "示例"):
        assert shown in page
    assert "90" in client.get("/admin/settings").text


def test_an_illustrative_default_is_marked_until_a_value_is_decided(client, operator, specs):
    assert "示例" in client.get("/admin/settings").text
    change(client, "test.hours", "72")
    row = re.search(r"测试学时.*?</tr>", client.get("/admin/settings").text, re.DOTALL).group()
    assert "示例" not in row


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [("test.open", "yes", True), ("test.words", "甲\r\n\r\n 乙 ", ["甲", "乙"]), ("test.mode", "paper", "paper")],
)
def test_each_kind_of_setting_is_stored_in_its_own_type(client, operator, specs, key, typed, stored):
    assert change(client, key, typed).status_code == 303
    assert kernel().settings.value(key) == stored


@pytest.mark.parametrize(
    ("key", "value", "day", "note"),
    [
        ("test.hours", "9000", 0, "x"),
        ("test.hours", "many", 0, "x"),
        ("test.hours", "90", -1, "x"),
        ("test.hours", "90", 0, ""),
        ("test.open", "perhaps", 0, "x"),
        ("test.mode", "oral", 0, "x"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field_and_stores_nothing(client, operator, specs, key, value, day, note):
    answer = change(client, key, value, clock.today() + dt.timedelta(days=day), note)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text or 'class="field wrong"' in answer.text
    assert kernel().settings.history(key) == []


def test_an_unknown_setting_is_not_found(client, operator):
    assert client.get("/admin/settings/no.such").status_code == 404


def test_an_auditor_reads_settings_but_cannot_change_them(client, city, specs):
    sign_in(client, make_officer("auditor", city.city))
    assert "设定新的数值" not in client.get("/admin/settings/test.hours").text
    assert change(client, "test.hours", "90").status_code == 403
    assert kernel().settings.history("test.hours") == []


def test_an_operator_of_one_county_cannot_change_the_citys_settings(client, city, specs):
    sign_in(client, make_officer("operator", city.county_a))
    assert change(client, "test.hours", "90").status_code == 404
    assert kernel().settings.history("test.hours") == []


def job(state=JobState.QUEUED, key=None, **values):
    with unit_of_work(SYSTEM) as uow:
        job_id = queue.enqueue(uow, AUDIT_CHECK.name, {}, key=key)
        row = uow.session.get(Job, job_id)
        row.state = state
        for name, value in values.items():
            setattr(row, name, value)
    return job_id


def test_a_failed_job_shows_its_error_and_is_queued_again_once(client, operator):
    job_id = job(JobState.FAILED, error="ZeroDivisionError: <x>", attempts=3)
    page = client.get(f"/admin/jobs/{job_id}").text
    assert "ZeroDivisionError: &lt;x&gt;" in page
    assert "重新排队" in page
    assert client.post(f"/admin/jobs/{job_id}/again").status_code == 303
    assert client.post(f"/admin/jobs/{job_id}/again").status_code == 409
    assert db.session.get(Job, job_id, populate_existing=True).state is JobState.QUEUED


def test_only_a_waiting_job_can_be_cancelled(client, operator):
    waiting, running = job(), job(JobState.RUNNING)
    assert client.post(f"/admin/jobs/{waiting}/cancel").status_code == 303
    assert client.post(f"/admin/jobs/{running}/cancel").status_code == 409


def test_an_auditor_sees_jobs_but_cannot_touch_them(client, city):
    sign_in(client, make_officer("auditor", city.city))
    job_id = job(JobState.FAILED)
    assert "重新排队" not in client.get(f"/admin/jobs/{job_id}").text
    assert client.post(f"/admin/jobs/{job_id}/again").status_code == 403


def test_jobs_are_filtered_and_recurring_ones_kept_out_until_asked_for(client, operator):
    job(JobState.DONE, key="every:audit.check:1")
    assert "共 0 个任务" in client.get("/admin/jobs").text
    assert "共 1 个任务" in client.get("/admin/jobs?recurring=1").text
    job(JobState.FAILED, key="every:audit.check:2")
    assert "共 1 个任务" in client.get("/admin/jobs?state=failed").text
    assert "共 1 个任务" in client.get("/admin/jobs?state=nonsense").text
    assert "共 0 个任务" in client.get("/admin/jobs?name=no.such").text


def test_an_unknown_job_is_not_found(client, operator):
    assert client.get("/admin/jobs/01890000-0000-7000-8000-000000000000").status_code == 404


def entry(action, org_id=None, subject="s1"):
    with unit_of_work(SYSTEM) as uow:
        uow.audit(action, "thing", subject, org_id=org_id, reason="<b>因</b>")


def test_the_audit_log_is_searched_by_action_subject_and_day(client, city):
    entry("demo.alpha", subject="a1")
    entry("demo.beta", subject="b2")
    sign_in(client, make_officer("auditor", city.city))
    page = client.get("/admin/audit?action=demo.").text
    assert "demo.alpha" in page
    assert "demo.beta" in page
    assert "&lt;b&gt;因" in page
    assert "demo.beta" not in client.get("/admin/audit?action=demo.a").text
    assert "demo.alpha" not in client.get("/admin/audit?subject=b2").text
    tomorrow = clock.today() + dt.timedelta(days=1)
    assert "demo.alpha" not in client.get(f"/admin/audit?since={tomorrow}").text
    assert "demo.alpha" in client.get(f"/admin/audit?action=demo&since={clock.today()}&until={clock.today()}").text
    assert client.get("/admin/audit?since=yesterday&page=9").status_code == 200


@pytest.mark.parametrize("sign", ["%", "_"])
def test_a_wildcard_typed_into_the_search_means_itself(client, city, sign):
    entry("demo.alpha")
    sign_in(client, make_officer("auditor", city.city))
    assert "demo.alpha" not in client.get("/admin/audit", query_string={"action": f"demo{sign}"}).text


def test_an_auditor_of_one_county_sees_that_county_only(client, city):
    entry("demo.here", city.street_a)
    entry("demo.there", city.street_b)
    entry("demo.city")
    sign_in(client, make_officer("auditor", city.county_a))
    page = client.get("/admin/audit").text
    assert "demo.here" in page
    assert "demo.there" not in page
    assert "demo.city" not in page
    assert client.post("/admin/audit/check").status_code == 404


def test_an_auditor_of_one_county_finds_what_was_done_to_its_people(client, city):
    person = make_person("李小华", city.community_a, phone="13812345678")
    officer = actor_for(make_officer("hr_officer", city.county_a))
    persons.reveal(officer, person, Fact.PHONE, "核对银行回单")
    complete(person)
    hours.correct(
        officer, db.session.scalars(select(CreditEntry.id)).one(), minutes=60, category=Category.PUBLIC, reason="多记"
    )
    make_account(person, "lixiaohua")
    accounts.disable(officer, person, "离职")
    sign_in(client, make_officer("auditor", city.county_a))
    page = client.get("/admin/audit").text
    for action in ("person.reveal", "credit.correct", "account.create", "account.disable"):
        assert action in page
    sign_in(client, make_officer("auditor", city.county_b))
    assert "person.reveal" not in client.get("/admin/audit").text


def check_chain(app, client) -> str:
    assert client.post("/admin/audit/check").status_code == 303
    worker.drain(app)
    return client.get("/admin/audit").text


def test_checking_the_chain_tells_that_it_holds(app, client, city):
    entry("demo.alpha")
    sign_in(client, make_officer("auditor", city.city))
    assert "指纹链完整" in check_chain(app, client)


def test_checking_the_chain_finds_an_entry_that_was_changed(app, client, city):
    entry("demo.alpha")
    sign_in(client, make_officer("auditor", city.city))
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
    else:
        db.session.execute(text("DROP TRIGGER append_only_audit_entry_update"))
    db.session.execute(text("UPDATE audit_entry SET actor_name = '别人' WHERE action = 'demo.alpha'"))
    db.session.commit()
    seq = db.session.scalar(text("SELECT seq FROM audit_entry WHERE action = 'demo.alpha'"))
    page = check_chain(app, client)
    assert "不完整" in page
    assert f"第 {seq} 条" in page


def test_a_right_on_two_units_lists_an_entry_once(client, city):
    entry("demo.once", city.street_a)
    person_id = make_officer("auditor", city.county_a)
    grant_role(SYSTEM, person_id=person_id, role="auditor", org_id=city.street_a, reason="测试")
    sign_in(client, person_id)
    assert client.get("/admin/audit?action=demo.once").text.count("<code>demo.once</code>") == 1


def test_an_operator_of_one_county_sees_only_the_jobs_they_started(client, city):
    person_id = make_officer("operator", city.county_a)
    sign_in(client, person_id)
    own, other = job(JobState.FAILED, created_by=person_id), job(JobState.FAILED, error="王强 的证件号码有误")
    assert "共 1 个任务" in client.get("/admin/jobs").text
    assert client.get(f"/admin/jobs/{own}").status_code == 200
    assert client.get(f"/admin/jobs/{other}").status_code == 404
    assert client.post(f"/admin/jobs/{other}/again").status_code == 404


def test_the_dashboard_points_operators_to_failed_jobs(client, operator):
    assert "需要处理的后台任务" not in client.get("/desk").text
    job(JobState.FAILED)
    assert 'href="/admin/jobs?state=failed"' in client.get("/desk").text
