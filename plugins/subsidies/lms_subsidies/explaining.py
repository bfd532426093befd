"""Eligibility in words: each condition with whether it holds, the facts it rests on, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lms.plugin_api.services import Fact
from lms.plugin_api.texts import day, in_both, listed, pick, yuan
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms_subsidies.rules import Assessment, Check, ConditionKind, Line, Terms, Verdict
from lms_subsidies.wording import money

STATEMENTS: Mapping[ConditionKind, Any] = {
    ConditionKind.NOT_CIVIL_SERVANT: _l("本人不是公务员，也不在机关事业单位编制内。"),
    ConditionKind.NO_OTHER_REWARD: _l("本人没有凭这本证书领过其他政府奖励。"),
}
"""What the claimant declares, word for word."""
_LABELS: Mapping[str, Any] = {
    Check.BASIS: _l("证书有效"),
    Check.WINDOW: _l("在申领期内"),
    Check.ONCE: _l("没有领过这项奖励"),
    Check.LEVELS: _l("其他级别的奖励"),
    ConditionKind.EMPLOYED_NOW: _l("现在在本市单位任职"),
    ConditionKind.REGISTERED: _l("国家职业资格已登记"),
    ConditionKind.NOT_CIVIL_SERVANT: _l("不是在编人员"),
    ConditionKind.NO_OTHER_REWARD: _l("没有重复领奖"),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A condition in the reader's language."""

    key: str
    verdict: Verdict
    label: str
    value: str
    note: str


def explained(assessment: Assessment) -> list[Explained]:
    """Every line for a page."""
    return [explain(line) for line in assessment.lines]


def explain(line: Line) -> Explained:
    """One line."""
    value, note = _SAY[line.key](line)
    return Explained(line.key, line.verdict, _label(line), value, note)


def facts(terms: Terms, assessment: Assessment, *, number: str, account: str) -> tuple[Fact, ...]:
    """What a case shows and keeps: the award, every condition as it was judged, the masked account.

    Public are the award and its amount alone: what a notice needs.
    """
    return (
        Fact(key="award", label=in_both(lambda: _("奖励项目")), value=dict(terms.title), public=True),
        Fact(
            key="amount",
            label=in_both(lambda: _("奖励金额")),
            value=money(assessment.amount_fen),
            public=True,
        ),
        Fact(key="certificate", label=in_both(lambda: _("证书编号")), value=number),
        *(_fact(line) for line in assessment.lines),
        Fact(key="account", label=in_both(lambda: _("收款账户")), value=account),
    )


def _fact(line: Line) -> Fact:
    return Fact(
        key=line.key,
        label=in_both(lambda: explain(line).label),
        value=in_both(lambda: explain(line).value),
        note=in_both(lambda: explain(line).note),
        met=line.verdict is Verdict.MET,
    )


def _label(line: Line) -> str:
    if line.key == ConditionKind.EMPLOYED_MONTHS:
        return _("连续任职满 %(months)d 个月", months=line.data["months"])
    return str(_LABELS[line.key])


def _basis(line: Line) -> tuple[str, str]:
    if line.verdict is Verdict.UNMET:
        return _("证书已撤销或查不到"), _("如有疑问，请联系发证单位或单位人事干部。")
    return _("%(number)s，%(day)s取得", number=line.data["number"], day=day(line.data["day"])), ""


def _window(line: Line) -> tuple[str, str]:
    last = _("最后一天是 %(day)s", day=day(line.data["day"]))
    if line.verdict is Verdict.UNMET:
        return last, _("已经过了最后一天，不能再申领。")
    left = line.data["left"]
    return last, _("今天是最后一天。") if left == 0 else _("还有 %(days)d 天。", days=left)


def _once(line: Line) -> tuple[str, str]:
    if line.why == "claimed":
        return _("%(day)s已申领", day=day(line.data["day"])), _("每项奖励只能领一次。")
    if line.why == "rejected":
        return _("%(day)s未通过", day=day(line.data["day"])), _("这项奖励未通过后不能再申领；有异议请联系审核单位。")
    return _("没有领取记录"), ""


def _levels(line: Line) -> tuple[str, str]:
    data = line.data
    match line.why:
        case "in_review":
            value = _("“%(title)s”正在办理", title=pick(data["title"]))
            return value, _("请等它办结后再申领；如要先领这一级，请先撤回它。")
        case "no_other":
            return _("没有领过"), ""
        case "full":
            return _("已领“%(titles)s”", titles=_listed(data)), _("两级奖励可以都领，金额不变。")
        case "difference":
            value = _("已领“%(titles)s”共 %(before)s", titles=_listed(data), before=yuan(data["before"]))
            return value, _("按规定补发差额 %(amount)s。", amount=yuan(data["amount"]))
        case _:
            return _("已领“%(titles)s”", titles=_listed(data)), _("按规定，这一级不再发放。")


def _listed(data: Mapping[str, Any]) -> str:
    return listed(pick(title) for title in data["titles"])


def _employed_now(line: Line) -> tuple[str, str]:
    if line.verdict is Verdict.UNMET:
        return _("人员档案里没有在职单位"), _("请先请单位人事干部登记任职，再来申领。")
    return _("%(unit)s，从 %(day)s起", unit=line.data["unit"], day=day(line.data["day"])), ""


def _employed_months(line: Line) -> tuple[str, str]:
    data = line.data
    if line.why == "not_employed":
        return _("人员档案里没有在职单位"), _("请先请单位人事干部登记任职，再来申领。")
    since = _("从 %(day)s起没有中断", day=day(data["since"]))
    if line.verdict is Verdict.MET:
        return since, ""
    return since, _("%(day)s满期，从这天起可以申领；档案有误的，请单位人事干部更正。", day=day(data["day"]))


def _registered(line: Line) -> tuple[str, str]:
    data = line.data
    if line.why == "never":
        value = _("人员档案里没有登记记录")
    elif line.why == "lapsed":
        value = _("登记已于 %(day)s到期", day=day(data["day"]))
    else:
        return _("登记有效至 %(day)s", day=day(data["day"])), ""
    return value, _("请先在全国社会工作信息系统办理登记，再请单位人事干部更新档案。")


def _declared(line: Line) -> tuple[str, str]:
    statement = str(STATEMENTS[ConditionKind(line.key)])
    if line.verdict is Verdict.DECLARE:
        return _("申领时由您声明"), statement
    return _("本人已声明"), statement


_SAY: Mapping[str, Callable[[Line], tuple[str, str]]] = {
    Check.BASIS: _basis,
    Check.WINDOW: _window,
    Check.ONCE: _once,
    Check.LEVELS: _levels,
    ConditionKind.EMPLOYED_NOW: _employed_now,
    ConditionKind.EMPLOYED_MONTHS: _employed_months,
    ConditionKind.REGISTERED: _registered,
    ConditionKind.NOT_CIVIL_SERVANT: _declared,
    ConditionKind.NO_OTHER_REWARD: _declared,
}


def reasons(assessment: Assessment) -> Iterator[str]:
    """Why a claim cannot be made, each condition that is not met in a sentence."""
    for line in assessment.unmet:
        said = explain(line)
        yield _("%(label)s：%(value)s", label=said.label, value=said.value)
