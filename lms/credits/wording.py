"""The ledger and its cycles in words: why an entry counted, where a person stands, what each day means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.credits.cycles.dto import CycleView
from lms.credits.cycles.rules import Counted, Reason, Status
from lms.credits.ledger import EVIDENCE
from lms.credits.models import Category, CreditEntry
from lms.credits.obligations.rules import UNCERTIFIED, Obligation, TimeUnit
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick, sentences
from lms.people.models import QualificationKind
from lms.webkit.room import MessageKind
from lms.webkit.templating import day
from lms.webkit.templating import minutes as minutes_text

LEVELS: dict[QualificationKind, Any] = {
    QualificationKind.ASSISTANT: _l("助理社会工作师"),
    QualificationKind.INTERMEDIATE: _l("社会工作师"),
    QualificationKind.SENIOR: _l("高级社会工作师"),
}
OWING: dict[str, Any] = {**{kind.value: text for kind, text in LEVELS.items()}, UNCERTIFIED: _l("尚无国家职业资格")}
"""Every level that an obligation may ask something of."""
CATEGORIES: dict[Category, Any] = {Category.PROFESSIONAL: _l("专业科目"), Category.PUBLIC: _l("公需科目")}
OBLIGATIONS: dict[Obligation, Any] = {Obligation.REGISTRATION: _l("登记周期"), Obligation.YEAR: _l("公历年度")}
STATUSES: dict[Status, Any] = {
    Status.COMING: _l("还没开始"),
    Status.ASSIGNED: _l("已开始，未计时长"),
    Status.IN_PROGRESS: _l("进行中"),
    Status.WINDOW_OPEN: _l("窗口期，未达标"),
    Status.MET: _l("已达标"),
    Status.FREED: _l("不作要求"),
    Status.OVERDUE: _l("已逾期"),
    Status.EXPIRED: _l("已失效"),
    Status.UNREGISTERED: _l("尚未登记"),
    Status.NO_QUALIFICATION: _l("无国家职业资格"),
}
TONES = {
    Status.COMING: "grey",
    Status.ASSIGNED: "blue",
    Status.IN_PROGRESS: "amber",
    Status.WINDOW_OPEN: "rose",
    Status.MET: "green",
    Status.FREED: "grey",
    Status.OVERDUE: "rose",
    Status.EXPIRED: "rose",
    Status.UNREGISTERED: "blue",
    Status.NO_QUALIFICATION: "grey",
}


def amount(minutes: int, unit: TimeUnit, unit_minutes: int, *, missing: bool = False) -> str:
    """A length of time in an obligation's own unit: 12 小时 30 分, or 13.3 学时.

    Tenths of 学时 are rounded down, of what is missing up, so that nothing looks met that is not.
    """
    if unit is TimeUnit.HOURS:
        return minutes_text(minutes)
    return _("%(number)s 学时", number=number(minutes, unit_minutes, missing=missing))


def number(minutes: int, unit_minutes: int, *, missing: bool = False) -> str:
    """The number of units alone, with at most one decimal."""
    tenths = -(-minutes * 10 // unit_minutes) if missing else minutes * 10 // unit_minutes
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)


def unit_name(unit: TimeUnit) -> str:
    """小时 or 学时."""
    return _("小时") if unit is TimeUnit.HOURS else _("学时")


def in_unit(cycle: CycleView, minutes: int, *, missing: bool = False) -> str:
    """A length of time in the unit of a cycle."""
    terms = cycle.policy.terms
    return amount(minutes, terms.unit, terms.unit_minutes, missing=missing)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a cycle that people read about. `followed_until`: the end of the one that is to follow."""

    last_day: dt.date
    window_from: dt.date
    late_until: dt.date
    followed_until: dt.date | None


def cycle_dates(cycle: CycleView) -> str:
    """What a cycle's days mean now, in words."""
    days = Days(cycle.last_day, cycle.days.window_from, cycle.days.late_until, cycle.followed_until)
    return dates_text(cycle.obligation, cycle.status, days, cycle.on)


def dates_text(obligation: Obligation, status: Status, days: Days, on: dt.date) -> str:
    """The same of a standing kept for lists."""
    last = day(days.last_day)
    if status in (Status.OVERDUE, Status.EXPIRED):
        return _over(obligation, status, days)
    if obligation is Obligation.YEAR:
        return _("最后一天是 %(last)s。", last=last)
    if days.followed_until is not None:
        return _("本期到 %(last)s为止，已办好再登记，有效到 %(until)s。", last=last, until=day(days.followed_until))
    if on >= days.window_from:
        return _("现在可以办理续期，最后一天是 %(day)s。", day=last)
    return _("%(from_day)s起可办理续期，周期最后一天是 %(day)s。", from_day=day(days.window_from), day=last)


