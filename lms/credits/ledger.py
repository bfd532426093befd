"""Writing single entries. What each stands for is the business of who calls; one entry per source, for ever."""

from __future__ import annotations

import uuid
from typing import Any

from lms.credits.events import CreditRecorded
from lms.credits.models import CreditEntry
from lms.kernel import clock
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork

COURSE, EVIDENCE, CORRECTION, REVERSAL = "course", "evidence", "correction", "reversal"


def write(uow: UnitOfWork, **values: Any) -> uuid.UUID | None:
    """Write an entry and tell it; None when its source has an entry already."""
    entry_id, key = new_id(), f"{values['source']}:{values['source_id']}"
    written = {"id": entry_id, "key": key, "recorded_at": clock.now(), "recorded_by": uow.actor.person_id}
    if not insert_new(uow.session, CreditEntry, **written, **values):
        return None
    uow.emit(
        CreditRecorded(
            entry_id=entry_id,
            person_id=values["person_id"],
            minutes=values["minutes"],
            category=values["category"].value,
            source=values["source"],
            occurred_on=values["occurred_on"],
        )
    )
    return entry_id


def reverse(uow: UnitOfWork, entry: CreditEntry, reason: str, **more: Any) -> uuid.UUID:
    """Enter what undoes an entry; `more` is kept with its reason.

    Raises `Conflict` for a reversal, and for what was reversed before.
    """
    if entry.reverses_id is not None:
        raise Conflict(_("冲销记录本身不能再更正。"), todo=_("请更正它之后补记的那一条。"))
    why = {"rule": "reversed", "reason": reason, "entry": entry.id.hex, **more}
    undoing = {"minutes": -entry.minutes, "category": entry.category, "reverses_id": entry.id, "why": why}
    reversal_id = write(uow, **about(entry, REVERSAL), **undoing)
    if reversal_id is None:
        raise Conflict(_("这条记录已经更正过。"), todo=_("如仍有误，请更正补记的那一条。"))
    return reversal_id


def about(entry: CreditEntry, source: str) -> dict[str, Any]:
    """What a later entry about the same activity repeats: the person, the day, the title and the claim behind it."""
    return {
        "person_id": entry.person_id,
        "source": source,
        "source_id": entry.id.hex,
        "title": entry.title,
        "occurred_on": entry.occurred_on,
        "evidence_id": entry.evidence_id,
    }
