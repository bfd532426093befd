"""What the benchmarks start: a migrated database on a temporary PostgreSQL, and WSGI servers all with one setting."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine

from lms.app import create_app
from lms.config import Config
from lms.kernel import migrate
from lms.kernel.db import sqlalchemy_url
from lms.testing.servers import create_database, free_port, postgres_server

WORKERS = 2
THREADS = 8


@contextmanager
def academy() -> Iterator[tuple[Flask, dict[str, str]]]:
    """An application on an empty migrated PostgreSQL with fsync on, and the environment to serve it with."""
    with postgres_server() as server, tempfile.TemporaryDirectory(prefix="lms-bench-") as folder:
        url = create_database(server)
        engine = create_engine(sqlalchemy_url(url))
        with engine.begin() as connection:
            migrate.upgrade(connection)
        engine.dispose()
        config = Config.from_env({}, database_url=url, data_dir=Path(folder), log_level="WARNING")
        environment = {"LMS_DATABASE_URL": url, "LMS_DATA_DIR": folder, "LMS_LOG_LEVEL": "WARNING"}
        yield create_app(config), environment


@contextmanager
def served(target: str, environment: Mapping[str, str], *, factory: bool) -> Iterator[int]:
    """Serve a WSGI application under granian; yields the port. The settings are the same for everybody measured."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning"),
        *(["--factory"] if factory else []),
        target,
    ]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        _wait_until_up(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    for _try in range(200):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not answer")


def median_figures(figures: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, object]:
    """The median over the rounds of `ours` and `bare`, and of our rate divided by the bare one."""
    ratios = [
        one["per_second"] / other["per_second"] for one, other in zip(figures["ours"], figures["bare"], strict=True)
    ]
    summary: dict[str, object] = {"ratio": round(statistics.median(ratios), 3)}
    for name, rows in figures.items():
        for key in ("per_second", "p50_ms", "p99_ms"):
            summary[f"{name}_{key}"] = round(statistics.median(row[key] for row in rows), 1)
    return summary
