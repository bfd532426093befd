"""What this room tells the others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class Appointed(DomainEvent):
    """Somebody holds what a programme gives, from a day to a last day: 聘任, 认可 or 录取, as `act` says."""

    name: ClassVar[str] = "programmes.appointed"
    appointment_id: uuid.UUID
    person_id: uuid.UUID
    programme: str
    act: str
    starts_on: dt.date
    ends_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class AppointmentEnded(DomainEvent):
    """An appointment is over: its term, a step down, a removal, a promotion. `last_day` is the last it was held."""

    name: ClassVar[str] = "programmes.appointment_ended"
    appointment_id: uuid.UUID
    person_id: uuid.UUID
    programme: str
    kind: str
    last_day: dt.date


@dataclass(frozen=True, kw_only=True)
class SupervisionSigned(DomainEvent):
    """A session of supervision that both have signed."""

    name: ClassVar[str] = "programmes.supervision_signed"
    entry_id: uuid.UUID
    supervisor_id: uuid.UUID
    person_id: uuid.UUID
    held_on: dt.date
    minutes: int


EVENTS = (Appointed, AppointmentEnded, SupervisionSigned)
