from __future__ import annotations

import datetime as dt
import multiprocessing
import threading
import time

import pytest
from sqlalchemy import func, select, text, update

from lms.app import create_app
from lms.config import Config
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.ids import new_id
from lms.kernel.models import AuditEntry, Job, OutboxEvent, SettingValue
from lms.kernel.uow import in_unit_of_work, unit_of_work
from lms.testing.queries import count_queries
from tests.integration.kernel.events import Happened
from tests.integration.kernel.programs.jobs import ROOM
from tests.integration.kernel.support import enqueue, look


def record(what: str) -> None:
    with unit_of_work(SYSTEM) as uow:
        uow.audit("test.record", "thing", what)


def recorded() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.subject_id).order_by(AuditEntry.seq)))


def test_inner_blocks_join_and_one_commit_ends_all(app):
    with unit_of_work(SYSTEM) as outer:
        record("inner")
        with unit_of_work(SYSTEM) as inner:
            assert inner is outer
        assert recorded() == []
        assert in_unit_of_work()
    assert recorded() == ["inner"]
    assert not in_unit_of_work()


def test_everything_is_rolled_back_when_the_outer_block_fails(bus):
    def fail_after_recording() -> None:
        with unit_of_work(SYSTEM) as uow:
            record("inner")
            uow.emit(Happened(what="x"))
            uow.after_commit(lambda: pytest.fail("called without a commit"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    assert recorded() == []
    assert db.session.scalars(select(OutboxEvent)).all() == []


def test_an_inner_failure_cannot_be_caught_to_commit_the_other_half(app):
    def inner_fails() -> None:
        with unit_of_work(SYSTEM) as uow:
            uow.audit("test.record", "thing", "half")
            raise ZeroDivisionError

    def swallow() -> None:
        with unit_of_work(SYSTEM):
            record("outer")
            with pytest.raises(ZeroDivisionError):
                inner_fails()

    with pytest.raises(RuntimeError, match="savepoint"):
        swallow()
    assert recorded() == []


def test_what_fails_inside_a_savepoint_is_undone_with_its_records_and_the_rest_is_kept(bus):
    calls = []

    def fail_alone(uow) -> None:
        with uow.savepoint():
            record("lost")
            uow.emit(Happened(what="lost"))
            uow.after_commit(lambda: calls.append("lost"))
            raise ZeroDivisionError

    with unit_of_work(SYSTEM) as uow:
        record("kept")
        uow.after_commit(lambda: calls.append("kept"))
        with pytest.raises(ZeroDivisionError):
            fail_alone(uow)
        with uow.savepoint():
            record("kept too")
    assert recorded() == ["kept", "kept too"]
    assert calls == ["kept"]
    assert db.session.scalars(select(OutboxEvent)).all() == []


def test_calls_after_the_commit_run_in_order_and_one_that_fails_stops_nobody(app):
    calls = []

    def fail() -> None:
        calls.append("failing")
        raise OSError("broker away")

    with unit_of_work(SYSTEM) as uow:
        uow.after_commit(lambda: calls.append(f"sees {recorded()}"))
        uow.after_commit(fail)
        with unit_of_work(SYSTEM) as inner:
            inner.after_commit(lambda: calls.append("last"))
        record("done")
        assert calls == []
    assert calls == ["sees ['done']", "failing", "last"]


def test_a_core_handler_can_veto_the_use_case(bus):
    def veto(_event) -> None:
        raise PermissionError

    bus.handle(Happened, veto)

    def act() -> None:
        with unit_of_work(SYSTEM) as uow:
            record("1")
            uow.emit(Happened(what="x"))

    with pytest.raises(PermissionError):
        act()
    assert recorded() == []


def test_an_event_nobody_declared_is_refused(app):
    with unit_of_work(SYSTEM) as uow, pytest.raises(ValueError, match=r"test\.happened"):
        uow.emit(Happened(what="x"))


def test_a_unit_of_work_that_tells_nothing_takes_no_log_lock(app):
    with count_queries() as seen, unit_of_work(SYSTEM) as uow:
        uow.change(update(Job).values(worker="x"))
    assert seen.count == 1


def _count_up(url: str, folder: str, rounds: int) -> None:
    """In a process of its own: read the setting's newest row and write the next one, `rounds` times."""
    app = create_app(Config.from_env({"LMS_DATABASE_URL": url, "LMS_DATA_DIR": folder}), rooms=(ROOM,))
    with app.app_context():
        for _round in range(rounds):
            with unit_of_work(SYSTEM) as uow:
                if db.engine.dialect.name == "postgresql":
                    uow.session.execute(text("SELECT pg_advisory_xact_lock(1)"))
                last = uow.session.scalar(select(func.max(SettingValue.revision)))
                time.sleep(0.005)  # long enough for another to write in between, if that were possible
                row = {"value": 0, "valid_from": dt.date(2026, 1, 1), "illustrative": False, "set_at": clock.now()}
                uow.session.add(SettingValue(id=new_id(), key="counter", revision=(last or 0) + 1, **row))
                uow.audit("test.count", "thing", str(last))


def test_writers_in_other_processes_wait_for_each_other_instead_of_failing(real_app):
    """A reader that becomes a writer would get "database is locked" at once on SQLite: writers take the lock first."""
    config = real_app.extensions["lms"].config
    context = multiprocessing.get_context("spawn")
    arguments = (config.database_url, str(config.data_dir), 20)
    writers = [context.Process(target=_count_up, args=arguments) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with real_app.app_context():
        assert db.session.scalar(select(func.max(SettingValue.revision))) == 40
        assert [entry.seq for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))] == list(
            range(1, 41)
        )


def test_what_another_connection_has_just_committed_is_seen_inside(jobs_app):
    job = enqueue(jobs_app, "test.wait")
    with jobs_app.app_context():
        before = db.session.get_one(Job, job.id)
        assert before.worker == ""

        def change() -> None:
            with jobs_app.app_context(), unit_of_work(SYSTEM) as uow:
                uow.change(update(Job).values(worker="elsewhere"))

        other = threading.Thread(target=change)
        other.start()
        other.join()
        with unit_of_work(SYSTEM) as uow:
            assert uow.session.get_one(Job, job.id).worker == "elsewhere"
    assert look(jobs_app, job).worker == "elsewhere"
