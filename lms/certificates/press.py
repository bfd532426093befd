"""Printing many certificates with all processors.

A few are printed in this process. For more, helper processes that know nothing but `printing` are started for the
occasion: each gets claims on its standard input and answers with PDFs. They load in half a second, where a pool of
`multiprocessing` would load the whole application again in each.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

HELPERS_FROM = 24
"""Below so many copies starting helpers costs more than it saves."""

Printer = Callable[[Sequence[str]], Iterable[bytes | Exception]]
Helper = subprocess.Popen[bytes]


@contextmanager
def press(copies: int) -> Iterator[Printer]:
    """A way to print many claims, in order; it works for as long as the block runs.

    In the place of one that cannot be printed stands the reason: the others are not to wait for it.
    """
    if copies < HELPERS_FROM:
        yield lambda claims: (_tried(printed, text) for text in claims)
        return
    count = os.cpu_count() or 1
    free: SimpleQueue[Helper] = SimpleQueue()
    for _number in range(count):
        free.put(_start())
    try:
        with ThreadPoolExecutor(count) as threads:
            yield lambda claims: threads.map(lambda text: _tried(lambda one: _print_with(free, one), text), claims)
    finally:
        for _number in range(count):
            _end(free.get())


def printed(claims: str) -> bytes:
    """As `printing.printed`. WeasyPrint takes longer to load than all the rest: only what prints is to wait for it."""
    from lms.certificates import printing  # noqa: PLC0415 - see above

    return printing.printed(claims)


def _tried(print_one: Callable[[str], bytes], claims: str) -> bytes | Exception:
    try:
        return print_one(claims)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it concerns this one only; the caller reports it
        return fault


def _start() -> Helper:
    return subprocess.Popen(
        [sys.executable, "-m", "lms.certificates.press"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _end(helper: Helper) -> None:
    helper.kill()
    helper.communicate()


def _print_with(free: SimpleQueue[Helper], claims: str) -> bytes:
    """Let a free helper print. Raises `ValueError` with the helper's reason, `RuntimeError` when it died.

    Another one takes the place of a helper that died.
    """
    helper = free.get()
    assert helper.stdin is not None  # noqa: S101 - started with pipes
    assert helper.stdout is not None  # noqa: S101
    try:
        marshal.dump(claims, helper.stdin)
        helper.stdin.flush()
        content, reason = marshal.load(helper.stdout)  # noqa: S302 - written by our own process
    except (EOFError, OSError):
        _end(helper)
        helper = _start()
        raise RuntimeError("a printing helper died") from None
    finally:
        free.put(helper)
    if content is None:
        raise ValueError(reason)
    return bytes(content)


def help_printing() -> None:
    """The helper's side: print what comes in until nothing comes any more."""
    while True:
        try:
            claims = marshal.load(sys.stdin.buffer)  # noqa: S302 - written by our own process
        except EOFError:
            return
        answer: tuple[bytes | None, str]
        try:
            answer = (printed(claims), "")
        except Exception as fault:  # noqa: BLE001 - whatever it is, the process that asked must hear of it
            answer = (None, f"{type(fault).__name__}: {fault}")
        marshal.dump(answer, sys.stdout.buffer)
        sys.stdout.flush()


if __name__ == "__main__":
    help_printing()
