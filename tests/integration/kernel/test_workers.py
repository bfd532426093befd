"""Workers as real processes: killed, doubled, stopped, cut off from the database."""

from __future__ import annotations

import signal
import sys
import threading

import psycopg
import pytest
from sqlalchemy.engine import make_url

from lms.kernel.actor import SYSTEM
from lms.kernel.jobs import queue
from lms.kernel.jobs.worker import work
from lms.kernel.models import JobState
from lms.kernel.uow import unit_of_work
from lms.testing.processes import is_alive, kill_group, wait_until
from tests.integration.kernel.support import LEASE_SECONDS, PROGRAMS, enqueue, look, rows_of, trace_of

pytestmark = pytest.mark.slow
LMS = (sys.executable, PROGRAMS / "lms_with_test_jobs.py")


def test_a_job_is_taken_over_and_doubles_nothing_when_its_worker_is_killed(jobs_app, processes, tmp_path):
    trace, go = tmp_path / "trace", tmp_path / "go"
    job = enqueue(jobs_app, "test.steps", trace=trace, go=go, key="taken-over", total=8, pause_at=5)
    first = processes.start(*LMS, "jobs", "work")
    wait_until(lambda: ("paused", first.pid) in trace_of(trace))
    assert (look(jobs_app, job).progress_done, look(jobs_app, job).progress_total) == (5, 8)
    kill_group(first)
    go.touch()
    second = processes.start(*LMS, "jobs", "work")
    wait_until(lambda: look(jobs_app, job).state is JobState.DONE)
    done = look(jobs_app, job)
    assert (done.attempts, done.result, done.progress_done) == (2, {"rows": 8}, 8)
    assert f":{second.pid}:" in done.worker
    assert rows_of(jobs_app, "taken-over") == 8


def test_no_job_runs_twice_when_two_workers_look_for_work_and_one_job_outlasts_its_lease(jobs_app, processes, tmp_path):
    long = enqueue(jobs_app, "test.wait", trace=tmp_path / "long", seconds=LEASE_SECONDS * 1.5)
    short = [enqueue(jobs_app, "test.wait", trace=tmp_path / f"short{n}", seconds=0.05) for n in range(12)]
    for _worker in range(2):
        processes.start(*LMS, "jobs", "work")
    wait_until(lambda: all(look(jobs_app, job).state is JobState.DONE for job in (long, *short)))
    assert [word for word, _pid in trace_of(tmp_path / "long")] == ["start", "end"]
    for number in range(12):
        assert [word for word, _pid in trace_of(tmp_path / f"short{number}")] == ["start", "end"]
    assert {look(jobs_app, job).attempts for job in (long, *short)} == {1}


def test_the_present_job_is_finished_and_the_next_one_left_when_a_worker_is_told_to_stop(jobs_app, processes, tmp_path):
    trace, go = tmp_path / "trace", tmp_path / "go"
    job = enqueue(jobs_app, "test.steps", trace=trace, go=go, key="stopped", total=3, pause_at=1)
    worker = processes.start(*LMS, "jobs", "work")
    wait_until(lambda: ("paused", worker.pid) in trace_of(trace))
    next_job = enqueue(jobs_app, "test.wait", trace=trace, seconds=0)
    worker.send_signal(signal.SIGTERM)
    go.touch()
    assert worker.wait(20) == 0
    assert look(jobs_app, job).state is JobState.DONE
    assert look(jobs_app, next_job).state is JobState.QUEUED


def test_a_worker_ends_when_its_parent_is_killed(jobs_app, processes, tmp_path):
    trace = tmp_path / "trace"
    job = enqueue(jobs_app, "test.wait", trace=trace, seconds=0)
    program = (
        "import os, subprocess, sys; "
        "subprocess.run([*sys.argv[1:], 'jobs', 'work', '--with-parent', str(os.getpid())], start_new_session=True)"
    )
    parent = processes.start(sys.executable, "-c", program, *LMS)
    wait_until(lambda: look(jobs_app, job).state is JobState.DONE)
    worker_pid = trace_of(trace)[0][1]
    kill_group(parent)
    wait_until(lambda: not is_alive(worker_pid), 10)


def test_a_worker_refuses_to_start_when_the_database_was_never_migrated(processes):
    worker = processes.start(*LMS, "jobs", "work")
    assert worker.wait(30) == 1
    assert "run `lms db upgrade`" in processes.output(worker)
    assert "Traceback" not in processes.output(worker)


def _allow_connections(server_url: str, name: str, *, allowed: bool) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(allowed).lower()}")
        if not allowed:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


@pytest.mark.postgres  # SQLite is a file: it does not go away
def test_a_worker_goes_on_when_the_database_was_away_for_a_moment(jobs_app, tmp_path):
    url = make_url(jobs_app.extensions["lms"].config.database_url)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    trace, go, stop = tmp_path / "trace", tmp_path / "go", threading.Event()
    first = enqueue(jobs_app, "test.steps", trace=trace, go=go, key="cut", total=2, pause_at=1)
    later = enqueue(jobs_app, "test.wait", trace=trace, seconds=0)
    worker = threading.Thread(target=work, args=(jobs_app, stop), kwargs={"idle_seconds": 0.05})
    worker.start()
    try:
        wait_until(lambda: len(trace_of(trace)) == 2)
        _allow_connections(server, str(url.database), allowed=False)
        go.touch()  # the handler's next step fails, and so do heartbeat and the recording of the failure
        stop.wait(1)
        _allow_connections(server, str(url.database), allowed=True)
        wait_until(lambda: look(jobs_app, later).state is JobState.DONE)
        wait_until(lambda: look(jobs_app, first).state is JobState.DONE)
    finally:
        stop.set()
        worker.join()
    assert rows_of(jobs_app, "cut") == 2


def test_one_job_is_queued_when_many_ask_with_the_same_key_at_once(jobs_app):
    barrier, ids = threading.Barrier(6), []

    def ask() -> None:
        with jobs_app.app_context():
            barrier.wait()
            with unit_of_work(SYSTEM) as uow:
                ids.append(queue.enqueue(uow, "test.wait", {}, key="the same"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
