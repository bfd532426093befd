"""Background work: applying a result file, and the nightly proof of the books."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from lms.plugin_api.registering import JobContext, JobSpec
from lms.plugin_api.services import services
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.work import SYSTEM
from lms_payouts.service import checking, results

A_DAY = 86_400


class BooksDoNotHold(Exception):
    """The proof found a fault; the job is shown to the operator as failed, with the fault."""


def apply_result(context: JobContext, payload: Mapping[str, Any]) -> dict[str, str]:
    """Apply a file in one transaction. Idempotent: run again after a crash it does what is left, or nothing."""
    asked_by = context.created_by
    actor = SYSTEM if asked_by is None else services().access.actor_for(asked_by)
    return {"state": results.apply(actor, uuid.UUID(hex=payload["result"])).value}


def verify(context: JobContext, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Prove the books and keep what came of it."""
    del context, payload
    proof = checking.check()
    if proof.fault:
        raise BooksDoNotHold(proof.fault)
    return proof.facts()


JOBS = (
    JobSpec(results.APPLY, apply_result, _l("登记银行回盘结果")),
    JobSpec("payouts.verify", verify, _l("核对资金台账"), max_attempts=1, every_seconds=A_DAY),
)
