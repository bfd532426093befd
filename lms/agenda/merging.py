"""The calendar address of a merged person ends: whoever knows it must not read the calendar that is kept."""

from __future__ import annotations

from sqlalchemy import delete

from lms.agenda.models import CalendarFeed
from lms.kernel.actor import SYSTEM
from lms.kernel.uow import unit_of_work
from lms.people.events import PersonsMerged


def on_merged(event: PersonsMerged) -> None:
    """Take away every address there ever was; who it is gets one of the record that is kept."""
    with unit_of_work(SYSTEM) as uow:
        uow.change(delete(CalendarFeed).where(CalendarFeed.person_id == event.gone_id))
