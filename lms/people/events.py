"""What this room tells the others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PersonCreated(DomainEvent):
    name: ClassVar[str] = "people.person_created"
    person_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PersonUpdated(DomainEvent):
    """`fields` names what changed; the values are not told."""

    name: ClassVar[str] = "people.person_updated"
    person_id: uuid.UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EmploymentStarted(DomainEvent):
    name: ClassVar[str] = "people.employment_started"
    person_id: uuid.UUID
    org_id: uuid.UUID
    started_on: dt.date


@dataclass(frozen=True, kw_only=True)
class EmploymentEnded(DomainEvent):
    name: ClassVar[str] = "people.employment_ended"
    person_id: uuid.UUID
    org_id: uuid.UUID
    ended_on: dt.date


@dataclass(frozen=True, kw_only=True)
class QualificationRecorded(DomainEvent):
    """A national certificate was recorded, or its registration renewed."""

    name: ClassVar[str] = "people.qualification_recorded"
    person_id: uuid.UUID
    kind: str
    registered_from: dt.date | None
    registered_until: dt.date | None


@dataclass(frozen=True, kw_only=True)
class RosterApplied(DomainEvent):
    """A roster was written: one event for all its rows. Whoever keeps figures of persons reads them anew."""

    name: ClassVar[str] = "people.roster_applied"
    import_id: uuid.UUID
    org_id: uuid.UUID
    created: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class PersonsMerged(DomainEvent):
    """A person's record was found to be another's and goes into it: every room moves what it holds of it.

    Told inside the transaction. A room that cannot move something raises, and nothing is merged.
    """

    name: ClassVar[str] = "people.persons_merged"
    gone_id: uuid.UUID
    kept_id: uuid.UUID


EVENTS = (
    PersonCreated,
    PersonUpdated,
    EmploymentStarted,
    EmploymentEnded,
    QualificationRecorded,
    RosterApplied,
    PersonsMerged,
)
