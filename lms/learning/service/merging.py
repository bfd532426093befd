"""What a merged person studied goes to the record that is kept, each enrolment as a round of its own."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update

from lms.kernel.actor import SYSTEM
from lms.kernel.uow import unit_of_work
from lms.learning.models import Enrolment, StudyClock
from lms.people.events import PersonsMerged


def on_merged(event: PersonsMerged) -> None:
    """Move the enrolments with their progress. Rounds of a course that both took are counted on, not over."""
    with unit_of_work(SYSTEM) as uow:
        theirs = select(Enrolment).where(Enrolment.person_id == event.gone_id).order_by(Enrolment.round, Enrolment.id)
        for enrolment in uow.session.scalars(theirs).all():
            same = (Enrolment.person_id == event.kept_id) & (Enrolment.course_id == enrolment.course_id)
            last = uow.session.scalar(select(func.max(Enrolment.round)).where(same)) or 0
            moving = update(Enrolment).where(Enrolment.id == enrolment.id)
            uow.change(moving.values(person_id=event.kept_id, round=last + 1))
        ended = uow.session.scalar(select(StudyClock.credited_until).where(StudyClock.person_id == event.gone_id))
        if ended is None:
            return
        kept = uow.session.scalar(select(StudyClock.credited_until).where(StudyClock.person_id == event.kept_id))
        if kept is None:
            uow.change(update(StudyClock).where(StudyClock.person_id == event.gone_id).values(person_id=event.kept_id))
            return
        later = update(StudyClock).where(StudyClock.person_id == event.kept_id)
        uow.change(later.values(credited_until=max(kept, ended)))
        uow.change(delete(StudyClock).where(StudyClock.person_id == event.gone_id))
