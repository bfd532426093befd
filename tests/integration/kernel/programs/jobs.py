"""Jobs that only tests know, and a trace file in which the workers tell what they do."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.models import SettingValue
from lms.kernel.uow import unit_of_work
from lms.webkit.room import Room

DAY = dt.date(2026, 1, 1)


def tell(payload: Mapping[str, Any], word: str) -> None:
    with Path(payload["trace"]).open("a") as trace:
        trace.write(f"{word} {os.getpid()}\n")


def steps(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Write rows 1 to `total`, each once for ever; stop after `pause_at` until the file `go` appears."""
    tell(payload, "start")
    for number in range(1, payload["total"] + 1):
        with unit_of_work(SYSTEM) as uow:
            row = {"value": number, "valid_from": DAY, "illustrative": False, "note": "", "set_at": clock.now()}
            insert_new(uow.session, SettingValue, id=new_id(), key=payload["key"], revision=number, **row)
        context.progress(number, payload["total"])
        if number == payload.get("pause_at"):
            tell(payload, "paused")
            while not Path(payload["go"]).exists():
                time.sleep(0.05)
    tell(payload, "end")
    return {"rows": payload["total"]}


def wait(_context: JobContext, payload: Mapping[str, Any]) -> None:
    """Last for some seconds without a sign of life of its own."""
    tell(payload, "start")
    time.sleep(payload["seconds"])
    tell(payload, "end")


ROOM = Room(name="testing", jobs=(JobSpec("test.steps", steps, "逐条写入"), JobSpec("test.wait", wait, "等待")))
