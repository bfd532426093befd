"""A unit's hours as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lms.credits.dto import PersonHours
from lms.credits.wording import LEVELS, STANDINGS
from lms.kernel.i18n import gettext as _
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def hours_workbook(rows: Iterable[PersonHours]) -> bytes:
    """One line per person; amounts in 小时 as numbers."""
    columns = (
        Column(_("姓名")),
        Column(_("单位"), 24),
        Column(_("资格级别"), 18),
        Column(_("登记周期起")),
        Column(_("登记周期止")),
        Column(_("要求（小时）")),
        Column(_("已计（小时）")),
        Column(_("还差（小时）")),
        Column(_("状态")),
    )
    return write_workbook([SheetPlan(_("继续教育"), columns, _lines(rows))])


def _lines(rows: Iterable[PersonHours]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        yield (
            row.name,
            row.unit,
            str(LEVELS[row.level]) if row.level else "",
            row.first_day.isoformat() if row.first_day else "",
            row.last_day.isoformat() if row.last_day else "",
            row.required / 60,
            row.earned / 60,
            row.missing / 60,
            str(STANDINGS[row.standing]),
        )
