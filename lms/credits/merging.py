"""What a merged person earned goes to the record that is kept: undone there, entered here; old entries stay."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select

from lms.credits import ledger
from lms.credits.cycles.models import CreditStanding
from lms.credits.models import CreditEntry
from lms.kernel.actor import SYSTEM
from lms.kernel.i18n import zh
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.events import PersonsMerged

SOURCE = "merge"
_REASON = "并入名册里的档案"
_TWICE = "并入名册里的档案，那里已计过同一门课程"


def on_merged(event: PersonsMerged) -> None:
    """Move what stands; a course that both completed counts once, as for everybody.

    Claims of outside learning are cases of the old person: they stop the merging by themselves.
    """
    why = {"rule": SOURCE, "reason": zh(f"{_REASON}，原样转来。", "Moved here with the person's other record.")}
    with unit_of_work(SYSTEM) as uow:
        counted = {_course(entry) for entry in _standing(uow, event.kept_id)} - {""}
        for entry in _standing(uow, event.gone_id):
            twice = _course(entry) in counted
            ledger.reverse(uow, entry, _TWICE if twice else _REASON)
            if not twice:
                ledger.write(
                    uow,
                    **(ledger.about(entry, SOURCE) | {"person_id": event.kept_id}),
                    minutes=entry.minutes,
                    category=entry.category,
                    why=why | {"course": _course(entry)},
                )
        uow.session.flush()
        uow.session.execute(delete(CreditStanding).where(CreditStanding.person_id == event.gone_id))


def _standing(uow: UnitOfWork, person_id: uuid.UUID) -> Sequence[CreditEntry]:
    """A person's entries that count: neither reversals nor reversed."""
    undone = select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.is_not(None))
    query = select(CreditEntry).where(
        CreditEntry.person_id == person_id, CreditEntry.reverses_id.is_(None), CreditEntry.id.not_in(undone)
    )
    return uow.session.scalars(query.order_by(CreditEntry.recorded_at, CreditEntry.id)).all()


def _course(entry: CreditEntry) -> str:
    """The course an entry counts; empty for one of anything else."""
    return str(entry.why.get("course", ""))
