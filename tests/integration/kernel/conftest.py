from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lms.app import create_app
from lms.config import Config
from lms.kernel.db import db
from lms.kernel.events import EventBus
from lms.testing.processes import Processes, child_processes
from tests.integration.kernel.events import Happened
from tests.integration.kernel.programs.jobs import ROOM
from tests.integration.kernel.support import LEASE_SECONDS, PROGRAMS, ROOT


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """A starter of child processes on the data folder `tmp_path/data`."""
    with child_processes(tmp_path, PYTHONPATH=f"{ROOT}:{PROGRAMS}", LMS_DATA_DIR=str(tmp_path / "data")) as started:
        yield started


@pytest.fixture
def jobs_app(real_app: Flask, processes: Processes) -> Iterator[Flask]:
    """An application that knows only the tests' jobs, with a short lease; `processes` share its database."""
    shared = real_app.extensions["lms"].config
    processes.env |= {"LMS_DATABASE_URL": shared.database_url, "LMS_JOB_LEASE_SECONDS": str(LEASE_SECONDS)}
    config = Config.from_env(
        {},
        database_url=shared.database_url,
        data_dir=shared.data_dir,
        job_lease_seconds=LEASE_SECONDS,
        pool_size=5,
        testing=True,
    )
    app = create_app(config, rooms=(ROOM,), plugins=())
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def bus(app: Flask) -> Iterator[EventBus]:
    """The application's bus; what a test subscribes is forgotten afterwards."""
    bus = app.extensions["lms"].bus
    kept = dict(bus.types), dict(bus.subscribers)
    bus.know(Happened)
    yield bus
    bus.types, bus.subscribers = kept
    bus.handlers.pop(Happened, None)
