"""Schemes, claims and their stories in words; the messages claimants get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.plugin_api.registering import MessageKind
from lms.plugin_api.services import CaseBrief, services
from lms.plugin_api.texts import Localized, day, in_both, pick, yuan
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.work import clock
from lms_payouts.api import DEGREE_TITLES, BudgetLevel
from lms_subsidies.dto import Order, Standing
from lms_subsidies.models import Claim, What
from lms_subsidies.rules import (
    CERTIFICATE,
    QUALIFICATION,
    ClaimState,
    Condition,
    ConditionKind,
    Stacking,
)  # fmt: skip

STATES: Mapping[ClaimState, Any] = {
    ClaimState.IN_REVIEW: _l("审核中"),
    ClaimState.APPROVED: _l("待拨付"),
    ClaimState.BOUNCED: _l("银行退回"),
    ClaimState.PAID: _l("已到账"),
    ClaimState.REJECTED: _l("未通过"),
    ClaimState.WITHDRAWN: _l("已撤回"),
    ClaimState.CANCELLED: _l("已取消"),
}
TONES: Mapping[ClaimState, str] = {
    ClaimState.IN_REVIEW: "blue",
    ClaimState.APPROVED: "blue",
    ClaimState.BOUNCED: "rose",
    ClaimState.PAID: "green",
    ClaimState.REJECTED: "rose",
    ClaimState.WITHDRAWN: "grey",
    ClaimState.CANCELLED: "grey",
}
STANDINGS: Mapping[Standing, Any] = {
    Standing.OPEN: _l("未申领"),
    **{Standing(state.value): text for state, text in STATES.items()},
    Standing.MISSED: _l("逾期未申领"),
    Standing.VOID: _l("证书已撤销"),
    Standing.RECALL: _l("待追回"),
}
STANDING_TONES: Mapping[Standing, str] = {
    Standing.OPEN: "amber",
    **{Standing(state.value): tone for state, tone in TONES.items()},
    Standing.MISSED: "grey",
    Standing.VOID: "grey",
    Standing.RECALL: "rose",
}
ORDERS: Mapping[Order, Any] = {
    Order.NEWEST: _l("最近申领的在前"),
    Order.LAST_DAY: _l("期限近的在前"),
    Order.AMOUNT: _l("金额大的在前"),
}
STAGES: Mapping[str, Any] = {
    "invited": _l("已邀请"),
    "claimed": _l("已申领"),
    "in_review": _l("审核中或已通过"),
    "approved": _l("已通过"),
    "paid": _l("已到账"),
}
HAPPENINGS: Mapping[What, Any] = {
    What.CLAIMED: _l("已提交申领"),
    What.CORRECTED: _l("补正后重新提交"),
    What.APPROVED: _l("审核和公示通过，等待拨付"),
    What.REJECTED: _l("未通过"),
    What.WITHDRAWN: _l("已撤回"),
    What.ACCOUNT: _l("已更正收款账户"),
    What.BOUNCED: _l("银行退回"),
    What.PAID: _l("奖励已到账"),
    What.CANCELLED: _l("付款已取消"),
    What.RECALL: _l("证书已撤销，奖励待核实追回"),
    What.SETTLED: _l("追回已办结"),
}
BAD_NEWS = frozenset({What.REJECTED, What.WITHDRAWN, What.BOUNCED, What.CANCELLED, What.RECALL})
LEVELS: Mapping[str, Any] = {
    "assistant": _l("助理社会工作师"),
    "intermediate": _l("社会工作师"),
    "senior": _l("高级社会工作师"),
}
BUDGET_LEVELS: Mapping[BudgetLevel, Any] = {
    BudgetLevel.CITY: _l("市级预算"),
    BudgetLevel.COUNTY: _l("区（市）县预算"),
    BudgetLevel.STREET: _l("街道（镇）预算"),
}
STACKINGS: Mapping[Stacking, Any] = {
    Stacking.FULL: _l("已领较低级别的，仍全额发放"),
    Stacking.DIFFERENCE: _l("已领较低级别的，只补差额"),
    Stacking.NONE: _l("已领较低级别的，不再发放"),
}
CONDITIONS: Mapping[ConditionKind, Any] = {
    ConditionKind.EMPLOYED_NOW: _l("现在在本市单位任职"),
    ConditionKind.EMPLOYED_MONTHS: _l("连续任职满规定月数"),
    ConditionKind.REGISTERED: _l("国家职业资格已登记且在有效期内"),
    ConditionKind.NOT_CIVIL_SERVANT: _l("不是公务员或在编人员（本人声明）"),
    ConditionKind.NO_OTHER_REWARD: _l("同一证书没有领过其他政府奖励（本人声明）"),
}
DEGREES: Mapping[str, Any] = DEGREE_TITLES
"""Levels of degree, where an award is for one."""
_CASES: Mapping[str, Any] = {
    "open": _l("逐级审核中"),
    "returned": _l("等待补正"),
    "awaiting_notice": _l("审核通过，等待公示"),
    "in_notice": _l("公示中"),
}


def basis(key: str, kinds: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """What an award is for: the title of a kind of certificate, or of a national level."""
    kind, _colon, code = key.partition(":")
    if kind == QUALIFICATION:
        return str(LEVELS[code])
    known = services().certificates.kinds() if kinds is None else kinds
    return pick(known.get(code)) or code


def bases(taken: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """What a new scheme could be for, with titles: kinds of certificate, then the national levels."""
    kinds = services().certificates.kinds()
    keys = [*(f"{CERTIFICATE}:{code}" for code in sorted(kinds)), *(f"{QUALIFICATION}:{level}" for level in LEVELS)]
    return [(key, basis(key, kinds)) for key in keys if key not in taken]


def condition(one: Condition) -> str:
    """A condition as a scheme lists it."""
    if one.kind is ConditionKind.EMPLOYED_MONTHS:
        return _("连续任职满 %(months)d 个月", months=one.months)
    return str(CONDITIONS[one.kind])


def money(fen: int) -> Localized:
    """An amount in each language, to be kept."""
    return in_both(yuan, fen)


def masked(tail: str) -> str:
    """An account as pages show it: the last four digits."""
    return f"**** **** {tail}"


def account(name: str, claim: Claim) -> str:
    """Where the money goes: holder, bank, masked number."""
    return f"{name} · {claim.bank_name} · {masked(claim.account_tail)}"


def where(claim: Claim, case: CaseBrief | None) -> str:
    """Where a claim is now, in one short line."""
    if claim.state is not ClaimState.IN_REVIEW or case is None:
        return str(STATES[claim.state])
    if case.state == "in_notice" and case.due_on is not None and case.due_on < clock.today():
        return _("公示已结束，等待预算")
    return str(_CASES.get(case.state, STATES[claim.state]))


def steps(claim: Claim, case: CaseBrief | None) -> list[tuple[str, str]]:
    """A claim's way with what is done, under way and to come; empty for one that ended without money."""
    reached = {
        ClaimState.IN_REVIEW: 2 if case is not None and case.state in {"awaiting_notice", "in_notice"} else 1,
        ClaimState.APPROVED: 3,
        ClaimState.BOUNCED: 3,
        ClaimState.PAID: 5,
    }.get(claim.state)
    if reached is None:
        return []
    names = (_("提交"), _("审核"), _("公示"), _("拨付"), _("到账"))
    return [(name, "done" if at < reached else "now" if at == reached else "todo") for at, name in enumerate(names)]


