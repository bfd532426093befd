"""Cultivation plans in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.programmes.plans.models import CultivationPlan, PlanEnd
from lms.programmes.plans.rules import (
    LINE_LONGEST,
    LONGEST,
    LOOK_AHEAD,
    MOST_MEASURES,
    Fault,
    LookState,
    MeasureKind,
    MeasureState,
    Outcome,
    PlanState,
    ReportState,
)
from lms.webkit.room import MessageKind
from lms.webkit.templating import day

STATES: Mapping[PlanState, Any] = {
    PlanState.DRAFT: _l("本人在写"),
    PlanState.PROPOSED: _l("待导师同意"),
    PlanState.AGREED: _l("待干部确认"),
    PlanState.IN_FORCE: _l("执行中"),
    PlanState.ENDED: _l("已结束"),
}
TONES: Mapping[PlanState, str] = {
    PlanState.DRAFT: "grey", PlanState.PROPOSED: "amber", PlanState.AGREED: "amber", PlanState.IN_FORCE: "green",
    PlanState.ENDED: "grey",
}  # fmt: skip
KINDS: Mapping[MeasureKind, Any] = {
    MeasureKind.COURSE: _l("学习课程"),
    MeasureKind.PROJECT: _l("服务项目"),
    MeasureKind.RESEARCH: _l("研究"),
    MeasureKind.EXCHANGE: _l("交流访学"),
    MeasureKind.TEACHING: _l("带教授课"),
}
MEASURE_STATES: Mapping[MeasureState, Any] = {
    MeasureState.UNDER_WAY: _l("进行中"),
    MeasureState.WAITING: _l("待导师确认"),
    MeasureState.LATE: _l("逾期"),
    MeasureState.DONE: _l("已完成"),
    MeasureState.MISSED: _l("未完成"),
}
MEASURE_TONES: Mapping[MeasureState, str] = {
    MeasureState.UNDER_WAY: "blue", MeasureState.WAITING: "amber", MeasureState.LATE: "rose",
    MeasureState.DONE: "green", MeasureState.MISSED: "grey",
}  # fmt: skip
REPORT_STATES: Mapping[ReportState, Any] = {
    ReportState.SENT: _l("待导师确认"),
    ReportState.CONFIRMED: _l("导师已确认"),
    ReportState.RETURNED: _l("已退回"),
}
REPORT_TONES: Mapping[ReportState, str] = {
    ReportState.SENT: "amber", ReportState.CONFIRMED: "green", ReportState.RETURNED: "rose",
}  # fmt: skip
LOOK_STATES: Mapping[LookState, Any] = {
    LookState.AHEAD: _l("未到时间"),
    LookState.OPEN: _l("待导师写意见"),
    LookState.LATE: _l("逾期"),
    LookState.WRITTEN: _l("待记录结果"),
    LookState.SETTLED: _l("已记录结果"),
    LookState.VOID: _l("不再考察"),
}
LOOK_TONES: Mapping[LookState, str] = {
    LookState.AHEAD: "grey", LookState.OPEN: "amber", LookState.LATE: "rose", LookState.WRITTEN: "amber",
    LookState.SETTLED: "green", LookState.VOID: "grey",
}  # fmt: skip
OUTCOMES: Mapping[Outcome, Any] = {
    Outcome.GO_ON: _l("继续执行"),
    Outcome.ADJUST: _l("调整计划"),
    Outcome.END: _l("结束计划"),
}
ENDS: Mapping[PlanEnd, Any] = {PlanEnd.LOOK: _l("考察后结束"), PlanEnd.TERM: _l("随任期结束")}


def period(plan: CultivationPlan) -> str:
    """From when to when a plan runs."""
    return _("%(first)s至 %(last)s", first=day(plan.first_day), last=day(plan.last_day))


def look_day(due_on: dt.date) -> str:
    """When the mentor can write the assessment of a look."""
    return _("考察日是 %(due)s，从 %(first)s起可以写。", due=day(due_on), first=day(due_on - LOOK_AHEAD))


def fault(found: Fault, name: str, plan: CultivationPlan) -> str:
    """What is wrong with a field of the text."""
    longest = LONGEST if name == "goals" else LINE_LONGEST
    texts: Mapping[Fault, str] = {
        Fault.EMPTY: _("请填写"),
        Fault.TOO_LONG: _("最多 %(max)d 个字", max=longest),
        Fault.NOT_IN_PERIOD: _("应在 %(min)s 到 %(max)s 之间", min=day(plan.first_day), max=day(plan.last_day)),
        Fault.NO_MEASURE: _("请至少写一项措施"),
        Fault.TOO_MANY: _("最多 %(most)d 项措施", most=MOST_MEASURES),
        Fault.REPORTED: _("已有汇报的措施不能去掉，可以改写法和期限"),
    }
    return texts[found]


def _kind(name: str, title: Any, body: Any) -> MessageKind:
    return MessageKind(f"programmes.plan_{name}", title, body)


MESSAGES = (
    _kind("opened", _l("请写培养计划"), _l("您的“%(title)s”培养计划已建立，导师是%(mentor)s。请写目标和措施。")),
    _kind("mentor", _l("请您担任导师"), _l("请您担任%(name)s的导师，指导“%(title)s”培养计划。")),
    _kind("mentor_changed", _l("培养计划换了导师"), _l("您的“%(title)s”培养计划，导师现在是%(mentor)s。")),
    _kind("to_agree", _l("有培养计划待您同意"), _l("%(name)s提交了“%(title)s”培养计划，请看过后同意或退回。")),
    _kind("to_confirm", _l("有培养计划待确认"), _l("%(name)s的“%(title)s”培养计划，导师%(mentor)s已同意，请确认。")),
    _kind("returned", _l("培养计划被退回"), _l("您的“%(title)s”培养计划被退回：%(reason)s")),
    _kind("confirmed", _l("培养计划已确认"), _l("%(name)s的“%(title)s”培养计划已确认，开始执行。")),
    _kind("report_sent", _l("有进展汇报待您确认"), _l("%(name)s汇报了“%(title)s”培养计划的进展，请确认或退回。")),
    _kind("report_confirmed", _l("进展汇报已确认"), _l("导师%(mentor)s确认了您的进展汇报。")),
    _kind("report_returned", _l("进展汇报被退回"), _l("您的进展汇报被退回：%(reason)s")),
    _kind("measure_due", _l("有措施快到期"), _l("培养计划里的“%(what)s”到 %(day)s为止，完成后请汇报。")),
    _kind("look_due", _l("请写考察意见"), _l("%(name)s的“%(title)s”培养计划到 %(day)s要考察，请写意见。")),
    _kind("look_written", _l("考察意见已写好"), _l("导师%(mentor)s写好了%(name)s的考察意见，等干部记录结果。")),
    _kind("look_outcome", _l("考察结果：%(outcome)s"), _l("%(name)s的“%(title)s”培养计划：%(outcome)s。%(words)s")),
    _kind("ended", _l("培养计划已结束"), _l("%(name)s的“%(title)s”培养计划到 %(day)s为止，记录都保留。")),
)
