"""The audit log: append-only, each entry's hash covering the entry and the hash before it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.models import AuditEntry

GENESIS = "0" * 64

request_id: ContextVar[str] = ContextVar("request_id", default="")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry not yet chained."""

    actor: Actor
    action: str
    subject_type: str
    subject_id: str
    org_id: uuid.UUID | None
    detail: dict[str, Any]


def append(session: Session, drafts: Sequence[Draft]) -> None:
    """Chain `drafts` to the log. The caller holds the log lock."""
    if not drafts:
        return
    last = session.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)).first()
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    for draft in drafts:
        seq += 1
        entry = AuditEntry(
            seq=seq,
            at=clock.now(),
            actor_id=draft.actor.person_id,
            actor_name=draft.actor.name,
            action=draft.action,
            subject_type=draft.subject_type,
            subject_id=draft.subject_id,
            org_id=draft.org_id,
            detail=draft.detail,
            request_id=request_id.get(),
            prev_hash=previous,
        )
        entry.hash = previous = digest(entry)
        session.add(entry)


def digest(entry: AuditEntry) -> str:
    """SHA-256, in hex, of the entry's canonical JSON with the previous hash."""
    content = [
        entry.seq,
        entry.at.isoformat(),
        entry.actor_id.hex if entry.actor_id else None,
        entry.actor_name,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.org_id.hex if entry.org_id else None,
        entry.detail,
        entry.request_id,
        entry.prev_hash,
    ]
    text_form = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text_form.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the chain does not hold."""

    seq: int
    reason: str


def first_fault(entries: Iterable[AuditEntry]) -> Fault | None:
    """Walk entries in order of `seq` and return the first that was changed, removed or put in."""
    expected, previous = 1, GENESIS
    for entry in entries:
        if entry.seq != expected:
            return Fault(expected, f"entry {expected} is missing")
        if entry.prev_hash != previous:
            return Fault(entry.seq, f"entry {entry.seq} does not follow the one before it")
        if entry.hash != digest(entry):
            return Fault(entry.seq, f"entry {entry.seq} was changed")
        expected, previous = expected + 1, entry.hash
    return None
