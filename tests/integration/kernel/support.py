"""Looking at jobs from outside the application that runs them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import queue
from lms.kernel.models import Job, SettingValue
from lms.kernel.uow import unit_of_work

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = Path(__file__).parent / "programs"
LEASE_SECONDS = 2


def enqueue(app: Flask, name: str, **payload: object) -> Job:
    """Queue a job as a use case would, and return its row."""
    with app.app_context():
        with unit_of_work(SYSTEM) as uow:
            job_id = queue.enqueue(uow, name, {key: str(v) if isinstance(v, Path) else v for key, v in payload.items()})
        return db.session.get_one(Job, job_id)


def look(app: Flask, job: Job) -> Job:
    """The row as it is now."""
    with app.app_context():
        return db.session.get_one(Job, job.id)


def rows_of(app: Flask, key: str) -> int:
    """How many rows the job `test.steps` has written."""
    with app.app_context():
        return db.session.scalar(select(func.count()).where(SettingValue.key == key)) or 0


def trace_of(path: Path) -> list[tuple[str, int]]:
    """What workers told so far: (word, process id)."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [(word, int(pid)) for word, pid in (line.split() for line in lines)]
