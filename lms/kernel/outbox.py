"""Delivery of committed events to subscribers: at least once, each subscriber for itself, in order.

Each subscriber has a cursor. An event's work and the moving of the cursor commit together. A failing event is tried
again a few times with growing pauses, then parked, listed for the operator, and passed over: one bad event or one bad
subscriber never stops the others. A subscriber that appears later starts at the beginning and is told the whole
history.

Reading by a cursor is safe because `kernel.uow` numbers events under a lock held until the commit: an event with a
lower number never appears later.
"""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Sequence

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.guard import owner_of
from lms.kernel.i18n import gettext as _
from lms.kernel.models import DeliveryState, OutboxCursor, OutboxDelivery, OutboxEvent
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work

BATCH = 200
PAUSES = tuple(dt.timedelta(seconds=seconds) for seconds in (4, 16, 64, 256))
"""How long a failed event waits before each further try; after the last one it is parked."""


def deliver_pending() -> int:
    """Give every subscriber the next events it has not had. Returns how many were handled.

    The subscribers of a plugin that is switched off wait; their cursors stay where they are.
    """
    guard = kernel().guard
    return sum(_deliver_to(name) for name in kernel().bus.subscribers if guard.is_on(owner_of(name)))


def parked() -> Sequence[OutboxDelivery]:
    """What could not be delivered, for the operator."""
    query = select(OutboxDelivery).where(OutboxDelivery.state == DeliveryState.PARKED)
    return db.session.scalars(query.order_by(OutboxDelivery.event_id)).all()


def retry(subscriber: str, event_id: int) -> None:
    """Hand a parked event to its subscriber once more; whatever that raises, the caller gets. Raises `NotFound`."""
    with unit_of_work(SYSTEM) as uow:
        _cursor_locked(uow.session, subscriber)
        delivery = uow.session.get(OutboxDelivery, (event_id, subscriber), populate_existing=True)
        if delivery is None or subscriber not in kernel().bus.subscribers:
            raise NotFound(_("没有这条停放的事件，或它的订阅者没有安装。"))
        if delivery.state is DeliveryState.PARKED:
            _handle(subscriber, uow.session.get_one(OutboxEvent, event_id))
            delivery.state, delivery.at, delivery.attempts = DeliveryState.DONE, clock.now(), delivery.attempts + 1


def _deliver_to(subscriber: str) -> int:
    event_type, _handler = kernel().bus.subscribers[subscriber]
    after = db.session.scalar(select(OutboxCursor.last_id).where(OutboxCursor.subscriber == subscriber)) or 0
    horizon = db.session.scalar(select(func.max(OutboxEvent.id))) or 0
    if horizon <= after:
        return 0
    wanted = select(OutboxEvent).where(
        OutboxEvent.id > after, OutboxEvent.id <= horizon, OutboxEvent.name == event_type.name
    )
    events = db.session.scalars(wanted.order_by(OutboxEvent.id).limit(BATCH)).all()
    if events and _is_resting(subscriber, events[0].id):
        return 0
    for handled, event in enumerate(events):
        if not _attempt(subscriber, event):
            return handled
    if not events:
        with unit_of_work(SYSTEM) as uow:
            _move(_cursor_locked(uow.session, subscriber), horizon)
    return len(events)


def _is_resting(subscriber: str, event_id: int) -> bool:
    """Whether the event failed a short while ago. Only the first one after the cursor can have."""
    row = db.session.get(OutboxDelivery, (event_id, subscriber), populate_existing=True)
    return row is not None and row.state is DeliveryState.FAILED and clock.now() < row.at + PAUSES[row.attempts - 1]


def _attempt(subscriber: str, event: OutboxEvent) -> bool:
    """Deliver one event. False when it has to wait for another try."""
    try:
        with unit_of_work(SYSTEM) as uow:
            cursor = _cursor_locked(uow.session, subscriber)
            if cursor.last_id < event.id:  # else another worker was quicker
                _handle(subscriber, event)
                _move(cursor, event.id)
                _settle(uow.session, subscriber, event.id)
    except Exception:  # noqa: BLE001 - a subscriber may raise anything; it is recorded and shown
        return _park_when_hopeless(subscriber, event.id, traceback.format_exc())
    return True


def _handle(subscriber: str, event: OutboxEvent) -> None:
    event_type, handler = kernel().bus.subscribers[subscriber]
    handler(event_type.from_payload(event.event_id, event.payload))


def _settle(session: Session, subscriber: str, event_id: int) -> None:
    """An event that failed before is done now."""
    failed = (OutboxDelivery.event_id == event_id, OutboxDelivery.subscriber == subscriber)
    session.execute(update(OutboxDelivery).where(*failed).values(state=DeliveryState.DONE, at=clock.now()))


def _park_when_hopeless(subscriber: str, event_id: int, error: str) -> bool:
    """Count a failure; after the last one park the event and let the cursor pass. True when parked."""
    with unit_of_work(SYSTEM) as uow:
        cursor = _cursor_locked(uow.session, subscriber)
        row = uow.session.get(OutboxDelivery, (event_id, subscriber)) or OutboxDelivery(
            event_id=event_id, subscriber=subscriber, attempts=0
        )
        row.attempts, row.at, row.error = row.attempts + 1, clock.now(), error
        hopeless = row.attempts > len(PAUSES)
        row.state = DeliveryState.PARKED if hopeless else DeliveryState.FAILED
        uow.session.add(row)
        if hopeless:
            _move(cursor, event_id)
    return hopeless


def _cursor_locked(session: Session, subscriber: str) -> OutboxCursor:
    """The subscriber's cursor, made on first use and locked: one delivery at a time for each subscriber."""
    session.execute(
        text("INSERT INTO outbox_cursor (subscriber, last_id) VALUES (:name, 0) ON CONFLICT DO NOTHING"),
        {"name": subscriber},
    )
    return session.get_one(OutboxCursor, subscriber, with_for_update=True, populate_existing=True)


def _move(cursor: OutboxCursor, event_id: int) -> None:
    cursor.last_id = max(cursor.last_id, event_id)
