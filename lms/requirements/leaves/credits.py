"""Hours of continuing education, and outside learning that was approved."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import ClaimState
from lms.credits.models import Category, CreditEntry
from lms.credits.wording import CATEGORIES
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import lazily, pick
from lms.kernel.i18n import lazy_gettext as _l
from lms.requirements.kinds import Finding, Progress, RequirementType
from lms.requirements.leaves.schema import asking, name, whole
from lms.webkit.templating import minutes as minutes_text

HOURS_A_WEEK = 4
"""What somebody in work studies in a week: the estimate of how soon missing hours are there."""


def _hours(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> Mapping[uuid.UUID, Finding]:
    """Minutes of continuing education in the last whole months, the day itself included. One SELECT."""
    needed, months = params["minutes"], params["months"]
    query = select(CreditEntry.person_id, func.sum(CreditEntry.minutes)).where(
        CreditEntry.person_id.in_(person_ids),
        CreditEntry.occurred_on > clock.months_later(on, -months),
        CreditEntry.occurred_on <= on,
    )
    if "category" in params:
        query = query.where(CreditEntry.category == Category(params["category"]))
    earned = {person: int(total) for person, total in db.session.execute(query.group_by(CreditEntry.person_id))}
    return {person: _hours_finding(params, months, earned.get(person, 0), needed) for person in person_ids}


def _hours_finding(params: Mapping[str, Any], months: int, earned: int, needed: int) -> Finding:
    figures: dict[str, Any] = {
        "months": months, "earned": lazily(minutes_text, earned), "needed": lazily(minutes_text, needed),
    }  # fmt: skip
    if "category" in params:
        category = CATEGORIES[Category(params["category"])]
        text = _l("近 %(months)d 个月%(category)s %(earned)s，要求 %(needed)s。", category=category, **figures)
    else:
        text = _l("近 %(months)d 个月继续教育 %(earned)s，要求 %(needed)s。", **figures)
    if earned >= needed:
        return Finding(met=True, text=text)
    hours = -(-(needed - earned) // 60)
    return Finding(
        met=False,
        text=text,
        progress=Progress(have=max(0, earned) // 60, need=-(-needed // 60), unit=_l("小时")),
        days=-(-hours // HOURS_A_WEEK) * 7,
        effort=hours,
        href="/hours",
    )


def _approved(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> Mapping[uuid.UUID, Finding]:
    """Claims of outside learning of a kind that stand approved, of activities ended by the day. Two SELECTs."""
    code, times = params["code"], params.get("times", 1)
    title = _titles().get(code, code)
    rows = db.session.execute(
        select(EvidenceClaim.person_id, func.count())
        .where(
            EvidenceClaim.person_id.in_(person_ids),
            EvidenceClaim.code == code,
            EvidenceClaim.last_day <= on,
            EvidenceClaim.state.in_((ClaimState.COUNTED, ClaimState.NOT_COUNTED)),
        )
        .group_by(EvidenceClaim.person_id)
    )
    counts = {person: int(count) for person, count in rows}

    def finding(have: int) -> Finding:
        text = _l("“%(title)s”已认定 %(have)d 项，要求 %(times)d 项。", title=title, have=have, times=times)
        if have >= times:
            return Finding(met=True, text=text)
        progress = Progress(have=have, need=times, unit=_l("项"))
        return Finding(met=False, text=text, progress=progress, href=f"/me/evidence/new/{code}")

    return {person: finding(counts.get(person, 0)) for person in person_ids}


def _titles() -> dict[str, str]:
    rows = db.session.execute(select(EvidenceRule.code, EvidenceRule.title).order_by(EvidenceRule.valid_from))
    return {code: pick(title) for code, title in rows}


HOURS = RequirementType(
    "hours",
    _l("近期的继续教育时长"),
    asking(
        {"category": {"enum": [category.value for category in Category]}},
        minutes={"type": "integer", "minimum": 1, "x-hours": True},
        months=whole(1, 120),
    ),
    _hours,
    labels={"minutes": _l("时长"), "months": _l("最近"), "category": _l("科目类别")},
    units={"minutes": _l("小时"), "months": _l("个月")},
    choices={"category": lambda: [(key.value, title) for key, title in CATEGORIES.items()]},
    builds_up=True,
)
EVIDENCE = RequirementType(
    "evidence",
    _l("校外学习已认定"),
    asking({"times": whole(1, 50)}, code=name(40)),
    _approved,
    labels={"code": _l("学习类别"), "times": _l("至少")},
    units={"times": _l("项")},
    choices={"code": lambda: sorted(_titles().items())},
    days=45,
)
