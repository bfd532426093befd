"""What Celery loads: `celery -A lms.celery_app worker`. Each worker keeps one sweeper beside it."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import Any

from celery.signals import worker_ready, worker_shutdown

from lms.app import create_app
from lms.kernel.jobs.celery import CeleryTransport, worker_app
from lms.kernel.process import kept_running
from lms.kernel.runtime import EXTENSION

_flask_app = create_app()
_transport = _flask_app.extensions[EXTENSION].transport
if not isinstance(_transport, CeleryTransport):
    raise SystemExit("LMS_BROKER_URL is empty: without a broker, background work is done by `lms jobs work`")
app = worker_app(_flask_app, _transport)
_companions = ExitStack()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _start_sweeper(**_signal: Any) -> None:
    """A process of its own, so that the pool's children are forked from one that has no connections nor threads."""
    command = [sys.executable, "-m", "lms", "jobs", "sweep", "--with-parent", str(os.getpid())]
    _companions.enter_context(kept_running(command))


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def _stop_sweeper(**_signal: Any) -> None:
    _companions.close()
