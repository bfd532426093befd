"""What the use cases of programmes take."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from lms.approvals.dto import ProofFile
from lms.kernel.i18n import Localized
from lms.programmes.models import Act, Intake


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What a programme is to be from a day on; see `ProgrammeVersion`. `criteria` as stored."""

    valid_from: dt.date
    title: Localized
    summary: Localized
    act: Act
    intake: Intake
    entry_set: str
    renewal_set: str
    written_exam: str
    written_weight: int
    written_least: int
    interview_weight: int
    interview_least: int
    criteria: tuple[dict[str, Any], ...]
    panel_least: int
    outlier_gap: int
    notice: bool
    term_months: int | None
    plan_months: int | None
    look_months: int | None
    supervises: bool
    is_open: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRound:
    """A call to announce. `places_by` keeps places for counties, by the unit's id."""

    programme: str
    opens_on: dt.date
    closes_on: dt.date
    written_since: dt.date
    places: int
    places_by: dict[uuid.UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application to hand in. `key` makes it one: sent twice, it is one application."""

    key: str
    statement: str
    proofs: tuple[ProofFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppointment:
    """An older appointment to record, with the document it rests on as its note."""

    programme: str
    person_id: uuid.UUID
    starts_on: dt.date
    ends_on: dt.date | None
    note: str
