"""Claims in words, of whatever scheme: where one is, by when what comes next, where its money goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lms.plugin_api.services import CaseBrief
from lms.plugin_api.texts import Localized, day, in_both, yuan
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.work import clock
from lms_payouts.rules import BudgetLevel, ClaimState, masked_account
from lms_payouts.wording import ENTRIES

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
BUDGET_LEVELS: Mapping[BudgetLevel, Any] = {
    BudgetLevel.CITY: _l("市级预算"),
    BudgetLevel.COUNTY: _l("区（市）县预算"),
    BudgetLevel.STREET: _l("街道（镇）预算"),
}
_CASES: Mapping[str, Any] = {
    "open": _l("逐级审核中"),
    "returned": _l("等待补正"),
    "awaiting_notice": _l("审核通过，等待公示"),
    "in_notice": _l("公示中"),
}
_REACHED: Mapping[ClaimState, int] = {ClaimState.APPROVED: 3, ClaimState.BOUNCED: 3, ClaimState.PAID: 5}


class Reviewed(Protocol):
    """What has an approval case while its state is `in_review`."""

    @property
    def state(self) -> str: ...


class Accounted(Protocol):
    """What money goes to an account for."""

    @property
    def bank_name(self) -> str: ...
    @property
    def account_tail(self) -> str: ...


def money(fen: int) -> Localized:
    """An amount in each language, to be kept."""
    return in_both(yuan, fen)


def account(name: str, claim: Accounted) -> str:
    """Where the money goes: holder, bank, masked number."""
    return f"{name} · {claim.bank_name} · {masked_account(claim.account_tail)}"


def where(one: Reviewed, case: CaseBrief | None, states: Mapping[Any, Any] = STATES) -> str:
    """Where a claim is now, or something else with `states` of its own, in one short line."""
    if one.state != ClaimState.IN_REVIEW or case is None:
        return str(states[one.state])
    if _is_over(case):
        return _("公示已结束，等待办结")
    return str(_CASES.get(case.state, STATES[ClaimState.IN_REVIEW]))


def until(one: Reviewed, case: CaseBrief | None) -> str:
    """By when what happens next, exactly; empty where nothing has a last day."""
    if one.state != ClaimState.IN_REVIEW or case is None or case.due_on is None:
        return ""
    last = day(case.due_on)
    if case.state == "returned":
        return _("补正的最后一天是 %(day)s，过期视为撤回。", day=last)
    if case.state != "in_notice":
        return _("这一步最晚 %(day)s办完。", day=last)
    if _is_over(case):
        return _("公示期已满，没有异议。核对完、预算到位后自动办结，您不用做什么。")
    return _("公示的最后一天是 %(day)s，没有异议即通过。", day=last)


def steps(state: ClaimState, case: CaseBrief | None) -> list[tuple[str, str]]:
    """A claim's way with what is done, under way and to come; empty for one that ended without money."""
    reached = _REACHED.get(state, 0)
    if state is ClaimState.IN_REVIEW:
        reached = 2 if case is not None and case.state in {"awaiting_notice", "in_notice"} else 1
    if not reached:
        return []
    names = (_("提交"), _("审核"), _("公示"), _("拨付"), _("到账"))
    return [(name, "done" if at < reached else "now" if at == reached else "todo") for at, name in enumerate(names)]


def _is_over(case: CaseBrief) -> bool:
    return case.state == "in_notice" and case.due_on is not None and case.due_on < clock.today()


__all__ = [
    "BUDGET_LEVELS",
    "ENTRIES",
    "STATES",
    "TONES",
    "account",
    "money",
    "steps",
    "until",
    "where",
]
