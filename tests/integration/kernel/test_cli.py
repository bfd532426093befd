"""The commands of the kernel: what they say, what they change, how they exit."""

from __future__ import annotations

import uuid

import pytest
from click.testing import CliRunner, Result
from flask.cli import ScriptInfo
from sqlalchemy import text

from lms.cli import main
from lms.kernel import outbox
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import queue
from lms.kernel.migrate import downgrade, head
from lms.kernel.settings import SettingSpec
from lms.kernel.uow import unit_of_work
from tests.integration.kernel.events import Happened
from tests.integration.kernel.support import enqueue


@pytest.fixture
def lms(real_app):
    """Run a command on an application of the test's own."""
    info = ScriptInfo(create_app=lambda: real_app)
    return lambda *arguments: CliRunner().invoke(main, arguments, obj=info)


def assert_refused(result: Result, words: str) -> None:
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output


def change(app, *statements: str) -> None:
    with app.app_context(), unit_of_work(SYSTEM) as uow:
        for statement in statements:
            uow.session.execute(text(statement))


def record(app, count: int) -> None:
    with app.app_context():
        for number in range(count):
            with unit_of_work(SYSTEM) as uow:
                uow.audit("test.record", "thing", str(number))


def test_upgrading_an_upgraded_database_changes_nothing(lms):
    for _time in range(2):
        result = lms("db", "upgrade")
        assert (result.exit_code, result.output) == (0, f"database at {head()}\n")
    assert lms("db", "status").exit_code == 0


def test_a_database_behind_this_release_is_told_and_brought_up(lms, real_app):
    older = f"{int(head()) - 1:04d}"
    with real_app.app_context(), db.engine.begin() as connection:
        downgrade(connection, older)
    assert_refused(lms("db", "status"), f"the database is at {older}")
    assert lms("db", "upgrade").output == f"database at {head()} (was {older})\n"
    assert lms("db", "status").exit_code == 0


@pytest.mark.parametrize("command", ["status", "upgrade"])
def test_a_database_of_a_newer_release_is_left_alone(lms, real_app, command):
    change(real_app, "UPDATE alembic_version SET version_num = '9999'")
    assert_refused(lms("db", command), "made by a newer release")


def test_the_audit_log_proves_itself_and_that_it_still_contains_a_noted_entry(lms, real_app):
    record(real_app, 3)
    result = lms("audit", "verify")
    assert result.exit_code == 0
    assert result.output.startswith("3 entries, the chain holds, last hash ")
    noted = result.output.split()[-1]
    record(real_app, 2)
    assert lms("audit", "verify", "--contains", noted).exit_code == 0
    assert_refused(lms("audit", "verify", "--contains", "f" * 64), "no longer contains")


def _unprotect(app) -> None:
    """What an attacker with the database's password would do first."""
    if "postgresql" in app.extensions["lms"].config.database_url:
        change(app, "DROP TRIGGER append_only_audit_entry ON audit_entry")
    else:
        change(app, "DROP TRIGGER append_only_audit_entry_update", "DROP TRIGGER append_only_audit_entry_delete")


def test_a_changed_entry_and_entries_cut_off_at_the_end_are_told(lms, real_app):
    record(real_app, 4)
    noted = lms("audit", "verify").output.split()[-1]
    _unprotect(real_app)
    change(real_app, "DELETE FROM audit_entry WHERE seq = 4")
    assert lms("audit", "verify").exit_code == 0
    assert_refused(lms("audit", "verify", "--contains", noted), "no longer contains")
    change(real_app, "UPDATE audit_entry SET actor_name = 'x' WHERE seq = 2")
    assert_refused(lms("audit", "verify"), "entry 2 was changed")


