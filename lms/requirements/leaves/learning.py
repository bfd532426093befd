"""A course completed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState
from lms.requirements.kinds import Finding, RequirementType
from lms.requirements.leaves.schema import asking, name

_DAY = dt.timedelta(days=1)


def _check(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> dict[uuid.UUID, Finding]:
    """Who has completed the course, in whichever release, by the end of the day. Two SELECTs."""
    slug = params["slug"]
    course = db.session.execute(
        select(CourseRelease.title, CourseRelease.credit_minutes)
        .join(Course, Course.current_release_id == CourseRelease.id)
        .where(Course.slug == slug)
    ).first()
    title, minutes = (pick(course.title), course.credit_minutes) if course else (slug, 0)
    rows = db.session.execute(
        select(Enrolment.person_id, func.min(Enrolment.completed_at))
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            Course.slug == slug,
            Enrolment.person_id.in_(person_ids),
            Enrolment.state == EnrolmentState.COMPLETED,
            Enrolment.completed_at < clock.start_of_day(on + _DAY),
        )
        .group_by(Enrolment.person_id)
    )
    done = {person for person, _moment in rows}
    met = Finding(met=True, text=_l("已完成课程“%(title)s”。", title=title))
    unmet = Finding(
        met=False,
        text=_l("还没有完成课程“%(title)s”。", title=title),
        days=7,
        effort=-(-minutes // 60) or None,
        href=f"/courses/{slug}",
    )
    return {person: met if person in done else unmet for person in person_ids}


def _courses() -> list[tuple[str, Any]]:
    query = select(Course.slug, CourseRelease.title).join(CourseRelease, CourseRelease.id == Course.current_release_id)
    return [(slug, pick(title)) for slug, title in db.session.execute(query.order_by(Course.slug))]


COURSE = RequirementType(
    "course",
    _l("完成课程"),
    asking(slug=name()),
    _check,
    labels={"slug": _l("课程")},
    choices={"slug": _courses},
    days=7,
)
