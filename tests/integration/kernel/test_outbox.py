from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import select

from lms.kernel import clock, outbox
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.events import DomainEvent
from lms.kernel.models import DeliveryState, OutboxDelivery, OutboxEvent
from lms.kernel.outbox import PAUSES
from lms.kernel.uow import unit_of_work
from tests.integration.kernel.events import Happened


@dataclass(frozen=True, kw_only=True)
class Other(DomainEvent):
    name: ClassVar[str] = "test.other"


def tell(*events: DomainEvent) -> None:
    for event in events:
        with unit_of_work(SYSTEM) as uow:
            uow.emit(event)


def deliver_all() -> None:
    while outbox.deliver_pending():
        pass


def test_a_late_subscriber_is_told_the_whole_history_once_and_nothing_else(bus):
    bus.know(Other)
    tell(Happened(what="0"), Other(), Happened(what="1"), Happened(what="2"))
    heard = []
    bus.subscribe("test.late", Happened, heard.append)
    deliver_all()
    assert [event.what for event in heard] == ["0", "1", "2"]
    assert heard[0].event_id == db.session.scalars(select(OutboxEvent.event_id).order_by(OutboxEvent.id)).first()
    assert outbox.deliver_pending() == 0
    tell(Happened(what="3"))
    deliver_all()
    assert len(heard) == 4


def test_more_events_than_one_batch_all_arrive_in_order(bus, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 2)
    heard = []
    bus.subscribe("test.slow", Happened, lambda event: heard.append(event.what))
    tell(*(Happened(what=str(number)) for number in range(5)))
    deliver_all()
    assert heard == ["0", "1", "2", "3", "4"]


def test_the_subscribers_work_and_its_place_in_the_history_are_one(bus):
    tries = []

    def record_then_fail(event) -> None:
        with unit_of_work(SYSTEM) as uow:
            uow.emit(Other())
        tries.append(event.what)
        if len(tries) == 1:
            raise OSError

    bus.know(Other)
    bus.subscribe("test.writer", Happened, record_then_fail)
    tell(Happened(what="x"))
    outbox.deliver_pending()
    assert db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == "test.other")).all() == []
    with clock.frozen(clock.now() + PAUSES[0]):
        deliver_all()
    assert len(db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == "test.other")).all()) == 1
    [delivery] = db.session.scalars(select(OutboxDelivery))
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 1)


def test_a_failing_event_waits_is_parked_at_last_and_the_next_one_still_arrives(bus):
    heard, tries = [], []

    def fussy(event) -> None:
        if event.what == "bad":
            tries.append(clock.now())
            raise ValueError(event.what)
        heard.append(event.what)

    bus.subscribe("test.fussy", Happened, fussy)
    bus.subscribe("test.calm", Happened, lambda event: heard.append(f"calm {event.what}"))
    tell(Happened(what="bad"), Happened(what="good"))
    moment = clock.now()
    with clock.frozen(moment):
        deliver_all()
        deliver_all()
    assert heard == ["calm bad", "calm good"]
    assert len(tries) == 1
    for pause in PAUSES:
        moment += pause
        with clock.frozen(moment):
            deliver_all()
            deliver_all()
    assert len(tries) == 1 + len(PAUSES)
    assert heard == ["calm bad", "calm good", "good"]
    [parked] = outbox.parked()
    assert "ValueError: bad" in parked.error


@pytest.fixture
def parked(bus, monkeypatch):
    """An event whose subscriber always failed; the test may give the subscriber another handler."""
    monkeypatch.setattr(outbox, "PAUSES", ())

    def fail(event) -> None:
        raise ValueError(event.what)

    bus.subscribe("test.fussy", Happened, fail)
    tell(Happened(what="bad"))
    deliver_all()
    [row] = outbox.parked()
    return row.event_id


def test_a_parked_event_is_delivered_when_the_operator_says_so(bus, parked):
    heard = []
    bus.subscribers["test.fussy"] = (Happened, lambda event: heard.append(event.what))
    outbox.retry("test.fussy", parked)
    outbox.retry("test.fussy", parked)
    assert heard == ["bad"]
    assert list(outbox.parked()) == []


def test_a_parked_event_stays_parked_when_it_fails_again(bus, parked):
    with pytest.raises(ValueError, match="bad"):
        outbox.retry("test.fussy", parked)
    assert len(outbox.parked()) == 1


@pytest.mark.parametrize("subscriber", ["test.fussy", "test.unheard"])
def test_what_was_never_parked_is_not_found(bus, parked, subscriber):
    with pytest.raises(NotFound):
        outbox.retry(subscriber, parked + 1)
    if subscriber == "test.unheard":
        with pytest.raises(NotFound):
            outbox.retry(subscriber, parked)


def test_each_event_is_handled_once_when_workers_deliver_at_the_same_time(jobs_app):
    heard, bus = [], jobs_app.extensions["lms"].bus
    bus.subscribe("test.many", Happened, lambda event: heard.append(event.what))
    with jobs_app.app_context():
        tell(*(Happened(what=str(number)) for number in range(20)))
    barrier = threading.Barrier(4)

    def deliver() -> None:
        with jobs_app.app_context():
            barrier.wait()
            deliver_all()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [str(number) for number in range(20)]
