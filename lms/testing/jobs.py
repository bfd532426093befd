"""Background work in tests: jobs run and events are delivered when the test says so."""

from __future__ import annotations

from flask import Flask

from lms.kernel.jobs.worker import drain


def run_jobs(app: Flask) -> int:
    """Run every due job and deliver every event until nothing is left; how many jobs ran."""
    return drain(app)
