"""Schemes, studies, claims and their stories in words; the messages people get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.plugin_api.registering import MessageKind
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.texts import listed
from lms_payouts.api import DEGREE_TITLES, DEGREES
from lms_tuition.claim_models import Verdict
from lms_tuition.dto import Order, Serving
from lms_tuition.models import What
from lms_tuition.rules import Cost, ServiceFrom, StudyState, Terms, Timing
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
