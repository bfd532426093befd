"""Graduated from a class."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from lms.classes.course_models import Graduation, Outcome
from lms.classes.models import ClassCategory, ClassGroup
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.requirements.kinds import Finding, RequirementType
from lms.requirements.leaves.schema import MONTHS, asking, name


def _check(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> dict[uuid.UUID, Finding]:
    """Who graduated from a class of the category by the day, and within so many months before it. Two SELECTs."""
    category, months = params["category"], params.get("within_months")
    found = db.session.get(ClassCategory, category)
    title = pick(found.title) if found else category
    query = (
        select(Graduation.person_id, func.max(Graduation.decided_on))
        .join(ClassGroup, ClassGroup.id == Graduation.group_id)
        .where(
            ClassGroup.category == category,
            Graduation.person_id.in_(person_ids),
            Graduation.outcome == Outcome.GRADUATED,
            Graduation.decided_on <= on,
        )
    )
    if months:
        query = query.where(Graduation.decided_on > clock.months_later(on, -months))
    done = {person for person, _day in db.session.execute(query.group_by(Graduation.person_id))}
    met = Finding(met=True, text=_l("已从“%(title)s”结业。", title=title))
    text = (
        _l("最近 %(months)d 个月内还没有从“%(title)s”结业。", months=months, title=title)
        if months
        else _l("还没有从“%(title)s”结业。", title=title)
    )
    unmet = Finding(met=False, text=text, href="/classes")
    return {person: met if person in done else unmet for person in person_ids}


def _categories() -> list[tuple[str, Any]]:
    query = select(ClassCategory).order_by(ClassCategory.position, ClassCategory.code)
    return [(one.code, pick(one.title)) for one in db.session.scalars(query)]


GRADUATED = RequirementType(
    "class_graduated",
    _l("班级结业"),
    asking({"within_months": MONTHS}, category=name(40)),
    _check,
    labels={"category": _l("班级类别"), "within_months": _l("最近几个月内")},
    units={"within_months": _l("个月")},
    choices={"category": _categories},
    days=60,
    effort=24,
)
