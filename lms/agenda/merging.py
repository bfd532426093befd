"""The calendar address of a merged person goes to the record that is kept, unless that has one."""

from __future__ import annotations

from sqlalchemy import exists, update

from lms.agenda.models import CalendarFeed
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.uow import unit_of_work
from lms.people import moving
from lms.people.events import PersonsMerged


def on_merged(event: PersonsMerged) -> None:
    """Move every address there ever was; of two that work, the kept record's goes on working."""
    with unit_of_work(SYSTEM) as uow:
        standing = CalendarFeed.revoked_at.is_(None)
        there = uow.session.query(exists().where(CalendarFeed.person_id == event.kept_id, standing)).scalar()
        if there:
            mine = update(CalendarFeed).where(CalendarFeed.person_id == event.gone_id, standing)
            uow.change(mine.values(revoked_at=clock.now()))
        moving.move(uow, event, CalendarFeed)
