"""Processes that belong together: ending on a signal or with the parent, keeping a companion alive, a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from lms.kernel.errors import Conflict

GRACE_SECONDS = 20
log = structlog.get_logger(__name__)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set, from a thread: a handler may interrupt the event's own lock and hang."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    return stop


def when_parent_gone(parent: int, call: Callable[[], None]) -> None:
    """Run `call` within a second after the process `parent` has stopped being this one's parent."""

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(0.5)
        call()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def end_with_parent(parent: int) -> None:
    """Ask this process to end when its parent is gone, even if that was killed."""
    when_parent_gone(parent, lambda: os.kill(os.getpid(), signal.SIGTERM))


def require_free(host: str, port: int) -> None:
    """Raise `Conflict` for an address somebody listens on: the server itself would share it without a word."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"cannot listen on {host} port {port}: {error.strerror};"
            todo = "stop the other server or choose another port (--port, with make PORT=)"
            raise Conflict(reason, todo=todo) from None


@contextmanager
def kept_running(command: Sequence[str]) -> Iterator[None]:
    """Run a companion process, started again whenever it ends; at the end of the block it may finish what it does."""
    stop = threading.Event()
    first = _start(command)

    def keep() -> None:
        child = first
        while not stop.wait(0.2):
            if child.poll() is not None:
                log.warning("companion ended, starting it again", command=command[-1], code=child.returncode)
                stop.wait(1)
                child = _start(command)
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()  # its job is taken over when the lease has run out
            child.wait()

    keeper = threading.Thread(target=keep, name="companion")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A session of its own: Ctrl-C reaches only us, and we tell the companion."""
    return subprocess.Popen(command, start_new_session=True)
