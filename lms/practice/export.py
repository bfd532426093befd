"""Placements as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.practice import wording
from lms.practice.dto import PlacementLine
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def placements_workbook(
    lines: Iterable[PlacementLine], totals: Mapping[str, tuple[int, int]], titles: Mapping[str, Mapping[str, str]]
) -> bytes:
    """One line per placement, and a second sheet with the hours by category. Amounts in 小时 as numbers."""
    columns = (
        Column(_("姓名")),
        Column(_("实训类别"), 22),
        Column(_("站点"), 28),
        Column(_("督导")),
        Column(_("开始日期")),
        Column(_("结束日期")),
        Column(_("状态")),
        Column(_("已签字（小时）")),
        Column(_("要求（小时）")),
        Column(_("反思篇数")),
        Column(_("等待签字")),
        Column(_("结业日期")),
        Column(_("计入继续教育（小时）"), 20),
        Column(_("理由"), 40),
    )
    by_category = (Column(_("实训类别"), 22), Column(_("已签字（小时）")), Column(_("人数")))
    rows = ((pick(titles.get(code, {})) or code, minutes / 60, people) for code, (minutes, people) in totals.items())
    return write_workbook([
        SheetPlan(_("实务实训"), columns, _rows(lines)),
        SheetPlan(_("分类时长"), by_category, rows),
    ])  # fmt: skip


def _rows(lines: Iterable[PlacementLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        one = line.placement
        yield (
            line.person,
            pick(line.rule.title),
            line.station,
            line.supervisor,
            one.first_day.isoformat(),
            one.last_day.isoformat(),
            str(wording.STATES[one.state]),
            line.progress.minutes / 60,
            line.rule.least_minutes / 60,
            line.progress.reflections,
            line.waiting,
            one.completed_on.isoformat() if one.completed_on else "",
            one.counted / 60,
            one.reason,
        )
