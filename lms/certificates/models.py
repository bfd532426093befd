"""Tables of certificates: kinds, number series, immutable issues, their status, their printed form."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class CertificateKind(Base):
    """A kind of certificate (成都社工员). What an issue says is copied from here into its claims, once.

    `requirements` are what it asks for beside course and exam, see `lms.requirements`.
    """

    __tablename__ = "certificate_kind"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[dict[str, str]]
    statement: Mapped[dict[str, str]]
    disclaimer: Mapped[dict[str, str]]
    issuer: Mapped[str] = mapped_column(String(80))
    number_prefix: Mapped[str] = mapped_column(String(12))
    validity_months: Mapped[int | None]
    template: Mapped[str] = mapped_column(String(40))
    course_slug: Mapped[str] = mapped_column(String(80))
    exam_slug: Mapped[str] = mapped_column(String(80))
    requirements: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    illustrative: Mapped[bool]


class NumberSeries(Base):
    """The last number given out for a prefix and year; taken in the issuing transaction, so there are no gaps."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(12), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Certificate(Base):
    """An issue. `claims` is the canonical JSON of its promise, `digest` its SHA-256, `token` the public way to it."""

    __tablename__ = "certificate"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40), ForeignKey("certificate_kind.code"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    claims: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]
    supersedes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certificate.id"), unique=True)
    issued_by: Mapped[uuid.UUID | None]
    issued_at: Mapped[dt.datetime]


class StatusChange(enum.StrEnum):
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class CertificateStatus(Base):
    """How an issue ended before its time, which it can only once. Expiry follows from its dates and needs no row."""

    __tablename__ = "certificate_status"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    certificate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certificate.id"), unique=True)
    status: Mapped[StatusChange] = mapped_column(choice(StatusChange))
    reason: Mapped[str]
    by: Mapped[uuid.UUID | None]
    at: Mapped[dt.datetime]


class CertificateDocument(Base):
    """The PDF of an issue, rendered once."""

    __tablename__ = "certificate_document"
    __table_args__ = (APPEND_ONLY,)

    certificate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_file.id"))
    rendered_at: Mapped[dt.datetime]


class IssueBatch(Base):
    """A cohort handed to the background job: who asked for it, for whom, and what became of each."""

    __tablename__ = "issue_batch"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40), ForeignKey("certificate_kind.code"))
    person_ids: Mapped[list[str]]
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("job.id"))
    outcome: Mapped[dict[str, Any] | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
