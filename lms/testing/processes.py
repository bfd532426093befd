"""Real processes for tests: started in a folder, waited for by conditions, and always ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


def wait_until(condition: Callable[[], object], seconds: float = 40) -> None:
    """Wait for a condition, looking ten times a second; fail when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@dataclass
class Processes:
    """Child processes, each in a group of its own, with the environment `env`; their output goes to `folder`."""

    folder: Path
    env: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        with self._log(len(self.running)).open("wb") as output:
            process = subprocess.Popen(
                command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def lms(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the `lms` command."""
        return self.start(sys.executable, "-m", "lms", *arguments)

    def output(self, process: subprocess.Popen[bytes]) -> str:
        """What the process has written so far."""
        return self._log(self.running.index(process)).read_text()

    def _log(self, number: int) -> Path:
        return self.folder / f"process-{number}.log"


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it forked with kill -9."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def children(pid: int) -> dict[int, list[str]]:
    """The child processes of a process, each with its command line."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with contextlib.suppress(FileNotFoundError):
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text().split("\0")
    return found


def is_alive(pid: int) -> bool:
    """Whether a process, not necessarily our child, still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def child_processes(folder: Path, **env: str) -> Iterator[Processes]:
    """A starter of child processes whose only `LMS_` keys are those given; whatever still runs at the end is killed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    started = Processes(folder, clean | env)
    try:
        yield started
    finally:
        for process in started.running:
            kill_group(process)
