"""What pages and other rooms get to see of persons: plain, frozen, masked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.people.models import IdDocument, QualificationKind


class Registration(enum.StrEnum):
    """A filter on the registration (登记) of national certificates."""

    SOON = "soon"
    LAPSED = "lapsed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class UnitCoverage:
    """How many work in a unit and below, and how many of them hold a national certificate."""

    unit_id: uuid.UUID
    name: str
    people: int
    certified: int

    @property
    def percent(self) -> int:
        return round(100 * self.certified / self.people) if self.people else 0


class Order(enum.StrEnum):
    """How a list of people is sorted."""

    NAME = "name"
    NEWEST = "newest"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a list of people is narrowed to. `text` is a part of a name or the last four of an identity number.

    Whole identity and phone numbers are looked up apart: they must not stand in addresses and logs.
    """

    text: str = ""
    org_id: uuid.UUID | None = None
    post: str = ""
    qualification: QualificationKind | None = None
    registration: Registration | None = None
    order: Order = Order.NAME

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> PeopleFilter:
        """Read a query string or a job's payload; what makes no sense does not filter."""
        return cls(
            text=given.get("text", "").strip()[:60],
            org_id=_uuid(given.get("org_id", "")),
            post=given.get("post", "")[:60],
            qualification=_member(QualificationKind, given.get("qualification", "")),
            registration=_member(Registration, given.get("registration", "")),
            order=_member(Order, given.get("order", "")) or Order.NAME,
        )

    def plain(self) -> dict[str, str]:
        """The form `parse` reads, without what is not set."""
        return {key: str(value) for key, value in dataclasses.asdict(self).items() if value}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _member(kind: type[Any], text: str) -> Any:
    return kind(text) if text in {member.value for member in kind} else None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list."""

    person_id: uuid.UUID
    name: str
    id_number: str
    phone: str
    unit: str
    post: str
    qualification: QualificationKind | None
    registered_until: dt.date | None


@dataclass(frozen=True, slots=True)
class EmploymentLine:
    """An employment on a person's page; `editable` by whoever looks."""

    id: uuid.UUID
    unit: str
    post: str
    started_on: dt.date
    ended_on: dt.date | None
    editable: bool


@dataclass(frozen=True, slots=True)
class QualificationLine:
    """A national certificate on a person's page."""

    kind: QualificationKind
    certificate_number: str
    obtained_on: dt.date
    registered_from: dt.date | None
    registered_until: dt.date | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's page: sealed facts masked."""

    person_id: uuid.UUID
    name: str
    id_document: IdDocument | None
    id_number: str
    birth_date: dt.date | None
    phone: str
    email: str
    bank_account: str
    updated_at: dt.datetime
    employments: tuple[EmploymentLine, ...]
    qualifications: tuple[QualificationLine, ...]


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """New values as typed. None leaves a fact as it is, an empty text clears it."""

    name: str | None = None
    id_document: IdDocument | None = None
    id_number: str | None = None
    birth_date: dt.date | None = None
    phone: str | None = None
    email: str | None = None
    bank_account: str | None = None
