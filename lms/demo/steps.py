"""Named steps with a progress display: which of how many, what, how long, and what came of it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TextIO, TypeVar

from lms.kernel.errors import LmsError

Scene = TypeVar("Scene")
Found = TypeVar("Found")
TITLE_WIDTH = 42
GAP = 9
"""Columns of the seconds that stand between title and outcome."""


@dataclass(frozen=True, slots=True)
class Step(Generic[Scene]):
    """One step. `act` does it and returns what happened, in a few words; it raises `LmsError` when it cannot."""

    title: str
    act: Callable[[Scene], str]


class StepFailed(LmsError):
    """A step that could not be done; the message names it. Its cause says why, as a refusal or as a fault of ours."""

    code = "step_failed"

    def __init__(self, number: int, total: int, title: str, cause: Exception) -> None:
        reason = str(cause) if isinstance(cause, LmsError) else f"{type(cause).__name__}: {cause}"
        super().__init__(f"Step {number} of {total}, “{title.strip()}”, failed: {reason}")


class Display:
    """Writes a line for each step. On a terminal a step under way shows how far it is."""

    def __init__(self, total: int, out: TextIO | None = None) -> None:
        self.total, self.number = total, 0
        self._out = out or sys.stdout
        self._began = 0.0
        self._head = ""

    def begin(self, title: str) -> None:
        self.number += 1
        self._head = f"[{self.number:>2}/{self.total}] {title:<{TITLE_WIDTH}}"
        self._began = time.monotonic()
        self._write(self._head)

    def note(self, text: str) -> None:
        """Show how far the present step is; only where the line can be written over."""
        if self._out.isatty():
            room = shutil.get_terminal_size().columns - len(self._head) - GAP - 1  # a line that wraps stays behind
            self._write(f"\r\x1b[K{self._head}{' ' * GAP}{text[: max(0, room)]}")

    def end(self, what: str) -> None:
        seconds = time.monotonic() - self._began
        line = f"{seconds:5.1f} s  {what}\n"
        self._write(f"\r\x1b[K{self._head}{line}" if self._out.isatty() else line)

    def broken(self) -> None:
        """Leave the line of a step that broke off."""
        self._write("\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def run(steps: Sequence[Step[Scene]], scene: Scene, display: Display) -> None:
    """Do the steps in order. Raises `StepFailed` for the first that cannot be done."""
    for step in steps:
        display.begin(step.title)
        try:
            what = step.act(scene)
        except Exception as cause:
            display.broken()
            raise StepFailed(display.number, display.total, step.title, cause) from cause
        except BaseException:
            display.broken()
            raise
        display.end(what)


def wait_for(look: Callable[[], Found], what: str, seconds: float = 120) -> Found:
    """Look five times a second until `look` finds something. Raises `LmsError` naming `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise LmsError(f"Waited {seconds:.0f} s in vain for {what}.", todo="Look into the server's log.")
        time.sleep(0.2)
    return found
