"""What a plugin may ask of the core: protocols that take ids and give frozen facts. No row of a table crosses.

    who = services().people.person(person_id)

Wherever a method takes an `actor` it checks that actor's rights and raises `Forbidden` or `NotFound`; methods without
one trust the plugin to have asked `access` before.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from flask import current_app
from sqlalchemy import Select

from lms.approvals.dto import CaseBrief, Correction, Fact, NewCase, ProofFile
from lms.kernel.actor import Actor
from lms.kernel.uow import UnitOfWork

EXTENSION = "lms.plugin_services"
__all__ = [
    "Access",
    "Activation",
    "Approvals",
    "CaseBrief",
    "CaseFile",
    "CaseInfo",
    "CertificateInfo",
    "Certificates",
    "Correction",
    "Credits",
    "EmploymentInfo",
    "Fact",
    "Files",
    "HoursInfo",
    "Messages",
    "NewCase",
    "Orgs",
    "People",
    "PersonInfo",
    "ProofFile",
    "QualificationInfo",
    "Secrets",
    "Services",
    "Settings",
    "UnitInfo",
    "services",
]


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A unit of the management tree. `kind` is one of `lms.orgs.models.OrgKind`'s values."""

    id: uuid.UUID
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person as pages may show them: sealed facts masked. `units` are the present employers, the newest first."""

    id: uuid.UUID
    name: str
    id_number: str
    phone: str
    bank_account: str
    units: tuple[UnitInfo, ...]


@dataclass(frozen=True, slots=True)
class EmploymentInfo:
    """A person at a unit; both days included, `ended_on` None while it lasts."""

    unit: UnitInfo
    post: str
    started_on: dt.date
    ended_on: dt.date | None


@dataclass(frozen=True, slots=True)
class QualificationInfo:
    """A national certificate. `kind`: assistant (助理社会工作师), intermediate (社会工作师) or senior (高级…)."""

    id: uuid.UUID
    person_id: uuid.UUID
    kind: str
    certificate_number: str
    obtained_on: dt.date
    registered_from: dt.date | None
    registered_until: dt.date | None


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """A certificate of the academy. `status`: valid, not_yet, expired, superseded or revoked, as of today.

    `supersedes_id` is the earlier one that it corrects: the same achievement with the right name.
    """

    id: uuid.UUID
    person_id: uuid.UUID
    org_id: uuid.UUID
    kind: str
    title: Mapping[str, str]
    number: str
    issued_on: dt.date
    valid_from: dt.date
    valid_until: dt.date | None
    status: str
    supersedes_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class HoursInfo:
    """Continuing education on a day, in minutes.

    `earned` is what counts in the registration period of that day by its policy, caps and what was carried over
    included; `required` is 0 where there is no period, or nothing is asked in it. `ever` is every entry until the day.
    """

    earned: int
    required: int
    ever: int


class People(Protocol):
    """Persons, where they work, what they hold."""

    def person(self, person_id: uuid.UUID) -> PersonInfo:
        """Raises `NotFound`."""

    def names(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """Names by id, in one query."""

    def phones(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """Mobile numbers in clear of those who have one, for a notifier to reach people by; never to be shown."""

    def employments(self, person_id: uuid.UUID) -> Sequence[EmploymentInfo]:
        """All employments, the newest first."""

    def qualifications(self, person_id: uuid.UUID) -> Sequence[QualificationInfo]:
        """National certificates, the highest first."""

    def holders(self, kind: str, after: uuid.UUID | None = None, most: int = 500) -> Sequence[QualificationInfo]:
        """National certificates of a kind by id, those after an id: all of them in batches, however many there are."""

    def employers(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, UnitInfo]:
        """Each person's present employer, the newest where there are several, in one query."""

    def employed_in(self, units: Select[uuid.UUID]) -> Select[uuid.UUID]:
        """Ids of the persons employed now in one of the units, as a SELECT to filter with."""

    def named(self, text: str) -> Select[uuid.UUID]:
        """Ids of the persons whose name holds the text, as a SELECT to filter with."""


