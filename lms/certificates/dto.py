"""Certificates as pages and commands see them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lms.certificates.models import Certificate
from lms.certificates.rules import Life, Status, status_on


@dataclass(frozen=True)
class Issued:
    """A certificate with the days that decide about it."""

    certificate: Certificate
    life: Life
    printed: bool
    replaced_by: str | None = None

    @cached_property
    def claims(self) -> dict[str, Any]:
        """What it promises."""
        return json.loads(self.certificate.claims)  # type: ignore[no-any-return]

    def status_on(self, day: dt.date) -> Status:
        return status_on(self.life, day)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be given a certificate now."""

    person_id: uuid.UUID
    name: str
    unit: str
    result_id: uuid.UUID
    passed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class IssuedFilter:
    """What the list of issued certificates is narrowed to."""

    text: str = ""
    kind: str = ""
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A stored certificate that is not what was issued."""

    number: str
    reason: str
