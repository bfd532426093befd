"""The audit trail of what is done to a person, kept with the unit that employs them: its auditor must find it."""

from __future__ import annotations

import uuid
from typing import Any

from lms.kernel.uow import UnitOfWork
from lms.people import queries


def record(uow: UnitOfWork, action: str, person_id: uuid.UUID, **detail: Any) -> None:
    """Record an action on a person; see `UnitOfWork.audit` for what `detail` may hold."""
    uow.audit(action, "person", person_id, org_id=queries.present_unit(person_id), **detail)
