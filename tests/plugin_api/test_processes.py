"""Plugins and real processes: a new plugin's own tests, a running site that follows a switch, replay through kill -9."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from sqlalchemy import func, select, text

from lms.certificates.events import CertificateIssued
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.ids import new_id
from lms.kernel.models import OutboxEvent
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.testing.factories.people import make_person
from lms.testing.plugin import build_test_app
from lms.testing.processes import child_processes, kill_group, wait_until
from lms.testing.servers import free_port

pytestmark = pytest.mark.slow
ISSUED = 1000


def status(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_a_new_plugin_passes_its_own_tests_untouched(notebook):
    notebook.install()
    environment = os.environ | {"PYTHONPATH": notebook.python_path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers"],
        cwd=notebook.folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout


def test_a_running_site_follows_a_switch_made_by_another_process(backend, tmp_path, notebook):
    notebook.install()
    url, port = backend.fresh("switching", bare=True), free_port()
    keys = {"LMS_DATABASE_URL": url, "LMS_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": notebook.python_path}
    with child_processes(tmp_path, **keys) as processes:
        processes.lms("serve", "--port", str(port), "--no-worker")
        wait_until(lambda: status(port, "/healthz") == 200)
        assert status(port, "/me/notebook") == 404
        assert processes.lms("plugins", "enable", "notebook").wait(60) == 0
        wait_until(lambda: status(port, "/me/notebook") == 200)  # led to the sign-in page
        assert processes.lms("plugins", "disable", "notebook").wait(60) == 0
        wait_until(lambda: status(port, "/me/notebook") == 404)
        assert status(port, "/") == 200
    backend.drop(url)


def test_a_plugin_installed_later_hears_everything_exactly_once_also_when_killed_half_way(backend, tmp_path, notebook):
    """1,000 certificates were issued before; the worker dies in the middle of the replay and another goes on."""
    url = backend.fresh("replay", bare=True)
    before = build_test_app(url, tmp_path / "data", [])
    with before.app_context():
        person = make_person("陈思雨")
        issue_events(person)
        db.session.remove()
        db.engine.dispose()
    notebook.install()
    keys = {"LMS_DATABASE_URL": url, "LMS_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": notebook.python_path}
    with child_processes(tmp_path, **keys) as processes:
        assert processes.lms("plugins", "enable", "notebook").wait(60) == 0
        first = processes.lms("jobs", "work")
        wait_until(lambda: told(before) > 100)
        kill_group(first)
        half = told(before)
        assert 0 < half < ISSUED, "the worker was too quick to be killed half-way"
        processes.lms("jobs", "work")
        wait_until(lambda: told(before) == ISSUED, seconds=180)
        with before.app_context():
            parked = db.session.scalar(text("SELECT count(*) FROM outbox_delivery"))
            keys_sent = db.session.scalars(select(Message.key)).all()
        assert parked == 0
        assert len(set(keys_sent)) == ISSUED
    with before.app_context():
        db.session.remove()
        db.engine.dispose()
    backend.drop(url)


def issue_events(person):
    """What 1,000 issues left in the outbox."""
    with unit_of_work(SYSTEM) as uow:
        for number in range(ISSUED):
            event = CertificateIssued(
                certificate_id=new_id(), person_id=person, kind="CDSGY", number=f"CDSGY-2025-{number:06d}",
                valid_from=clock.today(), valid_until=None, supersedes_id=None,
            )  # fmt: skip
            row = OutboxEvent(
                event_id=event.event_id, name=event.name, version=event.schema, payload=json.loads(json.dumps(event.payload())),
                occurred_at=clock.now(),
            )  # fmt: skip
            uow.session.add(row)


def told(app):
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Message))
        db.session.rollback()
        return count
