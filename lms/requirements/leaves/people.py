"""A national qualification held, and years of service."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from lms.credits.wording import LEVELS
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazily
from lms.kernel.i18n import lazy_gettext as _l
from lms.people.models import Employment, Qualification, QualificationKind
from lms.requirements.kinds import Finding, Progress, RequirementType
from lms.requirements.leaves.schema import MONTHS, asking
from lms.requirements.spans import days_left, served

NEXT_EXAM = 365
"""The national examination is held once a year."""
_RANKS = list(QualificationKind)
_Spans = list[tuple[dt.date, dt.date | None]]


def _qualification(
    person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date
) -> Mapping[uuid.UUID, Finding]:
    """A national qualification of at least a level, held for so many months by the day. One SELECT."""
    least, months = QualificationKind(params["level"]), params.get("months", 0)
    rows = db.session.execute(
        select(Qualification.person_id, Qualification.kind, Qualification.obtained_on).where(
            Qualification.person_id.in_(person_ids),
            Qualification.kind.in_(_RANKS[_RANKS.index(least) :]),
            Qualification.obtained_on <= on,
        )
    )
    held: dict[uuid.UUID, list[tuple[QualificationKind, dt.date]]] = defaultdict(list)
    for person, kind, day in rows:
        held[person].append((kind, day))
    return {person: _level_finding(least, months, held.get(person), on) for person in person_ids}


def _level_finding(
    least: QualificationKind, months: int, held: list[tuple[QualificationKind, dt.date]] | None, on: dt.date
) -> Finding:
    if not held:
        text = _l("没有%(level)s或更高的国家职业资格。", level=LEVELS[least])
        return Finding(met=False, text=text, days=NEXT_EXAM + months * 30, effort=200)
    highest = max((kind for kind, _day in held), key=_RANKS.index)
    since = min(day for _kind, day in held)
    if not months:
        return Finding(met=True, text=_l("已取得%(level)s职业资格。", level=LEVELS[highest]))
    full = clock.months_later(since, months)
    have = served([(since, None)], on).months
    params: dict[str, Any] = {"level": LEVELS[least], "have": have, "months": months}
    text = _l("取得%(level)s或更高职业资格已 %(have)d 个月，要求 %(months)d 个月。", **params)
    if full <= on:
        return Finding(met=True, text=text)
    progress = Progress(have=have, need=months, unit=_l("个月"))
    return Finding(met=False, text=text, progress=progress, days=(full - on).days, effort=0)


def _service(person_ids: Sequence[uuid.UUID], params: Mapping[str, Any], on: dt.date) -> Mapping[uuid.UUID, Finding]:
    """Months of service in all employments by the end of the day: overlaps count once, gaps not at all. One SELECT."""
    spans: dict[uuid.UUID, _Spans] = defaultdict(list)
    for person, first, last in db.session.execute(
        select(Employment.person_id, Employment.started_on, Employment.ended_on).where(
            Employment.person_id.in_(person_ids), Employment.started_on <= on
        )
    ):
        spans[person].append((first, last))
    return {person: _service_finding(spans.get(person, []), params["months"], on) for person in person_ids}


def _service_finding(spans: _Spans, months: int, on: dt.date) -> Finding:
    have = served(spans, on)
    text = _l(
        "从事社会工作服务已%(have)s，要求%(need)s。", have=lazily(length, have.months), need=lazily(length, months)
    )
    if have.months >= months:
        return Finding(met=True, text=text)
    progress = Progress(have=have.months, need=months, unit=_l("个月"))
    return Finding(met=False, text=text, progress=progress, days=days_left(have, months, on), effort=0)


def length(months: int) -> str:
    """Months as years and months, with the blank that stands before a number: ` 2 年 3 个月`."""
    years, rest = divmod(months, 12)
    if years and rest:
        return _(" %(years)d 年 %(months)d 个月", years=years, months=rest)
    return _(" %(years)d 年", years=years) if years else _(" %(months)d 个月", months=rest)


QUALIFICATION = RequirementType(
    "qualification",
    _l("国家职业资格"),
    asking({"months": MONTHS}, level={"enum": [kind.value for kind in QualificationKind]}),
    _qualification,
    labels={"level": _l("级别至少为"), "months": _l("取得满")},
    units={"months": _l("个月")},
    choices={"level": lambda: [(key.value, title) for key, title in LEVELS.items()]},
)
SERVICE = RequirementType(
    "service",
    _l("服务年限"),
    asking(months=MONTHS),
    _service,
    labels={"months": _l("满")},
    units={"months": _l("个月")},
)
