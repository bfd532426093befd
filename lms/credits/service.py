"""Writing the ledger: completions in the transaction that completes them, corrections as reversal and new entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from sqlalchemy import select

from lms.credits import counting, ledger, queries, rules
from lms.credits.counting import LONGEST
from lms.credits.cycles import standing
from lms.credits.events import CreditRecorded
from lms.credits.evidence.service import correcting as evidence
from lms.credits.ledger import CORRECTION, COURSE
from lms.credits.models import Category, CreditEntry
from lms.credits.rules import Fault, Line
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import unit_of_work
from lms.learning.events import CourseCompleted
from lms.people import queries as people


def record_completion(event: CourseCompleted) -> None:
    """Handle `CourseCompleted` inside its transaction: one entry per enrolment, however often the event comes."""
    if event.credit_minutes > 0:
        _enter(event)


def follow_entry(event: CreditRecorded) -> None:
    """Handle `CreditRecorded` inside its transaction: the standing of lists follows the ledger at once."""
    with unit_of_work(SYSTEM) as uow:
        uow.session.flush()
        standing.refresh(uow, [event.person_id])


def correct(actor: Actor, entry_id: uuid.UUID, *, minutes: int, category: Category, reason: str) -> uuid.UUID:
    """Reverse an entry and, when `minutes` is not 0, enter what is right instead. Returns the reversal's id.

    Raises `Conflict` when the entry was reversed before, `Forbidden` for one's own hours, `Invalid` for more than the
    rule behind claimed learning leaves.
    """
    if not reason.strip():
        raise Invalid(_("更正没有保存。"), fields={"reason": _("请写明更正的理由")})
    if not 0 <= minutes <= LONGEST:
        raise Invalid(_("更正没有保存。"), fields={"minutes": _("应在 0 到 %(most)d 之间", most=LONGEST)})
    with unit_of_work(actor) as uow:
        entry = queries.entry(actor, entry_id, "credit:edit")
        if actor.person_id == entry.person_id:
            raise Forbidden(_("不能更正自己的学习时长。"), todo=_("请由另一位干部办理。"))
        if minutes == entry.minutes and category is entry.category:
            raise Invalid(_("更正没有保存。"), fields={"minutes": _("与原来的记录相同")})
        evidence.hold(uow, entry)
        reversal_id = ledger.reverse(uow, entry, reason)
        evidence.follow_correction(uow, entry, minutes)
        if minutes:
            why = {"rule": "corrected", "reason": reason, "was": entry.minutes, "entry": entry.id.hex}
            ledger.write(uow, **ledger.about(entry, CORRECTION), minutes=minutes, category=category, why=why)
        uow.audit(
            "credit.correct",
            "credit_entry",
            entry.id,
            org_id=people.present_unit(entry.person_id),
            person=entry.person_id.hex,
            was=entry.minutes,
            minutes=minutes,
            category=category.value,
            reason=reason,
        )
        return reversal_id


def check_ledger() -> tuple[int, list[Fault]]:
    """Prove the ledger: its rules hold, and the sums the pages show equal the entries added up one by one.

    Returns how many entries were read and every fault.
    """
    lines = list(_lines())
    found = rules.faults(lines)
    shown, counted = queries.balances(), rules.balances(lines)
    last_of = {(line.person_id, line.category): line.id for line in lines}
    for key in sorted(shown.keys() | counted.keys()):
        if shown.get(key, 0) != counted.get(key, 0):
            found.append(Fault(last_of[key], f"balance {shown.get(key, 0)} is not the sum {counted.get(key, 0)}"))
    return len(lines), found


def write_missing(actor: Actor) -> int:
    """Enter completed courses that have no entry yet (restored or moved data). Returns how many were written."""
    with unit_of_work(actor) as uow:
        missing = sorted(queries.unrecorded_completions(), key=lambda one: one.person_id)  # as locks are taken
        written = sum(_enter(completion) for completion in missing)
        if written:
            uow.audit("credit.write_missing", "credit_entry", "all", entries=written)
        return written


def _enter(event: CourseCompleted) -> bool:
    """Write what a completed course counts for. False when it has an entry, or counts for nothing by the rules."""
    with unit_of_work(SYSTEM) as uow:
        draft = counting.counted(event)
        if not draft.minutes:
            return False
        entry_id = ledger.write(
            uow,
            person_id=event.person_id,
            minutes=draft.minutes,
            category=Category(draft.category),
            source=COURSE,
            source_id=event.enrolment_id.hex,
            title=event.title,
            occurred_on=event.completed_on,
            why=counting.why(draft),
        )
        return entry_id is not None


def _lines() -> Iterator[Line]:
    """The whole ledger in the order it was written, a thousand rows at a time."""
    columns = (
        CreditEntry.id,
        CreditEntry.person_id,
        CreditEntry.minutes,
        CreditEntry.category,
        CreditEntry.occurred_on,
        CreditEntry.reverses_id,
    )
    query = select(*columns).order_by(CreditEntry.recorded_at, CreditEntry.id).execution_options(yield_per=1000)
    for entry_id, person_id, minutes, category, day, reverses_id in db.session.execute(query):
        yield Line(entry_id, person_id, minutes, category.value, day, reverses_id)
