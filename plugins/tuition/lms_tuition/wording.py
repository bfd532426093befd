"""Schemes, studies, claims and their stories in words; the messages people get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.plugin_api.registering import MessageKind
from lms.plugin_api.services import CaseBrief
from lms.plugin_api.texts import Localized, day, in_both, listed, yuan
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.work import clock
from lms_payouts.api import DEGREE_TITLES, DEGREES, BudgetLevel, EntryKind
from lms_tuition.claim_models import Claim, Verdict
from lms_tuition.dto import Order, Serving
from lms_tuition.models import Study, What
from lms_tuition.rules import ClaimState, Cost, ServiceFrom, StudyState, Terms, Timing
from lms_tuition.vouchers import Concern, VoucherKind

LEVELS: Mapping[str, Any] = {level: DEGREE_TITLES[level] for level in DEGREES}
COSTS: Mapping[Cost, Any] = {
    Cost.TUITION: _l("学费"),
    Cost.DEFENCE: _l("论文答辩费"),
    Cost.EXAM: _l("考试费"),
    Cost.BOOKS: _l("教材资料费"),
    Cost.BOARD: _l("食宿费"),
    Cost.TRAVEL: _l("交通费"),
}
TIMINGS: Mapping[Timing, Any] = {
    Timing.TERM: _l("按学期报销"),
    Timing.GRADUATION: _l("毕业后一次报销"),
}
SERVICE_FROM: Mapping[ServiceFrom, Any] = {
    ServiceFrom.PAYMENT: _l("从每笔到账的次日起"),
    ServiceFrom.GRADUATION: _l("从毕业的次日起"),
}
BUDGET_LEVELS: Mapping[BudgetLevel, Any] = {
    BudgetLevel.CITY: _l("市级预算"),
    BudgetLevel.COUNTY: _l("区（市）县预算"),
    BudgetLevel.STREET: _l("街道（镇）预算"),
}
STUDY_STATES: Mapping[StudyState, Any] = {
    StudyState.IN_REVIEW: _l("审核中"),
    StudyState.AGREED: _l("已同意"),
    StudyState.REJECTED: _l("未通过"),
    StudyState.WITHDRAWN: _l("已撤回"),
}
STUDY_TONES: Mapping[StudyState, str] = {
    StudyState.IN_REVIEW: "blue",
    StudyState.AGREED: "green",
    StudyState.REJECTED: "rose",
    StudyState.WITHDRAWN: "grey",
}
SERVINGS: Mapping[Serving, Any] = {
    Serving.UNSIGNED: _l("还没有签服务协议"),
    Serving.OWED: _l("服务期未满"),
    Serving.GONE: _l("已离职，服务期未满，待核实"),
    Serving.LEFT: _l("已登记提前离职"),
}
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
ORDERS: Mapping[Order, Any] = {
    Order.NEWEST: _l("最近提交的在前"),
    Order.OLDEST: _l("最早提交的在前"),
    Order.AMOUNT: _l("金额大的在前"),
}
HAPPENINGS: Mapping[What, Any] = {
    What.APPLIED: _l("已提交学历进修申请"),
    What.CORRECTED: _l("补正后重新提交"),
    What.AGREED: _l("学历进修已同意"),
    What.REJECTED: _l("未通过"),
    What.WITHDRAWN: _l("已撤回"),
    What.SIGNED: _l("已签服务协议"),
    What.GRADUATED: _l("已登记毕业"),
    What.LEFT: _l("已登记提前离职"),
    What.CLAIMED: _l("已提交报销"),
    What.CHECKED: _l("票据已核对，一致"),
    What.DIFFERS: _l("票据核对不一致"),
    What.APPROVED: _l("审核和公示通过，等待拨付"),
    What.ACCOUNT: _l("已更正收款账户"),
    What.BOUNCED: _l("银行退回"),
    What.PAID: _l("已到账"),
    What.CANCELLED: _l("付款已取消"),
    What.RECALLED: _l("应退款已登记"),
}
BAD_NEWS = frozenset(
    {What.REJECTED, What.DIFFERS, What.WITHDRAWN, What.BOUNCED, What.CANCELLED, What.LEFT, What.RECALLED}
)
VOUCHERS: Mapping[VoucherKind, Any] = {
    VoucherKind.FISCAL: _l("财政电子票据"),
    VoucherKind.EINVOICE: _l("数电发票"),
    VoucherKind.INVOICE: _l("其他增值税发票"),
}
CHECK_PLACES: Mapping[VoucherKind, str] = {
    VoucherKind.FISCAL: "pjcy.mof.gov.cn",
    VoucherKind.EINVOICE: "inv-veri.chinatax.gov.cn",
    VoucherKind.INVOICE: "inv-veri.chinatax.gov.cn",
}
"""Where the issuers let anybody look a voucher up."""
VOUCHER_FAULTS: Mapping[tuple[VoucherKind, str], Any] = {
    (VoucherKind.FISCAL, "code"): _l("财政电子票据的票据代码是 8 位数字"),
    (VoucherKind.FISCAL, "number"): _l("财政电子票据的票据号码是 10 位数字"),
    (VoucherKind.FISCAL, "check"): _l("财政电子票据的校验码是 6 位字母或数字"),
    (VoucherKind.EINVOICE, "number"): _l("数电发票的号码是 20 位数字"),
    (VoucherKind.INVOICE, "code"): _l("发票代码是 10 位或 12 位数字"),
    (VoucherKind.INVOICE, "number"): _l("发票号码是 8 位数字"),
    (VoucherKind.INVOICE, "check"): _l("校验码填后 6 位或全部 20 位，没有的不填"),
}
CONCERNS: Mapping[Concern, Any] = {
    Concern.PAYER: _l("付款人与申请人姓名不一致"),
    Concern.PART: _l("只报销票面金额的一部分，请核对项目"),
    Concern.YEAR: _l("发票号码的年份与开票日期不一致"),
    Concern.EARLY: _l("开票日期比入学早半年以上"),
    Concern.LATE: _l("开票日期比预计毕业晚半年以上"),
}
VERDICTS: Mapping[Verdict, Any] = {Verdict.RIGHT: _l("一致"), Verdict.WRONG: _l("不一致")}
ENTRIES: Mapping[EntryKind, Any] = {
    EntryKind.RECALL: _l("登记应退"),
    EntryKind.RETURN: _l("退款到账"),
    EntryKind.WAIVE: _l("免予退还"),
}
_CASES: Mapping[str, Any] = {
    "open": _l("逐级审核中"),
    "returned": _l("等待补正"),
    "awaiting_notice": _l("审核通过，等待公示"),
    "in_notice": _l("公示中"),
}


def money(fen: int) -> Localized:
    """An amount in each language, to be kept."""
    return in_both(yuan, fen)


def level(code: str) -> str:
    """A level of degree; the code of one that is no more known."""
    return str(LEVELS.get(code, code))


def costs(kinds: frozenset[Cost], *, payable: bool = True) -> str:
    """The payable kinds of cost in one line, or those that are not."""
    return listed(str(text) for kind, text in COSTS.items() if (kind in kinds) is payable)


def service_term(terms: Terms) -> str:
    """The service a scheme asks for."""
    if not terms.service_months:
        return _("不约定服务期")
    begin = str(SERVICE_FROM[terms.service_from])
    return _("%(begin)s服务 %(months)d 个月", begin=begin, months=terms.service_months)


def deadline(terms: Terms) -> str:
    """Until when a scheme lets people claim."""
    if terms.timing is Timing.TERM:
        return _("开票后 %(days)d 天内", days=terms.claim_days)
    return _("毕业后 %(days)d 天内", days=terms.claim_days)


def masked(tail: str) -> str:
    """An account as pages show it: the last four digits."""
    return f"**** **** {tail}"


def account(name: str, claim: Claim) -> str:
    """Where the money goes: holder, bank, masked number."""
    return f"{name} · {claim.bank_name} · {masked(claim.account_tail)}"


def where(one: Claim | Study, case: CaseBrief | None) -> str:
    """Where a study or claim is now, in one short line."""
    if one.state not in {ClaimState.IN_REVIEW, StudyState.IN_REVIEW} or case is None:
        return str(STATES[one.state] if isinstance(one, Claim) else STUDY_STATES[one.state])
    if case.state == "in_notice" and case.due_on is not None and case.due_on < clock.today():
        return _("公示已结束，等待办结")
    return str(_CASES.get(case.state, _("审核中")))


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


def until(one: Claim | Study, case: CaseBrief | None) -> str:
    """By when what happens next, exactly; empty where nothing has a last day."""
    if case is None or case.due_on is None or one.state not in {ClaimState.IN_REVIEW, StudyState.IN_REVIEW}:
        return ""
    last = day(case.due_on)
    if case.state == "returned":
        return _("补正的最后一天是 %(day)s，过期视为撤回。", day=last)
    if case.state != "in_notice":
        return _("这一步最晚 %(day)s办完。", day=last)
    if case.due_on < clock.today():
        return _("公示期已满，没有异议。票据核对完、预算到位后自动办结，您不用做什么。")
    return _("公示的最后一天是 %(day)s，没有异议即通过。", day=last)


MESSAGES = (
    MessageKind(
        "tuition.agreed",
        _l("您的学历进修已同意"),
        _l("%(school)s（%(level)s）的学历进修已同意。请打开页面签服务协议，签好就可以报销学费。"),
    ),
    MessageKind(
        "tuition.paid", _l("学费报销已到账"), _l("%(amount)s已汇入%(account)s。申请编号 %(number)s。%(service)s")
    ),
    MessageKind(
        "tuition.bounced",
        _l("请更正收款账户"),
        _l("学费报销（%(number)s）被银行退回，原因：%(reason)s。请打开页面更正收款账户，更正后会重新拨付。"),
    ),
    MessageKind("tuition.cancelled", _l("学费报销的付款已取消"), _l("申请 %(number)s 的付款已取消。原因：%(reason)s")),
    MessageKind(
        "tuition.recalled",
        _l("您有学费报销款要退还"),
        _l("您在服务期未满时离职，按服务协议应退还 %(amount)s。怎样算出来的，请打开页面查看。"),
    ),
)
