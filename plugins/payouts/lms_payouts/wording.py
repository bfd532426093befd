"""States, kinds and faults in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.texts import pick
from lms_payouts.dto import PaymentOrder, Settlement
from lms_payouts.rules import BatchState, EntryKind, PaymentState, ResultState, TransactionKind, masked_account, yuan

PAYMENT_STATES: dict[PaymentState, Any] = {
    PaymentState.WAITING: _l("待拨付"),
    PaymentState.BATCHED: _l("已入批次"),
    PaymentState.SENT: _l("已送银行"),
    PaymentState.PAID: _l("已到账"),
    PaymentState.BOUNCED: _l("银行退回"),
    PaymentState.CANCELLED: _l("已取消"),
}
PAYMENT_TONES = {
    PaymentState.WAITING: "amber",
    PaymentState.BATCHED: "blue",
    PaymentState.SENT: "blue",
    PaymentState.PAID: "green",
    PaymentState.BOUNCED: "rose",
    PaymentState.CANCELLED: "grey",
}
BATCH_STATES: dict[BatchState, Any] = {
    BatchState.DRAFT: _l("待第一人签批"),
    BatchState.FIRST: _l("待第二人签批"),
    BatchState.SIGNED: _l("待送银行"),
    BatchState.SENT: _l("待银行回盘"),
    BatchState.SETTLED: _l("已办结"),
    BatchState.RETURNED: _l("已退回"),
}
BATCH_TONES = {
    BatchState.DRAFT: "amber",
    BatchState.FIRST: "amber",
    BatchState.SIGNED: "blue",
    BatchState.SENT: "blue",
    BatchState.SETTLED: "green",
    BatchState.RETURNED: "grey",
}
RESULT_STATES: dict[ResultState, Any] = {
    ResultState.FAULTY: _l("有问题，没有写入"),
    ResultState.READY: _l("检查通过，待写入"),
    ResultState.APPLYING: _l("正在写入"),
    ResultState.APPLIED: _l("已写入"),
}
RESULT_TONES = {
    ResultState.FAULTY: "rose",
    ResultState.READY: "amber",
    ResultState.APPLYING: "blue",
    ResultState.APPLIED: "green",
}
TRANSACTIONS: dict[TransactionKind, Any] = {
    TransactionKind.APPROPRIATE: _l("下达预算"),
    TransactionKind.REDUCE: _l("调减预算"),
    TransactionKind.RESERVE: _l("占用"),
    TransactionKind.RELEASE: _l("释放占用"),
    TransactionKind.PAY: _l("支付"),
}
ENTRIES: dict[EntryKind, Any] = {
    EntryKind.RECALL: _l("登记应退"),
    EntryKind.RETURN: _l("退款到账"),
    EntryKind.WAIVE: _l("免予退还"),
}
SETTLEMENTS: dict[Settlement, Any] = {
    Settlement.OPEN: _l("未结清"),
    Settlement.CLOSED: _l("已结清"),
}
DEGREES: dict[str, Any] = {
    "secondary": _l("中专"),
    "college": _l("大专"),
    "bachelor": _l("本科"),
    "master": _l("硕士研究生"),
    "doctor": _l("博士研究生"),
}
ORDERS: dict[PaymentOrder, Any] = {
    PaymentOrder.NEWEST: _l("最近申请在前"),
    PaymentOrder.OLDEST: _l("最早申请在前"),
    PaymentOrder.AMOUNT: _l("金额大的在前"),
    PaymentOrder.NAME: _l("按姓名"),
}
FAULTS: dict[str, Any] = {
    "account_form": _l("应为 16 至 19 位银行卡号"),
    "account_checksum": _l("校验码不符，可能抄错了一位，请对照银行卡核对"),
    "amount_form": _l("应为金额，如 1500 或 1,500.00，最多两位小数"),
    "amount_too_large": _l("金额太大，请核对"),
}
PROBLEMS: dict[str, Any] = {
    "no_batch": _l("文件里没有批次号和校验码，请用本批次的回盘模板"),
    "wrong_batch": _l("这是批次 %(found)s 的文件，本批次是 %(number)s"),
    "wrong_digest": _l("校验码与本批次不符，清单可能被改过"),
    "wrong_sum": _l("合计与本批次不符，应为 %(amount)s"),
    "wrong_count": _l("笔数与本批次不符，应为 %(count)s 笔"),
    "serial_form": _l("应为付款清单里的序号"),
    "serial_unknown": _l("本批次没有序号 %(serial)s"),
    "serial_twice": _l("序号 %(serial)s 在第 %(row)s 行已经出现过"),
    "line_missing": _l("缺少序号 %(serial)s（%(name)s）这一行"),
    "name_changed": _l("户名与付款清单不符，应为“%(name)s”"),
    "account_changed": _l("账号与付款清单不符，应为尾号 %(tail)s 的账号"),
    "amount_changed": _l("金额与付款清单不符，应为 %(amount)s"),
    "result_missing": _l("没有填写结果，请填“成功”或“失败”"),
    "result_unknown": _l("看不懂“%(text)s”，请填“成功”或“失败”"),
    "reason_missing": _l("失败的要写明原因"),
    "recorded_paid": _l("这一笔已登记为到账，不能改"),
    "recorded_bounced": _l("这一笔已登记为退回，不能改"),
    "settled": _l("这个批次的结果已由另一份文件登记"),
}
TITLES = {
    "serial": "序号",
    "account_name": "户名",
    "bank_account": "银行账号",
    "bank_name": "开户银行",
    "amount": "金额（元）",
    "reference": "业务编号",
    "result": "结果",
    "reason": "原因",
}
"""The columns of the files for the bank and from it: in Chinese whatever the language of the officer's pages."""


def money(fen: int) -> str:
    """1,500.00 元."""
    return _("%(amount)s 元", amount=yuan(fen))


def account(tail: str) -> str:
    """A masked account."""
    return masked_account(tail)


def scheme(code: str, title: Mapping[str, str] | None) -> str:
    """What a budget is for: a scheme's title, or any scheme."""
    return pick(title) or code or _("不限资助项目")


def say(problem: Mapping[str, Any]) -> str:
    """A problem of a result file, as it is stored, in the reader's language."""
    return str(PROBLEMS[problem["code"]]) % dict(problem["params"])


def column(key: str) -> str:
    """The column a problem is about; empty for the file as a whole."""
    return TITLES.get(key, "")
