"""Time in class as continuing education: one entry for a meeting or class and person, corrected by reversal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from lms.classes.events import ClassAttended
from lms.credits import ledger
from lms.credits.ledger import CORRECTION
from lms.credits.models import Category, CreditEntry
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both
from lms.kernel.uow import unit_of_work

CLASS = "class"
ATTENDED = "class_attended"
"""Training counts with its actual hours (民发〔2009〕123 号): the minutes somebody was there."""


def record_attendance(event: ClassAttended) -> None:
    """Handle `ClassAttended` inside its transaction. The same event twice is one entry; what it says anew replaces it.

    What an officer has corrected since stays as the officer left it.
    """
    with unit_of_work(SYSTEM) as uow:
        last = _last(event.occasion)
        undone = _reversal(last) if last else None
        if last is None:
            source, source_id = CLASS, event.occasion
        elif _is_ours(undone or last):
            source, source_id = CORRECTION, last.id.hex
        else:
            return
        if last and not undone:
            if _says(last, event):
                return
            ledger.reverse(uow, last, "出勤更正", by=ATTENDED)
        if event.minutes:
            ledger.write(uow, **_entry(event), source=source, source_id=source_id, why=_why(event))


def _last(occasion: str) -> CreditEntry | None:
    """The newest entry of an occasion: the first one, or what later took its place."""
    found = _by_key(f"{CLASS}:{occasion}")
    while found is not None:
        later = _by_key(f"{CORRECTION}:{found.id.hex}")
        if later is None:
            return found
        found = later
    return None


def _by_key(key: str) -> CreditEntry | None:
    return db.session.scalars(select(CreditEntry).where(CreditEntry.key == key)).first()


def _reversal(entry: CreditEntry) -> CreditEntry | None:
    return db.session.scalars(select(CreditEntry).where(CreditEntry.reverses_id == entry.id)).first()


def _is_ours(entry: CreditEntry) -> bool:
    """Whether attendance said it, and nobody else."""
    return ATTENDED in (entry.why.get("rule"), entry.why.get("by"))


def _says(entry: CreditEntry, event: ClassAttended) -> bool:
    counted = entry.minutes, entry.category.value, entry.occurred_on
    return counted == (event.minutes, event.category, event.attended_on)


def _entry(event: ClassAttended) -> dict[str, Any]:
    return {
        "person_id": event.person_id,
        "minutes": event.minutes,
        "category": Category(event.category),
        "title": event.title,
        "occurred_on": event.attended_on,
    }


def _why(event: ClassAttended) -> dict[str, Any]:
    return {"rule": ATTENDED, "reason": in_both(_reason, event)}


def _reason(event: ClassAttended) -> str:
    return _(
        "按实际出席的时间计入：计划 %(planned)d 分钟，出席 %(minutes)d 分钟。",
        planned=event.planned,
        minutes=event.minutes,
    )
