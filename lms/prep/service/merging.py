"""What a merged person practised goes to the record that is kept."""

from __future__ import annotations

from sqlalchemy import update

from lms.kernel.actor import SYSTEM
from lms.kernel.uow import unit_of_work
from lms.people.events import PersonsMerged
from lms.prep.models import PrepPaper


def on_merged(event: PersonsMerged) -> None:
    """Move the papers; their answers hang on them."""
    with unit_of_work(SYSTEM) as uow:
        uow.change(update(PrepPaper).where(PrepPaper.person_id == event.gone_id).values(person_id=event.kept_id))
