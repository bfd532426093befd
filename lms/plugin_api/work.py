"""Doing things: who acts, the unit of work, the database session for reading, jobs, the clock."""

from __future__ import annotations

from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.dated import Dated, in_force
from lms.kernel.db import database_now, db
from lms.kernel.jobs.queue import enqueue
from lms.kernel.uow import UnitOfWork, unit_of_work

session = db.session
"""The session for reading; changes go through `unit_of_work(actor)`."""

__all__ = [
    "SYSTEM",
    "Actor",
    "Dated",
    "UnitOfWork",
    "clock",
    "database_now",
    "enqueue",
    "in_force",
    "session",
    "unit_of_work",
]
