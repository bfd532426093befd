"""Tables of the kernel: audit, outbox, jobs, settings, working days, stored files."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, Sequence64, choice
from lms.kernel.ids import new_id


class AuditEntry(Base):
    """One thing somebody did. Rows form a hash chain: `hash` covers the row and the hash before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_type", "subject_id"), APPEND_ONLY)

    seq: Mapped[int] = mapped_column(Sequence64, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    actor_name: Mapped[str]
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64))
    org_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(String(40))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class OutboxEvent(Base):
    """A domain event, written in the transaction that made it true."""

    __tablename__ = "outbox_event"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True, autoincrement=True)
    event_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    version: Mapped[int]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[dt.datetime]


class DeliveryState(enum.StrEnum):
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"


class OutboxDelivery(Base):
    """What became of one event at one subscriber."""

    __tablename__ = "outbox_delivery"

    event_id: Mapped[int] = mapped_column(Sequence64, ForeignKey("outbox_event.id"), primary_key=True)
    subscriber: Mapped[str] = mapped_column(String(120), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(choice(DeliveryState))
    attempts: Mapped[int]
    at: Mapped[dt.datetime]
    error: Mapped[str] = mapped_column(default="")


class OutboxCursor(Base):
    """How far one subscriber has read the outbox; failed events before it stay listed in `outbox_delivery`."""

    __tablename__ = "outbox_cursor"

    subscriber: Mapped[str] = mapped_column(String(120), primary_key=True)
    last_id: Mapped[int] = mapped_column(Sequence64)


class JobState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """A piece of background work and everything a page wants to know of it."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_claim", "state", "run_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(String(160), unique=True)
    state: Mapped[JobState] = mapped_column(choice(JobState))
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=0)
    message: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    run_at: Mapped[dt.datetime]
    announced_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    worker: Mapped[str] = mapped_column(String(80), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(index=True)
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class SettingValue(Base):
    """One value of a typed setting from a day on. A change is a new row, so that any past day can be asked about."""

    __tablename__ = "setting_value"
    __table_args__ = (UniqueConstraint("key", "valid_from", "revision"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), index=True)
    value: Mapped[Any] = mapped_column(JSON)
    valid_from: Mapped[dt.date]
    revision: Mapped[int] = mapped_column(Integer)
    illustrative: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(default="")
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]


class WorkingDay(Base):
    """A day on which an officer says whether people work, before what the published arrangements say."""

    __tablename__ = "working_day"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    note: Mapped[str]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]


class StoredFile(Base):
    """A file in the object store. The bytes never change; a new version is a new file."""

    __tablename__ = "stored_file"
    __table_args__ = (APPEND_ONLY,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    room: Mapped[str] = mapped_column(String(24))
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Sequence64)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    storage_key: Mapped[str]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[uuid.UUID | None]


class SearchEntry(Base):
    """What one indexed text belongs to. Its words stand in `search_text` (migration 0002) under the same number."""

    __tablename__ = "search_entry"
    __table_args__ = (Index("ix_search_entry_subject", "kind", "subject"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(Sequence64, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[uuid.UUID]
