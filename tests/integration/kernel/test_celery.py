"""The city's transport with a real broker and real Celery workers: whatever is lost on the way, no job is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from lms.app import create_app
from lms.config import Config
from lms.kernel.db import db
from lms.kernel.jobs.celery import QUEUE
from lms.kernel.models import Job, JobState
from lms.testing.processes import children, is_alive, kill_group, wait_until
from lms.testing.servers import free_port
from tests.integration.kernel.programs.jobs import ROOM
from tests.integration.kernel.support import enqueue, look, rows_of, trace_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.redis,
    pytest.mark.postgres,  # what a city runs
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server: apt-get install redis-server"),
]
CELERY = (sys.executable, "-m", "celery")


class Broker:
    """A redis-server of the test's own that keeps nothing on disk."""

    def __init__(self, processes, folder: Path) -> None:
        self.port = free_port()
        self._processes, self._folder = processes, folder
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        where = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", "")
        self._server = self._processes.start("redis-server", *where)
        wait_until(self._answers)

    def lose_everything(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            assert client.llen(QUEUE) > 0, "there was nothing to lose"
            client.flushall()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@pytest.fixture
def broker(processes, tmp_path) -> Broker:
    """A broker that is not running yet."""
    broker = Broker(processes, tmp_path)
    processes.env["LMS_BROKER_URL"] = broker.url
    return broker


@pytest.fixture
def city_app(jobs_app, broker) -> Iterator:
    """What a web process is in a city: it announces jobs to the broker."""
    shared = jobs_app.extensions["lms"].config
    app = create_app(
        Config.from_env({}, database_url=shared.database_url, data_dir=shared.data_dir, broker_url=broker.url),
        rooms=(ROOM,),
    )
    yield app
    app.extensions["lms"].transport.app.close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def start_worker(processes):
    options = ("--concurrency", "1", "--without-gossip", "--without-mingle")
    return lambda: processes.start(*CELERY, "-A", "celery_with_test_jobs", "worker", *options)


def test_a_job_is_carried_to_a_worker_and_taken_over_when_that_one_is_killed(city_app, broker, start_worker, tmp_path):
    broker.start()
    trace, go = tmp_path / "trace", tmp_path / "go"
    job = enqueue(city_app, "test.steps", trace=trace, go=go, key="celery", total=6, pause_at=3)
    first = start_worker()
    wait_until(lambda: "paused" in dict(trace_of(trace)))
    kill_group(first)
    go.touch()
    start_worker()
    wait_until(lambda: look(city_app, job).state is JobState.DONE)
    assert (look(city_app, job).attempts, look(city_app, job).result) == (2, {"rows": 6})
    assert rows_of(city_app, "celery") == 6


def test_nothing_is_lost_when_the_broker_is_away_and_when_it_forgets_everything(
    city_app, broker, start_worker, tmp_path
):
    while_away = enqueue(city_app, "test.wait", trace=tmp_path / "away", seconds=0)
    assert look(city_app, while_away).state is JobState.QUEUED
    broker.start()
    forgotten = enqueue(city_app, "test.wait", trace=tmp_path / "forgotten", seconds=0)
    broker.lose_everything()
    worker = start_worker()
    wait_until(lambda: all(look(city_app, job).state is JobState.DONE for job in (while_away, forgotten)))
    for name in ("away", "forgotten"):
        assert [word for word, _pid in trace_of(tmp_path / name)] == ["start", "end"]
    [sweeper] = [pid for pid, command in children(worker.pid).items() if "sweep" in command]
    worker.terminate()
    assert worker.wait(30) == 0
    assert not is_alive(sweeper)


def test_an_announced_job_runs_without_waiting_for_the_sweeper(city_app, broker, processes, start_worker, tmp_path):
    processes.env["LMS_JOB_LEASE_SECONDS"] = "600"  # an id is sent again after that time only
    broker.start()
    start_worker()
    job = enqueue(city_app, "test.wait", trace=tmp_path / "trace", seconds=0)
    wait_until(lambda: look(city_app, job).state is JobState.DONE)


def test_the_real_entry_point_runs_the_recurring_jobs_of_the_real_rooms(city_app, broker, processes):
    broker.start()
    processes.start(*CELERY, "-A", "lms.celery_app", "worker", "--concurrency", "1")
    wait_until(lambda: JobState.DONE in _states(city_app, "messages.post"))


def test_a_worker_without_a_broker_says_what_to_do(processes):
    worker = processes.start(*CELERY, "-A", "lms.celery_app", "worker")
    assert worker.wait(40) != 0
    assert "LMS_BROKER_URL is empty" in processes.output(worker)
    assert "Traceback" not in processes.output(worker)


def _states(app, name: str) -> set[JobState]:
    with app.app_context():
        return set(db.session.scalars(select(Job.state).where(Job.name == name)))
