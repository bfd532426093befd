"""`lms serve` as an operator meets it."""

from __future__ import annotations

import os
import signal
import socket
import urllib.error
import urllib.request

import pytest
from sqlalchemy import func, select

from lms.kernel.db import db
from lms.kernel.models import Job, JobState
from lms.testing.processes import children, is_alive, wait_until
from lms.testing.servers import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def site(real_app, processes):
    """A started site on a migrated database: (process, port)."""
    processes.env["LMS_DATABASE_URL"] = real_app.extensions["lms"].config.database_url
    port = free_port()
    server = processes.lms("serve", "--port", str(port), "--processes", "1")
    wait_until(lambda: answers(port))
    return server, port


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def workers(server) -> list[int]:
    return [pid for pid, command in children(server.pid).items() if "work" in command]


def test_the_worker_beside_the_site_works_is_started_again_when_killed_and_ends_with_the_site(
    site, real_app, processes
):
    server, port = site
    with real_app.app_context():
        done = select(func.count()).where(Job.name == "messages.post", Job.state == JobState.DONE)
        wait_until(lambda: db.session.scalar(done) or db.session.rollback())
    [first] = workers(server)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: workers(server) and workers(server) != [first])
    server.terminate()
    assert server.wait(30) == 0
    assert not answers(port)
    for pid in (first, *workers_started(processes.output(server))):
        assert not is_alive(pid)


def workers_started(output: str) -> list[int]:
    """Process ids that the log names."""
    return [int(line.rpartition("PID: ")[2].split('"')[0]) for line in output.splitlines() if "with PID: " in line]


def test_nothing_of_the_site_stays_behind_when_it_is_killed(site):
    server, port = site
    family = children(server.pid)
    assert len(family) == 2
    server.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in family), 15)
    assert not answers(port)


def test_a_taken_port_is_named_and_refused(real_app, processes):
    processes.env["LMS_DATABASE_URL"] = real_app.extensions["lms"].config.database_url
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = processes.lms("serve", "--port", str(port))
        assert server.wait(30) == 1
    output = processes.output(server)
    assert f"cannot listen on 127.0.0.1 port {port}" in output
    assert "--port" in output
    assert "Traceback" not in output


def test_a_database_that_was_never_migrated_is_named_and_refused(processes):
    server = processes.lms("serve", "--port", str(free_port()))
    assert server.wait(30) == 1
    output = processes.output(server)
    assert "run `lms db upgrade`" in output
    assert "Traceback" not in output
