"""Keeping how items fared in examinations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork
from lms.questions.dto import UseRecord
from lms.questions.models import ItemUse


def record_uses(uow: UnitOfWork, session_key: str, records: Sequence[UseRecord]) -> None:
    """Replace the figures of one session: marking twice leaves the newest, never the double."""
    uow.session.execute(delete(ItemUse).where(ItemUse.session_key == session_key))
    uow.session.add_all(
        ItemUse(
            id=new_id(),
            item_version_id=record.version_id,
            session_key=session_key,
            worth=record.worth,
            candidates=record.candidates,
            answered=record.answered,
            half_points=record.half_points,
            choices=dict(record.choices),
            discrimination=record.discrimination,
        )
        for record in records
    )
    uow.session.flush()
