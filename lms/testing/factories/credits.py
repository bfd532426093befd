"""Completed courses and registered qualifications for tests."""

from __future__ import annotations

import datetime as dt
import uuid

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.learning.events import CourseCompleted
from lms.people.models import Qualification, QualificationKind


def complete(
    person_id: uuid.UUID,
    minutes: int = 600,
    category: str = "professional",
    day: dt.date | None = None,
    enrolment_id: uuid.UUID | None = None,
) -> CourseCompleted:
    """Tell that a person completed a course, as the learning room does, and return what was told."""
    event = CourseCompleted(
        enrolment_id=enrolment_id or new_id(),
        person_id=person_id,
        course_slug="chengdu-social-worker",
        title={"zh_CN": "成都社工员", "en": "Chengdu community social worker"},
        version="2026.1",
        category=category,
        credit_minutes=minutes,
        completed_on=day or clock.today(),
    )
    with unit_of_work(SYSTEM) as uow:
        uow.emit(event)
    return event


def qualify(
    person_id: uuid.UUID,
    kind: QualificationKind = QualificationKind.ASSISTANT,
    first: dt.date | None = dt.date(2025, 1, 1),
    last: dt.date | None = dt.date(2027, 12, 31),
) -> None:
    """Give a person a national qualification, registered from `first` to `last`."""
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Qualification(
                id=new_id(),
                person_id=person_id,
                kind=kind,
                certificate_number=new_id().hex,
                obtained_on=dt.date(2024, 6, 1),
                registered_from=first,
                registered_until=last,
                recorded_at=clock.now(),
            )
        )
