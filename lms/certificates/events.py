"""What the certificate room tells others."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CertificateIssued(DomainEvent):
    """A certificate was issued. `supersedes_id` is set when it corrects an earlier one, which ended with it."""

    name: ClassVar[str] = "certificates.certificate_issued"

    certificate_id: uuid.UUID
    person_id: uuid.UUID
    kind: str
    number: str
    valid_from: dt.date
    valid_until: dt.date | None
    supersedes_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True)
class CertificateRevoked(DomainEvent):
    """A certificate was taken back."""

    name: ClassVar[str] = "certificates.certificate_revoked"

    certificate_id: uuid.UUID
    person_id: uuid.UUID
    kind: str
    number: str