def until(claim: Claim, case: CaseBrief | None) -> str:
    """By when what happens next, exactly; empty where nothing has a last day."""
    if claim.state is not ClaimState.IN_REVIEW or case is None or case.due_on is None:
        return ""
    last = day(case.due_on)
    if case.state == "returned":
        return _("补正的最后一天是 %(day)s，过期视为撤回。", day=last)
    if case.state != "in_notice":
        return _("这一步最晚 %(day)s办完。", day=last)
    if case.due_on < clock.today():
        return _("公示期已满，没有异议。预算到位后自动办结，您不用做什么。")
    return _("公示的最后一天是 %(day)s，没有异议即通过。", day=last)


MESSAGES = (
    MessageKind(
        "subsidies.invited",
        _l("您可以申领“%(title)s”"),
        _l(
            "您取得的证书（%(number)s）有一次性奖励，标准 %(amount)s。"
            "请打开页面核对申领条件，最后一天是 %(day)s（含当天）。"
        ),
    ),
    MessageKind("subsidies.paid", _l("“%(title)s”已到账"), _l("%(amount)s已汇入%(account)s。申领编号 %(number)s。")),
    MessageKind(
        "subsidies.bounced",
        _l("请更正收款账户"),
        _l("“%(title)s”（%(number)s）被银行退回，原因：%(reason)s。请打开申领页面更正收款账户，更正后会重新拨付。"),
    ),
    MessageKind(
        "subsidies.cancelled",
        _l("“%(title)s”的付款已取消"),
        _l("申领 %(number)s 的付款已取消。原因：%(reason)s"),
    ),
    MessageKind(
        "subsidies.recall",
        _l("“%(title)s”需要核实"),
        _l("您的证书（%(certificate)s）已被撤销。申领 %(number)s 的奖励 %(amount)s需要核实，单位会与您联系。"),
    ),
)