def _over(obligation: Obligation, status: Status, days: Days) -> str:
    """What is still to be had of a cycle that has ended without being met or renewed."""
    last, late = day(days.last_day), day(days.late_until)
    if obligation is Obligation.YEAR:
        return only_until(days.last_day)
    if status is Status.OVERDUE:
        return sentences((only_until(days.last_day), _("登记可补办到 %(late)s。", late=late)))
    if days.late_until == days.last_day:
        return _("最后一天是 %(last)s，已经过了，登记现已失效。", last=last)
    return _("最后一天是 %(last)s，补办期到 %(late)s为止，登记现已失效。", last=last, late=late)


def only_until(last_day: dt.date) -> str:
    """Which learning counts in a cycle that is over: the late window is for the registration, not for learning."""
    return _("最后一天是 %(last)s，已经过了，时长只计这一天及以前的学习。", last=day(last_day))


def cycle_title(cycle: CycleView) -> str:
    """How a cycle is called: 2026 年度, or its days."""
    if cycle.obligation is Obligation.YEAR:
        return _("%(year)d 年度", year=cycle.first_day.year)
    return _("登记周期 %(first)s至 %(last)s", first=day(cycle.first_day), last=day(cycle.last_day))


def notes(cycle: CycleView) -> list[str]:
    """What else is to be said of a cycle: extension, exception, what was carried over, the professional share."""
    found = []
    if cycle.is_extended:
        found.append(_("原定最后一天是 %(day)s，已延长。", day=day(cycle.registered_until)))
    if cycle.span.freed:
        found.append(_("本周期已批准豁免，不要求时长。"))
    terms, balance = cycle.policy.terms, cycle.balance
    if balance.carried:
        found.append(
            _(
                "上一周期结转 %(time)s，%(day)s前有效。",
                time=in_unit(cycle, balance.carried),
                day=day(cycle.days.carry_until),
            )
        )
    if terms.parts and balance.required:
        found.append(
            _(
                "专业科目不少于 %(parts)d/%(whole)d，公需科目最多计 %(time)s。",
                parts=terms.parts,
                whole=terms.whole,
                time=in_unit(cycle, terms.most_public(balance.required) or 0),
            )
        )
    return found


def counted(cycle: CycleView, one: Counted) -> str:
    """How much of an entry counts in a cycle, and why not all of it."""
    terms = cycle.policy.terms

    def said(minutes: int) -> str:
        return amount(minutes, terms.unit, terms.unit_minutes)

    title = cycle_title(cycle)
    whole, part, limit, before = said(one.minutes), said(one.counted), said(one.limit), said(one.before)
    match one.reason:
        case Reason.REVERSAL:
            return _("%(cycle)s：冲销记录，不单独计。", cycle=title)
        case Reason.REVERSED:
            return _("%(cycle)s：已被冲销，不计。", cycle=title)
        case Reason.PROFESSIONAL_CAP | Reason.PUBLIC_CAP:
            return _(
                "%(cycle)s：%(whole)s 计入 %(part)s，这一类最多计 %(limit)s，之前已计 %(before)s。",
                cycle=title, whole=whole, part=part, limit=limit, before=before,
            )  # fmt: skip
        case Reason.SHARE:
            return _(
                "%(cycle)s：%(whole)s 计入 %(part)s，专业科目要占 %(parts)d/%(all)d，"
                "公需科目最多计 %(limit)s，之前已计 %(before)s。",
                cycle=title, whole=whole, part=part, parts=terms.parts, all=terms.whole, limit=limit, before=before,
            )  # fmt: skip
        case _:
            return _("%(cycle)s：%(whole)s 全部计入。", cycle=title, whole=whole)


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


MESSAGES = (
    MessageKind(
        "credits.cycle_extended",
        _l("继续教育周期已延长"),
        _l("您的周期延长到 %(last_day)s。理由：%(reason)s"),
    ),
    MessageKind(
        "credits.cycle_freed",
        _l("继续教育已豁免"),
        _l("最后一天为 %(last_day)s的周期不再要求时长。理由：%(reason)s"),
    ),
    MessageKind(
        "credits.cycle_bound",
        _l("继续教育豁免已撤销"),
        _l("最后一天为 %(last_day)s的周期恢复原来的要求。理由：%(reason)s"),
    ),
)
