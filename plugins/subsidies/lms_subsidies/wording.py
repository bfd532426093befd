"""Schemes, claims and their stories in words; the messages claimants get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.plugin_api.registering import MessageKind
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.texts import pick
from lms_payouts.api import DEGREE_TITLES, claim_words
from lms_subsidies.dto import Order, Standing
from lms_subsidies.models import What
from lms_subsidies.rules import CERTIFICATE, QUALIFICATION, Condition, ConditionKind, Stacking

STANDINGS: Mapping[Standing, Any] = {
    Standing.OPEN: _l("未申领"),
    **{Standing(state.value): text for state, text in claim_words.STATES.items()},
    Standing.MISSED: _l("逾期未申领"),
    Standing.VOID: _l("证书已撤销"),
    Standing.RECALL: _l("待追回"),
}
STANDING_TONES: Mapping[Standing, str] = {
    Standing.OPEN: "amber",
    **{Standing(state.value): tone for state, tone in claim_words.TONES.items()},
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
    What.SETTLED: _l("是否追回已有结果"),
}
BAD_NEWS = frozenset({What.REJECTED, What.WITHDRAWN, What.BOUNCED, What.CANCELLED, What.RECALL})
LEVELS: Mapping[str, Any] = {
    "assistant": _l("助理社会工作师"),
    "intermediate": _l("社会工作师"),
    "senior": _l("高级社会工作师"),
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
    MessageKind(
        "subsidies.recalled",
        _l("“%(title)s”要退还"),
        _l("您的证书（%(certificate)s）已被撤销，奖励 %(amount)s要退还。情况和依据请打开页面查看。"),
    ),
)
