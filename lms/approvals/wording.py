"""Cases, notices and objections in words; the messages applicants get."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.approvals.chain import LeftOut
from lms.approvals.dto import CaseView, Happening, TimelineLine
from lms.approvals.models import CaseState, Level, Outcome
from lms.approvals.notice_models import NoticeState, ObjectionState
from lms.kernel import workdays
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.webkit.room import MessageKind
from lms.webkit.templating import day

STATES: Mapping[CaseState, Any] = {
    CaseState.OPEN: _l("审核中"),
    CaseState.RETURNED: _l("待补正"),
    CaseState.AWAITING_NOTICE: _l("待公示"),
    CaseState.IN_NOTICE: _l("公示中"),
    CaseState.APPROVED: _l("已通过"),
    CaseState.REJECTED: _l("未通过"),
    CaseState.WITHDRAWN: _l("已撤回"),
}
TONES: Mapping[CaseState, str] = {
    CaseState.OPEN: "blue",
    CaseState.RETURNED: "rose",
    CaseState.AWAITING_NOTICE: "blue",
    CaseState.IN_NOTICE: "blue",
    CaseState.APPROVED: "green",
    CaseState.REJECTED: "rose",
    CaseState.WITHDRAWN: "grey",
}
LEVELS: Mapping[Level, Any] = {
    Level.EMPLOYER: _l("所在单位"),
    Level.STREET: _l("街道（镇）"),
    Level.COUNTY: _l("区（市）县"),
    Level.CITY: _l("市"),
}
OUTCOMES: Mapping[Outcome, Any] = {
    Outcome.APPROVED: _l("同意"),
    Outcome.RETURNED: _l("退回补正"),
    Outcome.REJECTED: _l("不予通过"),
}
HAPPENINGS: Mapping[Happening, Any] = {
    Happening.OPENED: _l("已提交"),
    Happening.APPROVED: _l("审核通过"),
    Happening.RETURNED: _l("退回补正"),
    Happening.REJECTED: _l("不予通过"),
    Happening.RESUBMITTED: _l("补正后重新提交"),
    Happening.NOTICE_OPENED: _l("开始公示"),
    Happening.NOTICE_VOIDED: _l("公示撤回，将重新公示"),
    Happening.OBJECTED: _l("有人提出异议，正在核实"),
    Happening.OBJECTION_UPHELD: _l("异议成立，不予通过"),
    Happening.OBJECTION_DISMISSED: _l("异议经核实不成立"),
    Happening.COMPLETED: _l("全部通过，已办结"),
    Happening.WITHDRAWN: _l("已撤回"),
}
BAD_NEWS = frozenset({Happening.RETURNED, Happening.REJECTED, Happening.OBJECTION_UPHELD, Happening.WITHDRAWN})
NOTICE_STATES: Mapping[NoticeState, tuple[Any, str]] = {
    NoticeState.OPEN: (_l("公示中"), "green"),
    NoticeState.ENDED: (_l("已结束"), "grey"),
    NoticeState.VOIDED: (_l("已撤回"), "rose"),
}
OBJECTION_STATES: Mapping[ObjectionState, tuple[Any, str]] = {
    ObjectionState.OPEN: (_l("核实中"), "amber"),
    ObjectionState.UPHELD: (_l("异议成立"), "rose"),
    ObjectionState.DISMISSED: (_l("异议不成立"), "green"),
}


def where(view: CaseView) -> str:
    """Where a case is now, in one short line: “街道初审 · 玉林街道”."""
    state, step = view.brief.state, view.present_step
    if state is CaseState.OPEN:
        return f"{pick(step.step.title)} · {step.unit}"
    if state is CaseState.RETURNED:
        return _("等您补正")
    if state is CaseState.AWAITING_NOTICE:
        return _("各环节已通过，等待公示")
    return str(STATES[state])


def until(view: CaseView) -> str:
    """By when what happens next, exactly; empty where nothing has a last day."""
    due, state = view.brief.due_on, view.brief.state
    if due is None:
        return ""
    if state is CaseState.RETURNED:
        return _("补正的最后一天是 %(day)s，过期未补正视为撤回。", day=day(due))
    if state is CaseState.IN_NOTICE:
        return _("公示的最后一天是 %(day)s，没有异议即通过。", day=day(due))
    return _("这个环节最晚在 %(day)s办完。", day=day(due))


def in_doubt(due: dt.date | None) -> str:
    """The warning beside a deadline in a year whose holidays are not published; empty otherwise."""
    if due is None or workdays.is_published(due):
        return ""
    return _("%(year)d 年的放假安排尚未录入系统，这个期限按周一至周五和工作日历里录入的日子计算。", year=due.year)


def left_out(one: LeftOut) -> str:
    """Why a case goes without a step."""
    title = pick(one.step.title)
    if one.why == "same_unit":
        return _("“%(title)s”与后面的环节由同一单位办理，不再单独进行。", title=title)
    level = LEVELS[one.step.level]
    return _("“%(title)s”不需要：申请人所在单位之上没有%(level)s一级。", title=title, level=level)


def happened(line: TimelineLine) -> str:
    """A line of a story: what happened, with the step where it was one."""
    words = str(HAPPENINGS[line.what])
    return _("%(step)s：%(what)s", step=pick(line.step), what=words) if line.step else words


MESSAGES = (
    MessageKind(
        "approvals.opened",
        _l("申请已提交"),
        _l("“%(title)s”已提交，编号 %(number)s，现由%(unit)s办理，最晚 %(day)s办完这一步。"),
    ),
    MessageKind(
        "approvals.moved_on",
        _l("申请进入下一步"),
        _l("“%(title)s”（%(number)s）通过了一个环节，现由%(unit)s办理，最晚 %(day)s办完这一步。"),
    ),
    MessageKind(
        "approvals.returned",
        _l("申请需要补正"),
        _l(
            "“%(title)s”（%(number)s）被%(unit)s退回，共有 %(count)s 项要补正。"
            "请在 %(day)s之前（含当天）补齐并重新提交，过期视为撤回。"
        ),
    ),
    MessageKind(
        "approvals.returned_undated",
        _l("申请需要补正"),
        _l("“%(title)s”（%(number)s）被%(unit)s退回，共有 %(count)s 项要补正，请尽快补齐并重新提交。"),
    ),
    MessageKind(
        "approvals.resubmitted",
        _l("补正已提交"),
        _l("“%(title)s”（%(number)s）已重新提交，由%(unit)s接着办理，最晚 %(day)s办完这一步。"),
    ),
    MessageKind(
        "approvals.awaiting_notice",
        _l("申请通过审核，等待公示"),
        _l("“%(title)s”（%(number)s）通过了全部审核，接下来公示 %(days)s 个工作日。"),
    ),
    MessageKind(
        "approvals.in_notice",
        _l("申请正在公示"),
        _l("“%(title)s”（%(number)s）已列入公示 %(notice)s，最后一天是 %(day)s，没有异议即通过。"),
    ),
    MessageKind(
        "approvals.notice_voided",
        _l("公示已撤回"),
        _l("公示 %(notice)s 已撤回，“%(title)s”（%(number)s）会重新公示，您不用做什么。"),
    ),
    MessageKind("approvals.approved", _l("申请已通过"), _l("“%(title)s”（%(number)s）已全部通过。")),
    MessageKind("approvals.rejected", _l("申请未通过"), _l("“%(title)s”（%(number)s）未通过。理由：%(reason)s")),
    MessageKind("approvals.withdrawn", _l("申请已撤回"), _l("“%(title)s”（%(number)s）已按您的要求撤回。")),
    MessageKind(
        "approvals.taken_back",
        _l("申请已终止"),
        _l("“%(title)s”（%(number)s）不再办理。原因：%(reason)s"),
    ),
    MessageKind(
        "approvals.lapsed",
        _l("申请视为撤回"),
        _l("“%(title)s”（%(number)s）没有在期限内补正，视为撤回。符合条件的可以重新申请。"),
    ),
    MessageKind(
        "approvals.stand_in",
        _l("请您代办审批"),
        _l("%(first)s至 %(last)s，由您代%(name)s办理审批。代办的决定会写明是代谁办的。"),
    ),
)
