from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.events import DomainEvent, EventBus
from lms.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Told(DomainEvent):
    name: ClassVar[str] = "test.told"
    person_id: uuid.UUID
    supervisor_id: uuid.UUID | None
    at: dt.datetime
    on: dt.date
    ends_on: dt.date | None
    minutes: int
    passed: bool
    title: dict[str, str]
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ToldTwin(DomainEvent):
    name: ClassVar[str] = "test.told"


EVENTS = st.builds(
    Told,
    event_id=st.uuids(),
    person_id=st.uuids(),
    supervisor_id=st.none() | st.uuids(),
    at=st.datetimes(timezones=st.just(dt.UTC)),
    on=st.dates(),
    ends_on=st.none() | st.dates(),
    minutes=st.integers(),
    passed=st.booleans(),
    title=st.dictionaries(st.sampled_from(["zh_CN", "en"]), st.text()),
    codes=st.lists(st.text()).map(tuple),
)


@given(EVENTS)
def test_an_event_comes_back_from_its_stored_form_as_it_was(event):
    stored = json.loads(json.dumps(event.payload()))
    assert Told.from_payload(event.event_id, stored) == event


@given(EVENTS)
def test_a_field_of_a_later_version_is_left_out(event):
    assert Told.from_payload(event.event_id, event.payload() | {"invented_later": 1}) == event


def test_each_event_has_an_id_of_its_own():
    assert ToldTwin().event_id != ToldTwin().event_id


def test_a_name_is_claimed_once():
    bus = EventBus()
    bus.know(Told)
    bus.know(Told)
    with pytest.raises(ValueError, match=r"test\.told"):
        bus.know(ToldTwin)
    bus.subscribe("certificates", Told, lambda _event: None)
    with pytest.raises(ValueError, match="certificates"):
        bus.subscribe("certificates", Told, lambda _event: None)


def test_handlers_run_in_the_order_they_were_declared():
    bus, heard = EventBus(), []
    bus.handle(ToldTwin, lambda _event: heard.append("first"))
    bus.handle(ToldTwin, lambda _event: heard.append("second"))
    for handler in bus.handlers[ToldTwin]:
        handler(ToldTwin(event_id=new_id()))
    assert heard == ["first", "second"]
