"""Sign-ups and points as spreadsheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.prep.dto import SignUpLine, WeakPoint
from lms.prep.models import Source
from lms.prep.wording import SOURCES
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def sign_ups_workbook(
    lines: Iterable[SignUpLine], weeks: Sequence[tuple[dt.date, int]], sources: Sequence[tuple[Source, int, int]]
) -> bytes:
    """One line per sign-up, and sheets by week and by source. Phones are masked."""
    columns = (
        Column(_("姓名")),
        Column(_("手机号码"), 18),
        Column(_("区（市）县"), 18),
        Column(_("从哪里知道的"), 18),
        Column(_("报名日期")),
        Column(_("练习份数")),
        Column(_("已并入名册")),
        Column(_("之后取得证书")),
    )
    by_week = (Column(_("一周（从周一起）"), 18), Column(_("报名人数")))
    by_source = (Column(_("从哪里知道的"), 18), Column(_("报名人数")), Column(_("之后取得证书")))
    return write_workbook([
        SheetPlan(_("报名名单"), columns, _rows(lines)),
        SheetPlan(_("按周"), by_week, ((day.isoformat(), number) for day, number in weeks)),
        SheetPlan(_("按来源"), by_source, ((str(SOURCES[one]), number, passed) for one, number, passed in sources)),
    ])  # fmt: skip


def points_workbook(points: Sequence[WeakPoint]) -> bytes:
    """One line per syllabus point, the weakest first."""
    columns = (
        Column(_("考点")),
        Column(_("名称"), 40),
        Column(_("得分率（百分比）"), 18),
        Column(_("答题次数")),
        Column(_("人数")),
    )
    rows = ((one.point, pick(one.title), one.percent, one.answers, one.learners) for one in points)
    return write_workbook([SheetPlan(_("考点得分率"), columns, rows)])


def _rows(lines: Iterable[SignUpLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        row = line.sign_up
        yield (
            row.name,
            line.phone,
            line.unit,
            str(SOURCES[row.source]),
            row.signed_up_on.isoformat(),
            line.papers,
            _("是") if line.merged else _("否"),
            line.passed_on.isoformat() if line.passed_on else "",
        )
