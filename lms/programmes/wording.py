"""Programmes in words: acts, states, scores, how a place came about, what the checks found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both
from lms.kernel.i18n import lazy_gettext as _l
from lms.programmes.appointment_models import Basis, EndKind
from lms.programmes.models import Act, ApplicationState, Intake, ProgrammeVersion, RoundState
from lms.programmes.rules import Ground, Ranked, Short, Tie
from lms.programmes.supervision_models import LogState
from lms.webkit.room import MessageKind
from lms.webkit.templating import day

ACTS: Mapping[Act, Any] = {Act.APPOINT: _l("聘任"), Act.RECOGNISE: _l("认可"), Act.ADMIT: _l("录取")}
INTAKES: Mapping[Intake, Any] = {
    Intake.RECOMMENDED: _l("本人报名，单位推荐"),
    Intake.SELF: _l("个人自荐"),
    Intake.NOMINATED: _l("由人事干部提名"),
}
WHO: Mapping[Intake, Any] = {
    Intake.RECOMMENDED: _l("本人"),
    Intake.SELF: _l("本人"),
    Intake.NOMINATED: _l("人事干部提名"),
}
ROUND_STATES: Mapping[RoundState, Any] = {
    RoundState.OPEN: _l("报名和审核"),
    RoundState.SCORING: _l("评分中"),
    RoundState.RANKED: _l("名次待确认"),
    RoundState.CONFIRMED: _l("名单已确认"),
    RoundState.CANCELLED: _l("已取消"),
}
ROUND_TONES: Mapping[RoundState, str] = {
    RoundState.OPEN: "green", RoundState.SCORING: "blue", RoundState.RANKED: "amber",
    RoundState.CONFIRMED: "grey", RoundState.CANCELLED: "grey",
}  # fmt: skip
STATES: Mapping[ApplicationState, Any] = {
    ApplicationState.IN_REVIEW: _l("审核中"),
    ApplicationState.ELIGIBLE: _l("通过审核"),
    ApplicationState.REJECTED: _l("未通过审核"),
    ApplicationState.WITHDRAWN: _l("已撤回"),
    ApplicationState.LEFT_OUT: _l("已移出"),
    ApplicationState.SELECTED: _l("入选"),
    ApplicationState.RESERVE: _l("候补"),
    ApplicationState.NOT_SELECTED: _l("未入选"),
    ApplicationState.REFUSED: _l("公示未通过或放弃"),
    ApplicationState.APPOINTED: _l("已办结"),
}
TONES: Mapping[ApplicationState, str] = {
    ApplicationState.IN_REVIEW: "blue", ApplicationState.ELIGIBLE: "green", ApplicationState.REJECTED: "rose",
    ApplicationState.WITHDRAWN: "grey", ApplicationState.LEFT_OUT: "grey", ApplicationState.SELECTED: "green",
    ApplicationState.RESERVE: "amber", ApplicationState.NOT_SELECTED: "grey", ApplicationState.REFUSED: "rose",
    ApplicationState.APPOINTED: "green",
}  # fmt: skip
BASES: Mapping[Basis, Any] = {
    Basis.SELECTION: _l("选拔"),
    Basis.RENEWAL: _l("续聘"),
    Basis.RECORD: _l("补录"),
}
HELD: Mapping[Act, Any] = {Act.APPOINT: _l("在任"), Act.RECOGNISE: _l("在册"), Act.ADMIT: _l("在读")}
"""What is said of somebody who holds it now."""
ENDS: Mapping[EndKind, Any] = {
    EndKind.EXPIRED: _l("到期"),
    EndKind.STEPPED_DOWN: _l("本人退出"),
    EndKind.REMOVED: _l("解除"),
    EndKind.PROMOTED: _l("进阶到上一级"),
    EndKind.CORRECTED: _l("记录更正"),
}
LOG_STATES: Mapping[LogState, Any] = {
    LogState.DRAFT: _l("草稿"),
    LogState.SIGNED: _l("待被督导人确认"),
    LogState.COMPLETE: _l("双方已确认"),
    LogState.DROPPED: _l("已作废"),
}
LOG_TONES: Mapping[LogState, str] = {
    LogState.DRAFT: "grey", LogState.SIGNED: "amber", LogState.COMPLETE: "green", LogState.DROPPED: "grey",
}  # fmt: skip


def points(hundredths: int | None) -> str:
    """A score: 85.5 分, or a dash for none."""
    if hundredths is None:
        return "—"
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").removesuffix(".") if rest else str(whole)


def window(first: dt.date, last: dt.date) -> str:
    """When applications are taken."""
    return _("报名时间：%(first)s至 %(last)s。", first=day(first), last=day(last))


def term(first: dt.date, last: dt.date | None) -> str:
    """From when to when something is held."""
    if last is None:
        return _("%(first)s起，没有期限", first=day(first))
    return _("%(first)s至 %(last)s", first=day(first), last=day(last))


def why_placed(
    ranked: Ranked, version: ProgrammeVersion, ground: Ground | None, county: str | None
) -> list[dict[str, Any]]:
    """How a place came about, as sentences in both languages: the sum, the tie, the place given."""
    said = [in_both(lambda: _sum(ranked, version)), in_both(lambda: _place(ranked))]
    if ground is Ground.DISTRICT:
        said.append(in_both(lambda: _("按“%(county)s”的名额入选。", county=county)))
    elif ground is Ground.GENERAL:
        said.append(in_both(lambda: _("按全市名次入选。")))
    else:
        said.append(in_both(lambda: _("名额已满，列入候补。")))
    return list(said)


def why_short(short: Short, version: ProgrammeVersion) -> dict[str, Any]:
    """Why somebody has no place, in both languages."""
    texts: Mapping[Short, Callable[[], str]] = {
        Short.NO_WRITTEN: lambda: _("没有笔试成绩，不排名次。"),
        Short.NO_INTERVIEW: lambda: _("没有面试成绩，不排名次。"),
        Short.WRITTEN_LOW: lambda: _("笔试低于 %(least)d 分，不排名次。", least=version.written_least),
        Short.INTERVIEW_LOW: lambda: _("面试低于 %(least)d 分，不排名次。", least=version.interview_least),
    }
    return dict(in_both(texts[short]))


def _sum(ranked: Ranked, version: ProgrammeVersion) -> str:
    one, total = ranked.candidate, points(ranked.total)
    if version.written_weight and version.interview_weight:
        return _(
            "总分 %(total)s：笔试 %(written)s 占 %(ww)d%%，面试 %(interview)s 占 %(iw)d%%。",
            total=total, written=points(one.written), ww=version.written_weight,
            interview=points(one.interview), iw=version.interview_weight,
        )  # fmt: skip
    return _("总分 %(total)s。", total=total)


def _place(ranked: Ranked) -> str:
    if ranked.tie is None:
        return _("列第 %(place)d 名。", place=ranked.place)
    ties = {
        Tie.INTERVIEW: _("面试分较低"),
        Tie.WRITTEN: _("笔试分较低"),
        Tie.EARLIER: _("报名较晚"),
    }
    return _("列第 %(place)d 名：与前一名总分相同，%(why)s。", place=ranked.place, why=ties[ranked.tie])


def _kind(name: str, title: Any, body: Any) -> MessageKind:
    return MessageKind(f"programmes.{name}", title, body)


MESSAGES = (
    _kind("panel", _l("请您担任评委"), _l("请您担任“%(title)s”的评委，在“评委评分”里打分。")),
    _kind("called_off", _l("选拔已取消"), _l("“%(title)s”这一轮选拔已取消：%(reason)s")),
    _kind("left_out", _l("您已移出这一轮选拔"), _l("您不再参加“%(title)s”这一轮选拔：%(reason)s")),
    _kind("selected", _l("您已入选"), _l("您在“%(title)s”中入选。需要公示的，公示结束后办理。")),
    _kind("reserve", _l("您列入候补"), _l("您在“%(title)s”中列入候补，有空出的名额时按名次递补。")),
    _kind("not_selected", _l("选拔结果"), _l("您在“%(title)s”中未入选，名次说明见报名页。")),
    _kind("appointed", _l("已为您办理%(act)s"), _l("“%(title)s”%(act)s已办理：%(term)s。")),
    _kind("ended", _l("“%(title)s”已结束"), _l("您的“%(title)s”到 %(day)s为止：%(why)s。")),
    _kind("expiring", _l("“%(title)s”快到期"), _l("您的“%(title)s”到 %(day)s为止，请留意续聘条件。")),
    _kind("log_to_sign", _l("有督导记录待您确认"), _l("%(name)s提交了 %(day)s的督导记录，请写下反思并确认。")),
    _kind("log_returned", _l("督导记录被退回"), _l("%(day)s的督导记录被退回：%(reason)s")),
    _kind("log_complete", _l("督导记录已确认"), _l("%(day)s的督导记录双方已确认，计 %(minutes)s。")),
)
