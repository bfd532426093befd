"""Real commits, real processes: a worker killed in the middle, two officers at the same moment."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading

import pytest
from sqlalchemy import func, select, update

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.jobs import worker
from lms.kernel.models import AuditEntry, Job, JobState, OutboxEvent
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.people.models import ApplyMode, Employment, ImportState, Person, Qualification, RosterImport, RosterRow
from lms.people.roster import service
from lms.people.roster.job import APPLY_JOB
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.rosters import counts, make_roster, reload, roster_row
from lms.webkit.uploads import XLSX, Upload

ROWS = 60
DOOMED = """
import os, signal, sys
from lms.kernel.jobs import worker
from lms.people.roster import {module}
from lms.testing.plugin import build_test_app
from pathlib import Path

calls = 0
original = {module}.{function}

def die(*given, **named):
    global calls
    calls += 1
    if calls == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*given, **named)

{module}.{function} = die
worker.run_one(build_test_app(sys.argv[1], Path(sys.argv[2])), "doomed")
"""


def rows() -> list[dict[str, str]]:
    certified = {"qualification": "中级", "obtained_on": "2024-06-01"}
    return [
        roster_row(order, "玉林街道", **(certified | {"certificate_number": f"2024{order:08d}"} if order % 2 else {}))
        for order in range(1, ROWS + 1)
    ]


def upload() -> object:
    """Start an import in a fresh city; returns its id."""
    city = make_small_city()
    return service.start_import(SYSTEM, Upload("名册.xlsx", XLSX, make_roster(rows())), city.county_a)


def killed_at(app, module: str, function: str, call: int = 1) -> None:
    """Let a process of its own work on the next job and kill itself at the given call."""
    with app.app_context():
        config = kernel().config
        db.session.remove()
        db.engine.dispose()
    script = DOOMED.format(module=module, function=function, call=call)
    done = subprocess.run(
        [sys.executable, "-c", script, config.database_url, str(config.data_dir)], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def lease_runs_out() -> None:
    with unit_of_work(SYSTEM) as uow:
        past = clock.now() - dt.timedelta(seconds=1)
        assert uow.change(update(Job).where(Job.state == JobState.RUNNING).values(lease_until=past)) == 1


def how_many(table) -> int:
    db.session.rollback()  # SQLite would go on reading what it saw first
    return db.session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("function", ["_insert_employments", "_insert_qualifications"])
def test_a_worker_killed_while_it_writes_loses_and_doubles_nothing(real_app, function):
    with real_app.app_context():
        import_id = upload()
        worker.drain(real_app)
        service.request_apply(SYSTEM, import_id, ApplyMode.ALL)
    killed_at(real_app, "merge", function)
    with real_app.app_context():
        assert [how_many(table) for table in (Person, Employment, Qualification)] == [0, 0, 0]
        assert reload(import_id).state is ImportState.APPLYING
        worker.drain(real_app)  # the lease still holds: nobody may touch the job
        assert how_many(Person) == 0
        lease_runs_out()
        worker.drain(real_app)
        roster = reload(import_id)
        assert (roster.state, counts(roster)) == (ImportState.APPLIED, (ROWS, 0, 0, 0))
        assert [how_many(table) for table in (Person, Employment, Qualification)] == [ROWS, ROWS, ROWS // 2]
        assert how_many(RosterRow) == 0
        for query in (
            select(AuditEntry.seq).where(AuditEntry.action == "roster.apply"),
            select(OutboxEvent.id).where(OutboxEvent.name == "people.roster_applied"),
        ):
            assert len(db.session.scalars(query).all()) == 1
        db.session.remove()


def test_a_worker_killed_after_the_commit_does_not_write_again(real_app):
    with real_app.app_context():
        import_id = upload()
        worker.drain(real_app)
        service.request_apply(SYSTEM, import_id, ApplyMode.ALL)
    killed_at(real_app, "apply", "zh", call=2)  # the second message is that of the end
    with real_app.app_context():
        assert reload(import_id).state is ImportState.APPLIED
        lease_runs_out()
        worker.drain(real_app)
        assert [how_many(table) for table in (Person, Employment)] == [ROWS, ROWS]
        assert db.session.scalars(select(Job.state).where(Job.name == APPLY_JOB)).all() == [JobState.DONE]
        db.session.remove()


def test_a_worker_killed_while_it_checks_starts_the_check_anew(real_app, monkeypatch):
    with real_app.app_context():
        import_id = upload()
    killed_at(real_app, "check", "new_id", call=ROWS - 5)
    with real_app.app_context():
        lease_runs_out()
        monkeypatch.setattr("lms.people.roster.check.BATCH", 13)
        worker.drain(real_app)
        roster = reload(import_id)
        assert (roster.state, counts(roster), roster.rows_total) == (ImportState.CHECKED, (ROWS, 0, 0, 0), ROWS)
        assert how_many(RosterRow) == ROWS
        db.session.remove()


def at_once(*tasks) -> list[object]:
    """Run the tasks at the same moment; returns what each returned or raised."""
    results: list[object] = [None] * len(tasks)
    start = threading.Barrier(len(tasks))

    def run(at: int) -> None:
        start.wait()
        try:
            results[at] = tasks[at]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[at] = error

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_app(app, call):
    def run():
        with app.app_context():
            try:
                return call()
            finally:
                db.session.remove()

    return run


def test_two_requests_to_apply_at_the_same_moment_give_one(real_app):
    with real_app.app_context():
        import_id = upload()
        worker.drain(real_app)
        db.session.remove()
    results = at_once(*[in_app(real_app, lambda: service.request_apply(SYSTEM, import_id, ApplyMode.ALL))] * 2)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True], results
    with real_app.app_context():
        assert len(db.session.scalars(select(Job.id).where(Job.name == APPLY_JOB)).all()) == 1
        worker.drain(real_app)
        assert how_many(Person) == ROWS
        db.session.remove()


def test_two_rosters_with_the_same_people_written_at_once_write_each_person_once(real_app):
    with real_app.app_context():
        city = make_small_city()
        content = make_roster(rows())
        imports = [service.start_import(SYSTEM, Upload("名册.xlsx", XLSX, content), city.county_a) for _one in "ab"]
        worker.drain(real_app)
        jobs = [service.request_apply(SYSTEM, import_id, ApplyMode.ALL) for import_id in imports]
        db.session.remove()
    results = at_once(
        lambda: worker.run_one(real_app, "first", jobs[0]), lambda: worker.run_one(real_app, "second", jobs[1])
    )
    assert results == [True, True]
    with real_app.app_context():
        ended = sorted(counts(reload(import_id)) for import_id in imports)
        assert ended == [(0, 0, ROWS, 0), (ROWS, 0, 0, 0)]
        assert [row.state for row in db.session.scalars(select(RosterImport))] == [ImportState.APPLIED] * 2
        assert [how_many(table) for table in (Person, Employment, Qualification)] == [ROWS, ROWS, ROWS // 2]
        db.session.remove()
