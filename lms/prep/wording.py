"""Preparation in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.prep.models import Source
from lms.prep.readiness import ENOUGH_ANSWERS, Forecast

SOURCES: Mapping[Source, Any] = {
    Source.COMMUNITY: _l("社区通知"),
    Source.EMPLOYER: _l("单位或机构"),
    Source.WECHAT: _l("微信公众号"),
    Source.FRIEND: _l("朋友介绍"),
    Source.OTHER: _l("其他"),
}


def verdict(found: Forecast) -> str:
    """A forecast as one sentence; what is missing where the data do not carry one."""
    if not found.enough:
        missing = max(1, round(ENOUGH_ANSWERS - found.answers))
        if found.answers < ENOUGH_ANSWERS:
            return _("数据还太少，再练 %(number)d 题左右才能估计。", number=missing)
        return _("练到的考点还不到试卷的一半，换几个考点再练，才能估计。")
    return _(
        "准备到 %(percent)d %%，把握区间 %(low)d–%(high)d %%。", percent=found.percent, low=found.low, high=found.high
    )


def chance(found: Forecast) -> str:
    """How likely the pass line is, never as a certainty."""
    shown = min(95, max(5, found.chance))
    if shown != found.chance:
        return _("达到合格线的可能在九成五以上。") if found.chance > 95 else _("达到合格线的可能不到半成。")
    return _("达到合格线的可能约 %(chance)d %%。", chance=shown)


def point(code: str, title: Mapping[str, Any]) -> str:
    """A syllabus point: 2.1 个案工作."""
    return f"{code} {pick(title)}".strip()
