"""Calls that really happen at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError

PATIENCE = 30


def together(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """Run calls at the same moment, each on a connection of its own and by the caller's clock.

    :return: what each gave or refused with (`LmsError`), in their order; anything else that one raises is raised.
    """
    moment, gate = clock.now(), threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        with app.app_context(), clock.frozen(moment):
            gate.wait(PATIENCE)
            try:
                return call()
            except LmsError as refusal:
                return refusal
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
