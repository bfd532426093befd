"""Checking the audit chain in the background, once a day and on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select

from lms.kernel import audit
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.models import AuditEntry

BATCH = 2000


def check_audit_chain(context: JobContext, _payload: Mapping[str, Any]) -> dict[str, Any]:
    """Recompute every hash. The result says how many entries were read and where the chain breaks, if it does."""
    total = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    last = db.session.scalar(select(func.max(AuditEntry.seq))) or 0
    fault = audit.first_fault(_entries(context, last, total))
    return {"entries": total, "fault_at": fault.seq if fault else None, "reason": fault.reason if fault else ""}


def _entries(context: JobContext, last: int, total: int) -> Iterator[AuditEntry]:
    """The log in order up to `last`, in batches, telling how far it has come."""
    after, read = 0, 0
    while after < last:
        query = select(AuditEntry).where(AuditEntry.seq > after, AuditEntry.seq <= last)
        batch = db.session.scalars(query.order_by(AuditEntry.seq).limit(BATCH)).all()
        yield from batch
        after, read = batch[-1].seq, read + len(batch)
        db.session.expunge_all()
        context.progress(read, total)


AUDIT_CHECK = JobSpec("audit.check", check_audit_chain, _l("核对审计日志"), every_seconds=86400)
