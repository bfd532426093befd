"""The city's transport: Celery carries job ids to many machines; the job table stays the truth.

The workers are started as `celery -A lms.celery_app worker`.
"""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from celery import Celery
from flask import Flask

from lms.kernel.jobs.worker import run_one, worker_name

TASK = "lms.run_job"
QUEUE = "lms"
log = structlog.get_logger(__name__)


class CeleryTransport:
    """Sends each job's id to the broker. A broker that is away loses nothing: the sweeper sends again."""

    def __init__(self, broker_url: str) -> None:
        self.app = Celery("lms", broker=broker_url, set_as_current=False)
        self.app.conf.update(
            task_ignore_result=True,
            task_acks_late=True,  # with the next line: a worker holds no job that another one could begin
            worker_prefetch_multiplier=1,
            task_default_queue=QUEUE,
            broker_connection_retry_on_startup=True,
            broker_connection_timeout=2,
            broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 5},
            worker_hijack_root_logger=False,
        )

    def announce(self, job_id: uuid.UUID) -> None:
        try:
            self.app.send_task(TASK, (job_id.hex,), retry=False)
        except Exception as error:  # noqa: BLE001 - kombu raises its transports' own errors
            log.warning("broker unreachable, the sweeper will send again", error=str(error))


def worker_app(flask_app: Flask, transport: CeleryTransport) -> Celery:
    """Register the one task: claim the row and run it. A row already taken, or not yet due, is simply not claimed."""

    def run_job(job_id: str) -> None:
        run_one(flask_app, worker_name(), uuid.UUID(job_id))

    task: Any = transport.app.task
    task(name=TASK)(run_job)
    return transport.app
