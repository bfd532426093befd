"""Lists as spreadsheets, amounts in 元 with two decimals. Accounts only as their last digits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import pick
from lms.plugin_api.views import Cell, Column, SheetPlan, write_workbook
from lms.plugin_api.work import clock
from lms_payouts import wording
from lms_payouts.dto import BudgetLine, LedgerLine, PaymentInfo, ReceivableInfo
from lms_payouts.models import Batch
from lms_payouts.rules import sheet_yuan


def _money(title: str) -> Column:
    return Column(title, 16, decimals=2)


def _day(moment: dt.datetime | None) -> str:
    return "" if moment is None else clock.local_date(moment).isoformat()


def budgets_workbook(lines: Iterable[BudgetLine]) -> bytes:
    """One line per budget."""
    columns = (
        Column(_("单位"), 30),
        Column(_("年度"), 8),
        Column(_("资助项目"), 30),
        _money(_("预算（元）")),
        _money(_("已支付（元）")),
        _money(_("已占用（元）")),
        _money(_("可用（元）")),
    )
    rows = (
        (
            line.unit,
            line.year,
            wording.scheme(line.scheme, line.scheme_title),
            sheet_yuan(line.money.total),
            sheet_yuan(line.money.paid),
            sheet_yuan(line.money.reserved),
            sheet_yuan(line.money.available),
        )
        for line in lines
    )
    return write_workbook([SheetPlan(_("预算"), columns, rows)])


def ledger_workbook(lines: Iterable[LedgerLine], names: Mapping[uuid.UUID, str]) -> bytes:
    """Every transaction of a budget, the oldest first."""
    columns = (
        Column(_("日期")),
        Column(_("事项"), 12),
        Column(_("事由"), 40),
        Column(_("领款人")),
        Column(_("业务编号"), 24),
        _money(_("可用变动（元）")),
        _money(_("占用变动（元）")),
        _money(_("支付变动（元）")),
        _money(_("可用余额（元）")),
        Column(_("经办人")),
        Column(_("流水号"), 36),
    )
    return write_workbook([SheetPlan(_("资金台账"), columns, _ledger_rows(lines, names))])


def _ledger_rows(lines: Iterable[LedgerLine], names: Mapping[uuid.UUID, str]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        yield (
            _day(line.at),
            str(wording.TRANSACTIONS[line.kind]),
            line.reason,
            line.payee or "",
            line.reference or "",
            sheet_yuan(line.available),
            sheet_yuan(line.reserved),
            sheet_yuan(line.paid),
            sheet_yuan(line.balance),
            names.get(line.by, "") if line.by else _("系统"),
            str(line.id),
        )


def payments_workbook(found: Iterable[PaymentInfo], units: Mapping[uuid.UUID, str]) -> bytes:
    """One line per payment."""
    columns = (
        Column(_("领款人")),
        Column(_("业务编号"), 24),
        Column(_("资助项目"), 30),
        Column(_("出资单位"), 30),
        Column(_("年度"), 8),
        _money(_("金额（元）")),
        Column(_("状态"), 12),
        Column(_("银行账号"), 16),
        Column(_("开户银行"), 30),
        Column(_("批次"), 14),
        Column(_("申请日期")),
        Column(_("到账日期")),
        Column(_("退回或取消的原因"), 30),
    )
    rows = (
        (
            one.account_name,
            one.reference,
            pick(one.scheme_title),
            units.get(one.org_id, ""),
            one.year,
            sheet_yuan(one.amount_fen),
            str(wording.PAYMENT_STATES[one.state]),
            one.bank_account,
            one.bank_name,
            one.batch_number,
            _day(one.requested_at),
            _day(one.paid_at),
            one.cancel_reason or one.bounce_reason,
        )
        for one in found
    )
    return write_workbook([SheetPlan(_("付款"), columns, rows)])


def batches_workbook(found: Iterable[Batch], units: Mapping[uuid.UUID, str]) -> bytes:
    """One line per batch."""
    columns = (
        Column(_("批次"), 14),
        Column(_("单位"), 30),
        Column(_("状态"), 14),
        Column(_("笔数"), 8, decimals=0),
        _money(_("金额（元）")),
        Column(_("建批日期")),
        Column(_("签批日期")),
        Column(_("送银行日期")),
        Column(_("办结日期")),
        Column(_("校验码"), 66),
    )
    rows = (
        (
            one.number,
            units.get(one.org_id, ""),
            str(wording.BATCH_STATES[one.state]),
            one.count,
            sheet_yuan(one.total_fen),
            _day(one.created_at),
            _day(one.signed_at),
            _day(one.sent_at),
            _day(one.settled_at),
            one.digest,
        )
        for one in found
    )
    return write_workbook([SheetPlan(_("付款批次"), columns, rows)])


def receivables_workbook(found: Iterable[ReceivableInfo], units: Mapping[uuid.UUID, str]) -> bytes:
    """One line per receivable."""
    columns = (
        Column(_("应退人")),
        Column(_("业务编号"), 24),
        Column(_("资助项目"), 30),
        Column(_("出资单位"), 30),
        _money(_("应退（元）")),
        _money(_("已退（元）")),
        _money(_("免予退还（元）")),
        _money(_("未结清（元）")),
        Column(_("登记日期")),
        Column(_("事由"), 40),
    )
    rows = (
        (
            one.name,
            one.reference,
            pick(one.scheme_title),
            units.get(one.org_id, ""),
            sheet_yuan(one.amount_fen),
            sheet_yuan(one.returned_fen),
            sheet_yuan(one.waived_fen),
            sheet_yuan(one.open_fen),
            _day(one.recorded_at),
            one.reason,
        )
        for one in found
    )
    return write_workbook([SheetPlan(_("应退款"), columns, rows)])
