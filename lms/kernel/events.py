"""Domain events: frozen facts in the past tense, told by a lower room to whoever cares.

Core handlers run inside the transaction that emitted the event and may veto it by raising. Subscribers run after the
commit, at least once, from the outbox.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, get_type_hints

from lms.kernel.ids import new_id


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """Base of every event. Fields are ids, numbers, texts, dates: nothing that a lower room could not print."""

    name: ClassVar[str]
    schema: ClassVar[int] = 1

    event_id: uuid.UUID = field(default_factory=new_id)

    def payload(self) -> dict[str, Any]:
        """The event's fields as JSON."""
        fields = (spec.name for spec in dataclasses.fields(self) if spec.name != "event_id")
        return {name: _plain(getattr(self, name)) for name in fields}

    @classmethod
    def from_payload(cls, event_id: uuid.UUID, payload: Mapping[str, Any]) -> DomainEvent:
        """Rebuild a stored event. Unknown fields of another version are left out."""
        hints = get_type_hints(cls)
        known = {spec.name for spec in dataclasses.fields(cls)} - {"event_id"}
        values = {key: _typed(hints[key], value) for key, value in payload.items() if key in known}
        return cls(event_id=event_id, **values)


E = TypeVar("E", bound=DomainEvent)
Handler = Callable[[Any], None]


@dataclass
class EventBus:
    """Who listens to what. Filled once while the application is assembled."""

    types: dict[str, type[DomainEvent]] = field(default_factory=dict)
    handlers: dict[type[DomainEvent], list[Handler]] = field(default_factory=lambda: defaultdict(list))
    subscribers: dict[str, tuple[type[DomainEvent], Handler]] = field(default_factory=dict)

    def know(self, event_type: type[DomainEvent]) -> None:
        """Declare an event type. Raises `ValueError` when two types claim one name."""
        if self.types.setdefault(event_type.name, event_type) is not event_type:
            raise ValueError(f"two event types are called {event_type.name}")

    def handle(self, event_type: type[E], handler: Callable[[E], None]) -> None:
        """Run `handler` inside the emitting transaction."""
        self.know(event_type)
        self.handlers[event_type].append(handler)

    def subscribe(self, subscriber: str, event_type: type[E], handler: Callable[[E], None]) -> None:
        """Run `handler` after the commit, at least once per event; `subscriber` names it for ever."""
        self.know(event_type)
        if subscriber in self.subscribers:
            raise ValueError(f"two subscribers are called {subscriber}")
        self.subscribers[subscriber] = (event_type, handler)


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    """Undo `_plain` for the types events use, `X | None` included."""
    if value is None:
        return None
    for kind in getattr(hint, "__args__", None) or (hint,):
        if kind is uuid.UUID:
            return uuid.UUID(value)
        if kind is dt.datetime:
            return dt.datetime.fromisoformat(value)
        if kind is dt.date:
            return dt.date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
