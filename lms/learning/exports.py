"""Learners' progress as a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.learning.dto import ProgressRow
from lms.learning.wording import ENROLMENT_STATES
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook


def progress_workbook(rows: Iterable[ProgressRow]) -> bytes:
    """One row per enrolment. Names and units only: nothing that has to be masked."""
    columns = [
        Column(_("姓名"), 12),
        Column(_("单位"), 28),
        Column(_("课程版本"), 12),
        Column(_("第几轮"), 8),
        Column(_("状态"), 10),
        Column(_("已学完（课）"), 12),
        Column(_("共（课）"), 10),
        Column(_("学习时间（分钟）"), 16),
        Column(_("选课日期"), 14),
        Column(_("学完日期"), 14),
    ]
    return write_workbook([SheetPlan(_("学习进度"), columns, (_cells(row) for row in rows))])


def _cells(row: ProgressRow) -> list[str | float]:
    return [
        row.name,
        row.unit,
        row.version,
        row.round,
        str(ENROLMENT_STATES[row.state]),
        row.done,
        row.lessons,
        row.seconds // 60,
        _day(row.enrolled_at),
        _day(row.completed_at),
    ]


def _day(moment: dt.datetime | None) -> str:
    return clock.local_date(moment).isoformat() if moment else ""
