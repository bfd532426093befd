"""Registration in words: windows, states, terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.credits import wording as ledger
from lms.credits.registration.dto import Standing
from lms.credits.registration.rules import Kind, State, Window
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import sentences
from lms.webkit.room import MessageKind
from lms.webkit.templating import day

KINDS: Mapping[Kind, Any] = {Kind.FIRST: _l("首次登记"), Kind.RENEWAL: _l("再登记")}
STATES: Mapping[State, Any] = {
    State.PENDING: _l("待审核"),
    State.RETURNED: _l("退回补正"),
    State.FIRST_PASSED: _l("初审通过"),
    State.FIRST_FAILED: _l("初审未通过"),
    State.FINAL_FAILED: _l("终审未通过"),
    State.WITHDRAWN: _l("已撤回"),
    State.COMPLETED: _l("登记已完成"),
    State.CERTIFIED: _l("已出证"),
}
NOT_APPLIED = _l("未申请登记证书")
TONES: Mapping[State, str] = {
    State.PENDING: "blue",
    State.RETURNED: "amber",
    State.FIRST_PASSED: "blue",
    State.FIRST_FAILED: "rose",
    State.FINAL_FAILED: "rose",
    State.WITHDRAWN: "grey",
    State.COMPLETED: "green",
    State.CERTIFIED: "green",
}


def window(one: Standing) -> str:
    """What the window of a certificate means today."""
    days = one.days
    opens, closes, late = day(days.opens), day(days.closes), day(days.late_until)
    match one.window:
        case Window.NOT_YET:
            return _("%(opens)s起可以办理再登记，到 %(closes)s为止。", opens=opens, closes=closes)
        case Window.OPEN if one.kind is Kind.FIRST:
            return _("取得证书后应在 %(closes)s前办理首次登记。", closes=closes)
        case Window.OPEN:
            return _("现在可以办理再登记，最后一天是 %(closes)s。", closes=closes)
        case Window.LATE:
            return _("已过 %(closes)s的期限，可补办到 %(late)s。", closes=closes, late=late)
        case _ if days.late_until == days.closes:
            return _("已过 %(closes)s的期限，不能补办，请联系登记部门。", closes=closes)
        case _:
            return _("期限和补办期都已过（%(late)s），请联系登记部门。", late=late)


def missing(one: Standing) -> str:
    """What is still needed before a renewal can be handed in; empty for nothing."""
    if one.cycle is None or not one.missing:
        return ""
    cycle, found = one.cycle, one.cycle.balance
    short = _(
        "继续教育还差 %(missing)s：要求 %(required)s，已计 %(counted)s。",
        missing=ledger.in_unit(cycle, one.missing, missing=True),
        required=ledger.in_unit(cycle, found.required),
        counted=ledger.in_unit(cycle, found.counted),
    )
    return sentences((short, ledger.only_until(cycle.last_day) if _is_over(one) else _("补足后才能提交。")))


def to_do(one: Standing) -> str:
    """What to do where hours are missing: once the period is over nothing that is learnt now counts in it."""
    if _is_over(one):
        return _("这一天及以前的校外学习还没有申报的，请申报；没有的，请联系人事干部，看能否延长周期。")
    return _("请先补足时长；每一条怎么计的，可在“继续教育”里查看。")


def _is_over(one: Standing) -> bool:
    return one.window in (Window.LATE, Window.OVER)


def span(first: Any, last: Any) -> str:
    """The days of a registration."""
    return _("%(first)s至 %(last)s", first=day(first), last=day(last))


MESSAGES = (
    MessageKind(
        "credits.registered",
        _l("登记已完成"),
        _l("%(level)s登记已完成，有效期 %(first)s至 %(last)s。"),
    ),
    MessageKind(
        "credits.certified",
        _l("登记证书已出证"),
        _l("%(level)s登记证书已出证，可在全国社会工作信息系统查看电子登记证。"),
    ),
    MessageKind(
        "credits.window_open",
        _l("可以办理再登记了"),
        _l("登记的最后一天是 %(last)s，现在可以办理再登记。%(hours)s"),
    ),
    MessageKind(
        "credits.window_closing",
        _l("登记快到期了"),
        _l("登记的最后一天是 %(last)s，还没有申请再登记。%(hours)s"),
    ),
    MessageKind(
        "credits.registration_overdue",
        _l("登记已逾期"),
        _l("登记的最后一天 %(last)s已过。%(late)s%(hours)s"),
    ),
)
