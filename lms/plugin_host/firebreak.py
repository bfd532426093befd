"""The firebreak: a plugin's display calls run beside the page, with a time limit, and their failures are counted.

A call runs in a thread of its own, in a copy of the request, with its own database session. When it raises or is
late, the page goes on without its piece. A thread cannot be stopped from outside: one that hangs is left behind, and
while too many of a plugin's hang, the plugin is not asked again.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lms.kernel import audit
from lms.kernel.uow import end_reads, in_unit_of_work
from lms.plugin_host.models import FaultKind
from lms.webkit.aside import SameRequest

DISPLAY_SECONDS = 1.0
"""How long a page waits for one piece of a plugin."""
HANGING = 3
"""How many calls of one plugin may hang in a process before it is asked no more."""
KEPT = 200
_SHORTENED = 8_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Noted:
    """A failure that is not written down yet."""

    plugin: str
    place: str
    kind: FaultKind
    hurts: bool
    detail: str
    request_id: str


@dataclass
class Firebreak:
    """Runs display calls and remembers failures until they can be written."""

    seconds: float = DISPLAY_SECONDS
    noted: deque[Noted] = field(default_factory=lambda: deque(maxlen=KEPT))
    hanging: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def display(self, plugin: str, place: str, call: Callable[[], T], seconds: float | None = None) -> T | None:
        """What `call` gives within the time limit, by default that of a piece of a page, or None."""
        if self.hanging[plugin] >= HANGING:
            return None
        if in_unit_of_work():  # nothing may be shown from inside a transaction by another thread
            return self._direct(plugin, place, call)
        end_reads()  # two connections for one page would starve the pool
        task = _Task(call, SameRequest())
        thread = threading.Thread(target=task.run, name=f"plugin-{plugin}", daemon=True)
        thread.start()
        limit = self.seconds if seconds is None else seconds
        thread.join(limit)
        if thread.is_alive():
            self._left_behind(plugin, thread)
            self.note(plugin, place, FaultKind.SLOW, f"no answer within {limit:g} s", hurts=True)
            return None
        if task.error is not None:
            self.failed(plugin, place, task.error, hurts=True)
            return None
        return task.result

    def _direct(self, plugin: str, place: str, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is recorded
            self.failed(plugin, place, error, hurts=True)
            return None

    def _left_behind(self, plugin: str, thread: threading.Thread) -> None:
        with self._lock:
            self.hanging[plugin] += 1

        def wait() -> None:
            thread.join()
            with self._lock:
                self.hanging[plugin] -= 1

        threading.Thread(target=wait, name=f"plugin-{plugin}-wait", daemon=True).start()

    def failed(self, plugin: str, place: str, error: BaseException, *, hurts: bool) -> None:
        """Remember an exception."""
        detail = "".join(traceback.format_exception(error))
        self.note(plugin, place, FaultKind.RAISED, detail, hurts=hurts)

    def note(self, plugin: str, place: str, kind: FaultKind, detail: str, *, hurts: bool) -> None:
        """Remember a failure; the host writes it down when no transaction is open."""
        self.noted.append(Noted(plugin, place[:120], kind, hurts, detail[-_SHORTENED:], audit.request_id.get()))

    def take(self) -> list[Noted]:
        """Everything noted so far, to be written by the caller."""
        taken = []
        while self.noted:
            taken.append(self.noted.popleft())
        return taken


@dataclass
class _Task(Generic[T]):
    """One call in another thread."""

    call: Callable[[], T]
    context: AbstractContextManager[Any]
    result: T | None = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            with self.context:
                self.result = self.call()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """What a call gives, and how many seconds it took."""
    began = time.monotonic()
    result = call()
    return result, time.monotonic() - began
