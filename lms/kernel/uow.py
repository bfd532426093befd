"""The unit of work: the only place that commits.

    with unit_of_work(actor) as uow:
        uow.session.add(...)
        uow.audit("person.update", "person", person.id, org_id=unit)
        uow.emit(PersonRenamed(...))

The outermost block commits once, inner ones join it, any exception rolls everything back: one that left an inner
block cannot be caught on the way out to keep the rest. What may fail alone stands in `with uow.savepoint():`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, UpdateBase, insert, text
from sqlalchemy.orm import Session

from lms.kernel import audit, clock
from lms.kernel.actor import Actor
from lms.kernel.db import WRITE, db
from lms.kernel.events import DomainEvent
from lms.kernel.models import OutboxEvent
from lms.kernel.runtime import kernel

log = structlog.get_logger(__name__)
_LOG_LOCK = 0x4C4D53  # any fixed number: the advisory lock that makes writing the logs one at a time


@dataclass
class UnitOfWork:
    """One transaction: its session, who acts, and what is to be told and recorded when it ends well."""

    session: Session
    actor: Actor
    _events: list[DomainEvent] = field(default_factory=list)
    _entries: list[audit.Draft] = field(default_factory=list)
    _after_commit: list[Callable[[], None]] = field(default_factory=list)
    _failed: bool = False

    def change(self, statement: UpdateBase) -> int:
        """Run an UPDATE or DELETE and return how many rows it met: the compare-and-swap of state changes."""
        return cast("CursorResult[Any]", self.session.execute(statement)).rowcount

    def emit(self, event: DomainEvent) -> None:
        """Tell an event: core handlers run now, subscribers after the commit."""
        bus = kernel().bus
        if bus.types.get(event.name) is not type(event):
            raise ValueError(f"the event {event.name} was never declared by its room")
        self._events.append(event)
        for handler in bus.handlers[type(event)]:
            handler(event)

    def audit(
        self,
        action: str,
        subject_type: str,
        subject_id: uuid.UUID | str,
        *,
        org_id: uuid.UUID | None = None,
        **detail: Any,
    ) -> None:
        """Record what was done. `detail` must be JSON and must not hold clear identity, phone or bank numbers."""
        subject = subject_id.hex if isinstance(subject_id, uuid.UUID) else subject_id
        self._entries.append(audit.Draft(self.actor, action, subject_type, subject, org_id, detail))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, its events and audit entries too, when it raises; the caller may then go on."""
        kept: tuple[list[Any], ...] = (self._events, self._entries, self._after_commit)
        marks = [len(items) for items in kept]
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            for items, mark in zip(kept, marks, strict=True):
                del items[mark:]
            self._failed = False
            raise

    def _refuse_half(self) -> None:
        if self._failed:
            raise RuntimeError("an inner unit of work failed and the exception was caught: use `uow.savepoint()`")

    def _write_logs(self) -> None:
        """Number events and chain audit entries last, one transaction at a time, so both logs are in commit order."""
        if not (self._events or self._entries):
            return
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOG_LOCK})
        told = [
            {
                "event_id": event.event_id,
                "name": event.name,
                "version": event.schema,
                "payload": event.payload(),
                "occurred_at": clock.now(),
            }
            for event in self._events
        ]
        if told:
            self.session.execute(insert(OutboxEvent), told)
        audit.append(self.session, self._entries)
        self.session.flush()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run `call()` once the commit has succeeded: waking a worker, never a rule."""
        self._after_commit.append(call)


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


def in_unit_of_work() -> bool:
    """Whether one is open in the current context."""
    return _current.get() is not None


def end_reads() -> None:
    """Give the connection of the context's session back: before waiting for work that needs one of its own.

    Only reads can be open outside a unit of work. Raises `RuntimeError` inside one.
    """
    if in_unit_of_work():
        raise RuntimeError("reads cannot be ended inside a unit of work")
    db.session.rollback()


@contextmanager
def unit_of_work(actor: Actor) -> Iterator[UnitOfWork]:
    """Open the unit of work, or join the one already open."""
    joined = _current.get()
    if joined is not None:
        try:
            yield joined
        except BaseException:
            joined._failed = True
            raise
        return
    session = db.session()
    session.rollback()  # end a read transaction: what was read before may be stale, and SQLite cannot upgrade it
    session.connection(execution_options=WRITE)
    uow = UnitOfWork(session, actor)
    token = _current.set(uow)
    try:
        yield uow
        uow._refuse_half()
        session.flush()
        uow._write_logs()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _current.reset(token)
    _run_all(uow._after_commit)


def _run_all(calls: list[Callable[[], None]]) -> None:
    """The commit stands whatever happens here: a failing call is logged and stops neither the others nor the caller."""
    for call in calls:
        try:
            call()
        except Exception:
            log.exception("a call after the commit failed")