def test_settings_are_listed_and_changed_from_a_day_on(lms, real_app):
    real_app.extensions["lms"].settings.declare([SettingSpec("test.hours", 72, "学时", maximum=200)])
    assert "test.hours = 72  (default)" in lms("settings", "list").output
    result = lms("settings", "set", "test.hours", "80", "--from", "2020-01-01", "--note", "文件")
    assert (result.exit_code, result.output) == (0, "test.hours = 80 from 2020-01-01\n")
    assert "test.hours = 80  (since 2020-01-01)" in lms("settings", "list").output


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("test.hours", "300", "超出范围"), ("test.hours", "many", "值类型不对"), ("test.none", "1", "没有“test.none”")],
)
def test_a_setting_that_cannot_be_is_refused_in_one_line(lms, real_app, key, value, words):
    real_app.extensions["lms"].settings.declare([SettingSpec("test.hours", 72, "学时", maximum=200)])
    assert_refused(lms("settings", "set", key, value), words)


def test_the_configuration_is_printed_without_its_secrets(lms, real_app):
    config = real_app.extensions["lms"].config
    output = lms("config").output
    assert f"LMS_DATA_DIR={config.data_dir}" in output
    assert "LMS_BROKER_URL=\n" in output
    for secret in (config.secret_key, config.index_key, config.field_keys, config.database_url):
        assert secret not in output


def test_jobs_are_listed_run_and_asked_for_again(lms, jobs_app):
    info = ScriptInfo(create_app=lambda: jobs_app)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, obj=info)

    job = enqueue(jobs_app, "test.wait", trace="/dev/null", seconds=0)
    assert f"{job.id}  queued     test.wait" in run("jobs", "list").output
    with jobs_app.app_context():
        queue.cancel(SYSTEM, job.id)
    assert run("jobs", "drain").output == "0 jobs run\n"
    assert run("jobs", "again", str(job.id)).output == "queued\n"
    assert run("jobs", "drain").output == "1 jobs run\n"
    assert_refused(run("jobs", "again", str(job.id)), "只有失败或已取消的任务可以重来")
    assert_refused(run("jobs", "again", str(uuid.uuid4())), "找不到这个任务")


def test_parked_events_are_listed_and_handed_over_again(lms, real_app, monkeypatch):
    monkeypatch.setattr(outbox, "PAUSES", ())
    heard, bus = [], real_app.extensions["lms"].bus

    def fussy(event) -> None:
        if not heard:
            raise ValueError("not yet")

    bus.subscribe("test.fussy", Happened, fussy)
    assert lms("events", "parked").output == "none\n"
    with real_app.app_context():
        with unit_of_work(SYSTEM) as uow:
            uow.emit(Happened(what="x"))
        outbox.deliver_pending()
        [row] = outbox.parked()
    listed = lms("events", "parked")
    assert listed.exit_code == 1
    assert f"{row.event_id}  test.fussy  ValueError: not yet" in listed.output
    heard.append("ready")
    assert lms("events", "retry", "test.fussy", str(row.event_id)).output == "delivered\n"
    assert lms("events", "parked").exit_code == 0
    assert_refused(lms("events", "retry", "test.fussy", "999"), "没有这条停放的事件")


@pytest.mark.parametrize("arguments", [["db"], ["jobs", "again", "no-id"], ["nothing"], ["serve", "--port", "0"]])
def test_wrong_usage_exits_with_2(lms, arguments):
    assert lms(*arguments).exit_code == 2


def test_a_key_that_cannot_be_read_is_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setenv("LMS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LMS_POOL_SIZE", "many")
    assert_refused(CliRunner().invoke(main, ["db", "status"]), "LMS_POOL_SIZE must be a whole number")
    monkeypatch.delenv("LMS_POOL_SIZE")
    monkeypatch.setenv("LMS_FIELD_KEYS", "k1:AAAA")
    assert_refused(CliRunner().invoke(main, ["db", "status"]), "LMS_FIELD_KEYS")


def test_a_command_on_tables_that_are_not_there_says_how_to_make_them(lms, real_app):
    change(real_app, "ALTER TABLE job RENAME TO job_of_old")
    assert_refused(lms("jobs", "list"), "`lms db upgrade`")
