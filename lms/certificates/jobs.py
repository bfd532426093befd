"""Background work of certificates: issuing a cohort, printing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from lms.access.actors import actor_for
from lms.certificates import service
from lms.certificates.models import IssueBatch
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work

SHOW_EVERY = 5


def issue_cohort(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Issue to each person of a batch, say what became of each, then print. Run again, it goes on where it stopped."""
    batch = db.session.get_one(IssueBatch, uuid.UUID(payload["batch"]))
    actor = actor_for(batch.created_by) if batch.created_by else SYSTEM
    total, outcome = len(batch.person_ids) * 2, {}
    for done, person in enumerate(batch.person_ids, start=1):
        outcome[person] = _issue_one(actor, batch.kind, uuid.UUID(person))
        if done % SHOW_EVERY == 0:
            context.progress(done, total)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(IssueBatch).where(IssueBatch.id == batch.id).values(outcome=outcome))
    made = [uuid.UUID(one["certificate"]) for one in outcome.values() if "certificate" in one]
    refused = len(outcome) - len(made)
    service.print_missing(made, lambda done, of: context.progress(total - of + done, total))
    return {"issued": len(made), "refused": refused}


def print_certificates(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Print the PDFs of these certificates."""
    ids = [uuid.UUID(one) for one in payload["ids"]]
    return {"printed": service.print_missing(ids, context.progress)}


def print_forgotten(_context: JobContext, _payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Now and then print what no job has printed."""
    return {"printed": service.print_missing()}


def _issue_one(actor: Actor, kind: str, person_id: uuid.UUID) -> dict[str, str]:
    try:
        return {"certificate": service.issue(actor, kind, person_id, print_now=False).hex}
    except LmsError as refusal:
        return {"code": refusal.code, "what": str(refusal.what), "why": str(refusal.why)}
