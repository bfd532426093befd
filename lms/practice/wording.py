"""Practice in words: states, times, what is missing, what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.practice.rules import Fault, LogState, PlacementState, Progress
from lms.webkit.room import MessageKind
from lms.webkit.templating import day, minutes

STATES: Mapping[PlacementState, Any] = {
    PlacementState.APPLIED: _l("待站点接收"),
    PlacementState.ACTIVE: _l("实训中"),
    PlacementState.REFUSED: _l("未接收"),
    PlacementState.WITHDRAWN: _l("已撤回"),
    PlacementState.ENDED: _l("中途结束"),
    PlacementState.COMPLETED: _l("已结业"),
}
TONES: Mapping[PlacementState, str] = {
    PlacementState.APPLIED: "amber",
    PlacementState.ACTIVE: "blue",
    PlacementState.REFUSED: "rose",
    PlacementState.WITHDRAWN: "grey",
    PlacementState.ENDED: "grey",
    PlacementState.COMPLETED: "green",
}
LOG_STATES: Mapping[LogState, Any] = {
    LogState.SENT: _l("待签字"),
    LogState.RETURNED: _l("已退回"),
    LogState.SIGNED: _l("已签字"),
    LogState.TAKEN_BACK: _l("已撤回"),
    LogState.REVERSED: _l("已冲销"),
}
LOG_TONES: Mapping[LogState, str] = {
    LogState.SENT: "amber",
    LogState.RETURNED: "rose",
    LogState.SIGNED: "green",
    LogState.TAKEN_BACK: "grey",
    LogState.REVERSED: "grey",
}
CREDIT_CATEGORIES: Mapping[str, Any] = {"professional": _l("专业科目"), "public": _l("公需科目")}

MESSAGES = (
    MessageKind(
        "practice.active",
        _l("实训已安排：%(title)s"),
        _l("您从 %(first)s 到 %(last)s 在%(station)s实训，督导是%(supervisor)s。每次实训后请记下时长，由督导签字。"),
    ),
    MessageKind("practice.refused", _l("实训申请未被接收：%(title)s"), _l("%(station)s没有接收。理由：%(reason)s")),
    MessageKind(
        "practice.ended",
        _l("实训中途结束：%(title)s"),
        _l("您在%(station)s的实训已经结束。理由：%(reason)s。已签字的时长保留。"),
    ),
    MessageKind(
        "practice.supervise",
        _l("请您督导：%(name)s"),
        _l("%(name)s在%(station)s做“%(title)s”实训，由您督导。收到时长记录后请核对并签字。"),
    ),
    MessageKind(
        "practice.to_sign", _l("%(name)s的实训时长等您签字"), _l("请核对日期、时间和内容，属实的签字，有误的退回。")
    ),
    MessageKind(
        "practice.returned",
        _l("实训记录被退回：%(activity)s"),
        _l("%(day)s的这条记录没有签字。理由：%(reason)s。请改好后重新提交。"),
    ),
    MessageKind(
        "practice.reversed",
        _l("实训时长已冲销：%(activity)s"),
        _l("%(day)s的这条记录已冲销，不再计入。理由：%(reason)s"),
    ),
    MessageKind(
        "practice.completed",
        _l("实训结业：%(title)s"),
        _l("您在%(station)s的实训已确认结业，共 %(hours)s。可以在实训档案里下载。"),
    ),
)


def clock_time(minute: int) -> str:
    """A minute of the day: 09:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def stretch(begins: int, ends: int) -> str:
    """A stretch of a day: 09:00–12:00."""
    return f"{clock_time(begins)}–{clock_time(ends)}"


def term(first_day: dt.date, last_day: dt.date) -> str:
    """The days of a placement."""
    return _("%(first)s至 %(last)s", first=day(first_day), last=day(last_day))


def missing(progress: Progress) -> list[str]:
    """What a placement lacks to be complete; empty when nothing does."""
    found = []
    if progress.missing_minutes:
        found.append(
            _(
                "已签字 %(had)s，至少需要 %(least)s，还差 %(missing)s。",
                had=minutes(progress.minutes),
                least=minutes(progress.figures.least_minutes),
                missing=minutes(progress.missing_minutes),
            )
        )
    if progress.missing_reflections:
        found.append(
            _(
                "反思 %(had)d 篇，需要 %(asked)d 篇（每篇不少于 %(chars)d 字）。",
                had=progress.reflections,
                asked=progress.figures.reflections,
                chars=progress.figures.reflection_chars,
            )
        )
    return found


def asks(rule: Any) -> list[str]:
    """What a category asks for, in short lines."""
    lines = [
        _("结业至少 %(least)s", least=minutes(rule.least_minutes)),
        _("每天最多计 %(most)s", most=minutes(rule.day_minutes)),
    ]
    if rule.reflections:
        lines.append(
            _("反思 %(asked)d 篇，每篇不少于 %(chars)d 字", asked=rule.reflections, chars=rule.reflection_chars)
        )
    if rule.counted_percent:
        category = CREDIT_CATEGORIES[rule.credit_category]
        lines.append(
            _("结业后 %(percent)d%% 计入继续教育（%(category)s）", percent=rule.counted_percent, category=category)
        )
    return lines


def fault(one: Fault) -> str:
    """What is wrong with a field, as a sentence."""
    match one.code:
        case "overlap":
            return _(
                "与这一天 %(stretch)s 的另一条记录重叠，请改时间",
                stretch=stretch(one.params["start"], one.params["end"]),
            )
        case "too_much":
            return _(
                "每天最多计 %(most)s，这一天已记 %(had)s",
                most=minutes(one.params["most"]),
                had=minutes(one.params["had"]),
            )
        case "outside":
            return _("不在实训期内（%(term)s）", term=term(one.params["first"], one.params["last"]))
        case "too_early":
            return _("不能早于 %(day)s", day=day(one.params["earliest"]))
        case code:
            return str(_PLAIN[code])


_PLAIN: Mapping[str, Any] = {
    "reversed": _l("结束时间要晚于开始时间"),
    "future": _l("这一天还没有到，实训之后再记"),
    "not_over": _l("这个时间还没有到，实训结束后再记"),
    "before_start": _l("不能早于开始日期"),
    "too_long": _l("起止相隔太久，最长两年，请核对日期"),
}
