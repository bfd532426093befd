"""The audit trail of what is done to a person, kept with the unit that employs them: its auditor must find it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select

from lms.kernel.db import db
from lms.kernel.models import AuditEntry
from lms.kernel.uow import UnitOfWork
from lms.people import queries


def record(uow: UnitOfWork, action: str, person_id: uuid.UUID, **detail: Any) -> None:
    """Record an action on a person; see `UnitOfWork.audit` for what `detail` may hold."""
    uow.audit(action, "person", person_id, org_id=queries.present_unit(person_id), **detail)


def count_since(person_id: uuid.UUID, action: str, since: dt.datetime) -> int:
    """How often something was done to a person after a moment."""
    query = select(func.count()).where(
        AuditEntry.subject_type == "person",
        AuditEntry.subject_id == person_id.hex,
        AuditEntry.action == action,
        AuditEntry.at > since,
    )
    return db.session.scalar(query) or 0
