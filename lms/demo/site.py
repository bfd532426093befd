"""The demonstration's own academy: where its data is, and its real server for as long as a block runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lms.config import Config
from lms.demo.browser import Browser
from lms.kernel.errors import LmsError
from lms.kernel.process import GRACE_SECONDS, require_free

HOST = "127.0.0.1"
START_SECONDS = 90
Server = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Site:
    """A data folder and a port. Nothing else of the environment counts: a real city's database is never touched."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def config(self) -> Config:
        """The configuration of this process's own application."""
        return Config.from_env({}, data_dir=self.folder, base_url=self.url, log_level="ERROR")

    def environment(self) -> dict[str, str]:
        """The environment of the server."""
        foreign = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
        return foreign | {"LMS_DATA_DIR": str(self.folder), "LMS_BASE_URL": self.url}


@contextmanager
def served(site: Site) -> Iterator[Server]:
    """Run `lms serve` with its worker until the block is left, whatever leaves it; it ends with this process too.

    Raises `Conflict` for a port in use, `LmsError` with the end of its log when the server does not start.
    """
    require_free(HOST, site.port)
    command = [sys.executable, "-m", "lms", "serve", "--host", HOST, "--port", str(site.port)]
    with site.log.open("wb") as log:
        server = subprocess.Popen(
            [*command, "--with-parent", str(os.getpid())],
            env=site.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(site, server)
        yield server
    finally:
        _end(server)


def _wait_until_ready(site: Site, server: Server) -> None:
    browser, deadline = Browser(site.url), time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            code = server.wait(0.1)
            raise LmsError(f"The server ended with code {code} before it answered.", why=log_tail(site))
        with suppress(LmsError):
            browser.get("/readyz")
            return
    raise LmsError(f"The server did not answer within {START_SECONDS} s.", why=log_tail(site))


def log_tail(site: Site) -> str:
    """The last lines of the server's log."""
    return "\n".join(site.log.read_text(errors="replace").splitlines()[-5:])


def note_fault(site: Site, failed: Exception) -> None:
    """Write to the log how a step failed, where it was no refusal but a fault of ours."""
    if failed.__cause__ is not None and not isinstance(failed.__cause__, LmsError):
        with site.log.open("a") as log:
            traceback.print_exception(failed.__cause__, file=log)


def _end(server: Server) -> None:
    """Ask the server to end; what is still there after its worker's grace is killed, its helpers with it."""
    server.terminate()
    try:
        server.wait(GRACE_SECONDS + 10)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