class Orgs(Protocol):
    """The management tree."""

    def city(self) -> UnitInfo:
        """The root."""

    def unit(self, org_id: uuid.UUID) -> UnitInfo:
        """Raises `NotFound`."""

    def path(self, org_id: uuid.UUID) -> Sequence[UnitInfo]:
        """From the city down to the unit itself."""

    def within(self, org_id: uuid.UUID) -> Select[uuid.UUID]:
        """Ids of the unit and everything below, as a SELECT to filter with."""

    def paths(self, org_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """Each unit's way down in words, the city left out, in one query."""

    def choices(self, visible: Select[uuid.UUID]) -> Sequence[UnitInfo]:
        """Units to choose from in a form or filter: the highest visible, then the others as deep as they stay few."""


class Access(Protocol):
    """Who may do what where."""

    def visible_orgs(self, actor: Actor, permission: str) -> Select[uuid.UUID]:
        """Ids of the units on which the actor holds the permission, as a SELECT to filter lists with."""

    def can(self, actor: Actor, permission: str, org_id: uuid.UUID) -> bool:
        """Whether the actor holds the permission on a unit."""

    def require(self, actor: Actor, permission: str, org_id: uuid.UUID) -> None:
        """Raise `Forbidden` in a unit the actor works for, `NotFound` elsewhere, when the permission is missing."""

    def actor_for(self, person_id: uuid.UUID) -> Actor:
        """The person as an actor, for what a job does in somebody's name."""


class Certificates(Protocol):
    """Certificates the academy issued."""

    def certificate(self, certificate_id: uuid.UUID) -> CertificateInfo:
        """Raises `NotFound`."""

    def of_person(self, person_id: uuid.UUID) -> Sequence[CertificateInfo]:
        """All of a person's, the newest first."""

    def holders(self, kind: str, after: uuid.UUID | None = None, most: int = 500) -> Sequence[CertificateInfo]:
        """Certificates of a kind by id, those after an id: all of them in batches, however many there are."""

    def kinds(self) -> Mapping[str, Mapping[str, str]]:
        """Titles of the kinds of certificate, by code."""


class Credits(Protocol):
    """The ledger of continuing education."""

    def hours(self, person_id: uuid.UUID, on: dt.date | None = None) -> HoursInfo:
        """A person's hours as of a day, today by default."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A proof of a case.

    The page `approvals.proof`, given `case_id` and `proof_id`, shows it to who may see the case, also in a frame of the
    site's own pages. `kind` is the key of the kind of proof, `sha256` of the bytes as they were sent, `round` the one
    it came in with.
    """

    proof_id: uuid.UUID
    kind: str
    name: str
    media_type: str
    sha256: str
    round: int


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """An approval case. `state`: open, returned, awaiting_notice, in_notice, approved, rejected or withdrawn.

    `reason` says why a closed case was not approved; `proofs` are the SHA-256 of its proofs. `approvers` are the
    persons who approved a step, in the order in which they did: none of them may sign the payment it leads to.
    """

    case_id: uuid.UUID
    number: str
    kind: str
    subject_id: uuid.UUID
    applicant_id: uuid.UUID
    org_id: uuid.UUID
    state: str
    amount_fen: int | None
    facts: tuple[Fact, ...]
    proofs: tuple[str, ...]
    reason: str
    files: tuple[CaseFile, ...] = ()
    approvers: tuple[uuid.UUID, ...] = ()


class Approvals(Protocol):
    """Cases that go through an approval chain. Kinds come from `lms_register_case_kinds`."""

    def open_case(self, actor: Actor, new: NewCase) -> CaseBrief:
        """Open a case on the chain in force today; a `key` used before gives the earlier case.

        Raises `Invalid` naming proofs that lack, `Conflict` where the chain finds no unit for any step.
        """

    def resubmit(self, actor: Actor, case_id: uuid.UUID, correction: Correction, *, seen_round: int) -> CaseBrief:
        """Answer a return; it resumes at the step that returned it."""

    def withdraw(self, actor: Actor, case_id: uuid.UUID, reason: str) -> CaseBrief:
        """Take an open case back: the applicant, or `SYSTEM` when what it rests on is gone."""

    def case(self, case_id: uuid.UUID) -> CaseInfo:
        """Raises `NotFound`."""

    def of_subjects(self, subject_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, CaseBrief]:
        """The newest case of each subject, in one query."""


class Messages(Protocol):
    """Inbox and e-mail."""

    def send(
        self,
        uow: UnitOfWork,
        *,
        person_id: uuid.UUID,
        kind: str,
        params: Mapping[str, Any],
        key: str,
        link: str = "",
    ) -> None:
        """Put a message of a registered kind into a person's inbox; a `key` that was used before sends nothing."""


class Files(Protocol):
    """Stored files of the plugin."""

    def put(self, uow: UnitOfWork, *, name: str, media_type: str, content: bytes) -> uuid.UUID:
        """Store a file and return its id."""

    def read(self, file_id: uuid.UUID) -> tuple[str, str, bytes]:
        """Name, media type and content. Raises `NotFound`."""


class Secrets(Protocol):
    """Encrypted fields of a plugin's tables (bank numbers). `field` is `<table>.<column>` and bound into the text."""

    def seal(self, field: str, text: str) -> bytes:
        """Encrypt."""

    def open(self, field: str, sealed: bytes) -> str:
        """Decrypt; whoever calls this has checked the right to see it and writes an audit entry."""

    def seal_bytes(self, field: str, content: bytes) -> bytes:
        """Encrypt a file that holds what is sealed in the tables, before it is stored."""

    def open_bytes(self, field: str, sealed: bytes) -> bytes:
        """Decrypt such a file; the same duty as for `open`."""

    def index(self, field: str, text: str) -> bytes:
        """A keyed index to look an equal value up by."""


class Settings(Protocol):
    """Dated settings."""

    def value(self, key: str, on: dt.date | None = None) -> Any:
        """The value in force on a day, today by default."""


class Activation(Protocol):
    """Where the plugin is offered."""

    def serves_unit(self, plugin: str, org_id: uuid.UUID) -> bool:
        """Whether a plugin is switched on for a unit."""

    def is_on(self, plugin: str) -> bool:
        """Whether a plugin is installed and switched on at all."""


@dataclass(frozen=True)
class Services:
    """Everything the core offers."""

    people: People
    orgs: Orgs
    access: Access
    certificates: Certificates
    credits: Credits
    approvals: Approvals
    messages: Messages
    files: Files
    secrets: Secrets
    settings: Settings
    activation: Activation


def services() -> Services:
    """The services of the current application. Needs an app context."""
    return cast("Services", current_app.extensions[EXTENSION])
