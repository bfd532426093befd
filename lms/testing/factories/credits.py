"""Completed courses, registered qualifications and policies for tests."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from lms.credits.obligations import queries
from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.rules import Obligation
from lms.credits.obligations.setting import save_policy
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.dated import in_force
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.learning.events import CourseCompleted
from lms.people.events import QualificationRecorded
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
        uow.session.flush()
        uow.emit(
            QualificationRecorded(person_id=person_id, kind=kind.value, registered_from=first, registered_until=last)
        )


def put_in_force(obligation: Obligation, valid_from: dt.date, **changes: Any) -> uuid.UUID:
    """Save a version of an obligation as the city's officer did the day before it begins; what stays is as it was."""
    versions = queries.policies()[obligation]
    before = in_force(versions, valid_from) or versions[-1]
    with clock.frozen(clock.start_of_day(valid_from - dt.timedelta(days=1))):
        return save_policy(SYSTEM, NewPolicy(obligation, valid_from, replace(before.terms, **changes), "测试用规定"))
