"""A unit's hours as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lms.credits.dto import PersonHours
from lms.credits.wording import OWING, STATUSES, unit_name
from lms.kernel.i18n import gettext as _
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def hours_workbook(rows: Iterable[PersonHours]) -> bytes:
    """One line per person; amounts as numbers in the unit that stands beside them."""
    columns = (
        Column(_("姓名")),
        Column(_("单位"), 24),
        Column(_("资格级别"), 18),
        Column(_("周期起")),
        Column(_("周期止")),
        Column(_("单位（小时或学时）")),
        Column(_("要求")),
        Column(_("已计")),
        Column(_("还差")),
        Column(_("状态")),
    )
    return write_workbook([SheetPlan(_("继续教育"), columns, _lines(rows))])


def _lines(rows: Iterable[PersonHours]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        per = row.unit_minutes
        yield (
            row.name,
            row.org,
            str(OWING[row.level]) if row.level else "",
            row.first_day.isoformat() if row.first_day else "",
            row.last_day.isoformat() if row.last_day else "",
            unit_name(row.unit),
            row.required / per,
            row.counted / per,
            row.missing / per,
            str(STATUSES[row.status]),
        )
