"""What a use case left behind, for tests to look into: events, audit entries, messages; and settings to begin with."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from lms.kernel import clock, settings_service
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import AuditEntry, OutboxEvent
from lms.messages.models import Message


def told(name: str) -> list[dict[str, Any]]:
    """The payloads of every event called `name`, in the order they were told. Identifiers are 32 hex digits."""
    query = select(OutboxEvent.payload).where(OutboxEvent.name == name)
    return list(db.session.scalars(query.order_by(OutboxEvent.id)))


def recorded(action: str) -> list[AuditEntry]:
    """The audit entries of an action, in their order."""
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)))


def messages_to(person_id: uuid.UUID) -> list[tuple[str, dict[str, Any]]]:
    """Kind and params of every message in a person's inbox, in their order."""
    query = select(Message).where(Message.person_id == person_id).order_by(Message.created_at, Message.id)
    return [(message.kind, message.params) for message in db.session.scalars(query)]


def set_setting(key: str, value: Any) -> None:
    """Have a setting from today on."""
    settings_service.set_value(SYSTEM, key, value, valid_from=clock.today())
