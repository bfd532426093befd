"""What a merged person earned goes to the record that is kept: undone there, entered here; old entries stay."""

from __future__ import annotations

from sqlalchemy import delete, select

from lms.credits import ledger
from lms.credits.cycles.models import CreditStanding
from lms.credits.models import CreditEntry
from lms.kernel.actor import SYSTEM
from lms.kernel.i18n import zh
from lms.kernel.uow import unit_of_work
from lms.people.events import PersonsMerged

SOURCE = "merge"
_REASON = "并入名册里的档案"


def on_merged(event: PersonsMerged) -> None:
    """Move what stands. Claims of outside learning are cases of the old person: they stop the merging by themselves."""
    why = {"rule": SOURCE, "reason": zh(f"{_REASON}，原样转来。", "Moved here with the person's other record.")}
    with unit_of_work(SYSTEM) as uow:
        undone = select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.is_not(None))
        standing = select(CreditEntry).where(
            CreditEntry.person_id == event.gone_id, CreditEntry.reverses_id.is_(None), CreditEntry.id.not_in(undone)
        )
        for entry in uow.session.scalars(standing.order_by(CreditEntry.recorded_at, CreditEntry.id)).all():
            ledger.reverse(uow, entry, _REASON)
            ledger.write(
                uow,
                **(ledger.about(entry, SOURCE) | {"person_id": event.kept_id}),
                minutes=entry.minutes,
                category=entry.category,
                why=why,
            )
        uow.session.flush()
        uow.session.execute(delete(CreditStanding).where(CreditStanding.person_id == event.gone_id))
