"""A round as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import pick
from lms.plugin_api.views import Cell, Column, SheetPlan, write_workbook
from lms.plugin_api.work import clock
from lms_subsidies import wording
from lms_subsidies.dto import RoundLine


def round_workbook(lines: Iterable[RoundLine]) -> bytes:
    """One line per invitation; amounts in 元 as numbers; no account but its last four digits."""
    columns = (
        Column(_("姓名")),
        Column(_("单位"), 30),
        Column(_("奖励项目"), 24),
        Column(_("取得日期")),
        Column(_("申领最后一天")),
        Column(_("状态")),
        Column(_("申领编号"), 16),
        Column(_("金额（元）"), decimals=2),
        Column(_("申领日期")),
        Column(_("到账日期")),
        Column(_("账号后四位")),
    )
    return write_workbook([SheetPlan(_("持证奖励"), columns, _rows(lines))])


def _rows(lines: Iterable[RoundLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        claim = line.claim
        title = pick(line.revision.title) if line.revision else ""
        yield (
            line.name,
            line.unit,
            title,
            line.invitation.obtained_on.isoformat(),
            line.invitation.last_day.isoformat(),
            str(wording.STANDINGS[line.standing]),
            claim.case_number if claim else "",
            claim.amount_fen / 100 if claim else "",
            clock.local_date(claim.claimed_at).isoformat() if claim else "",
            claim.paid_on.isoformat() if claim and claim.paid_on else "",
            claim.account_tail if claim else "",
        )
