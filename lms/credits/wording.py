"""The ledger in words: why an entry counted, where a person stands, which level needs what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.credits.ledger import EVIDENCE
from lms.credits.models import Category, CreditEntry
from lms.credits.rules import Standing
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick, sentences
from lms.people.models import QualificationKind
from lms.webkit.templating import minutes as minutes_text

LEVELS: dict[QualificationKind, Any] = {
    QualificationKind.ASSISTANT: _l("助理社会工作师"),
    QualificationKind.INTERMEDIATE: _l("社会工作师"),
    QualificationKind.SENIOR: _l("高级社会工作师"),
}
CATEGORIES: dict[Category, Any] = {Category.PROFESSIONAL: _l("专业科目"), Category.PUBLIC: _l("公需科目")}
STANDINGS: dict[Standing, Any] = {
    Standing.SHORT: _l("未达标"),
    Standing.MET: _l("已达标"),
    Standing.LAPSED: _l("登记已到期"),
    Standing.UNREGISTERED: _l("尚未登记"),
    Standing.NO_QUALIFICATION: _l("无国家职业资格"),
}
TONES = {
    Standing.SHORT: "amber",
    Standing.MET: "green",
    Standing.LAPSED: "rose",
    Standing.UNREGISTERED: "blue",
    Standing.NO_QUALIFICATION: "grey",
}


def why(entry: CreditEntry) -> str:
    """Why an entry counted, as one text."""
    return sentences(reasons(entry))


def reasons(entry: CreditEntry) -> list[str]:
    """Why an entry counted, step by step, read from its `why` data."""
    data = entry.why
    if data.get("rule") == EVIDENCE:
        return [pick(step["reason"]) for step in data["steps"]]
    return [_step(entry, step) for step in (data, *data.get("then", ()))]


def _step(entry: CreditEntry, data: Mapping[str, Any]) -> str:
    """One rule's part of it. A step without figures of its own is about the whole entry."""
    time = minutes_text(int(data.get("minutes", entry.minutes)))
    category = CATEGORIES[Category(data.get("category", entry.category))]
    match data.get("rule"):
        case "course_completed":
            return _(
                "完成课程 %(version)s 版的全部要求，按该版规定计 %(time)s，计入%(category)s。",
                version=entry.why["version"],
                time=time,
                category=category,
            )
        case "reversed":
            return _("冲销原记录。理由：%(reason)s", reason=data["reason"])
        case "corrected":
            was = minutes_text(int(data["was"]))
            return _("更正后重新计入，原记 %(was)s。理由：%(reason)s", was=was, reason=data["reason"])
        case other:
            named = pick(data.get("reason")) or _("按规则“%(rule)s”计入。", rule=other)
            return sentences((named, _("计 %(time)s，计入%(category)s。", time=time, category=category)))
