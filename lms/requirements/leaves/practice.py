"""Hours of practice that a supervisor has signed off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from lms.kernel import clock
from lms.kernel.i18n import lazily, pick
from lms.kernel.i18n import lazy_gettext as _l
from lms.practice import queries as practice
from lms.requirements.kinds import Finding, Progress, RequirementType
from lms.requirements.leaves.schema import asking, whole
from lms.webkit.templating import minutes as minutes_text

HOURS_A_WEEK = 8
"""What somebody in work practises in a week, a day of it: the estimate of how soon missing hours are there."""


def _practice(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> Mapping[uuid.UUID, Finding]:
    """Minutes signed off in the last whole months, the day itself included. Two SELECTs."""
    needed, months, code = params["minutes"], params["months"], params.get("category", "")
    since = clock.months_later(on, -months) + dt.timedelta(days=1)
    signed = practice.signed_off_minutes(person_ids, code, since, on)
    title = (pick(practice.titles().get(code)) or code) if code else ""
    return {person: _finding(title, months, signed.get(person, 0), needed) for person in person_ids}


def _finding(title: str, months: int, signed: int, needed: int) -> Finding:
    figures: dict[str, Any] = {
        "months": months,
        "signed": lazily(minutes_text, signed),
        "needed": lazily(minutes_text, needed),
    }
    if title:
        text = _l("近 %(months)d 个月“%(named)s”实训签字 %(signed)s，要求 %(needed)s。", named=title, **figures)
    else:
        text = _l("近 %(months)d 个月实务实训签字 %(signed)s，要求 %(needed)s。", **figures)
    if signed >= needed:
        return Finding(met=True, text=text)
    hours = -(-(needed - signed) // 60)
    return Finding(
        met=False,
        text=text,
        progress=Progress(have=max(0, signed) // 60, need=-(-needed // 60), unit=_l("小时")),
        days=-(-hours // HOURS_A_WEEK) * 7,
        effort=hours,
        href="/me/practice",
    )


PRACTICE = RequirementType(
    "practice",
    _l("已签字的实务实训时长"),
    asking(
        {"category": {"type": "string", "pattern": "^[a-z][a-z0-9_]{1,30}$"}},
        minutes={"type": "integer", "minimum": 1, "x-hours": True},
        months=whole(1, 120),
    ),
    _practice,
    labels={"minutes": _l("时长"), "months": _l("最近"), "category": _l("实训类别")},
    units={"minutes": _l("小时"), "months": _l("个月")},
    choices={"category": lambda: sorted((code, pick(title)) for code, title in practice.titles().items())},
    builds_up=True,
)
