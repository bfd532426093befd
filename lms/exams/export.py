"""Results as a spreadsheet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from lms.exams import queries, wording
from lms.exams.models import Result
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook
from lms.webkit.templating import moment


def results_workbook(session_id: uuid.UUID) -> bytes:
    """One line per seat; marks as numbers, absence as a word. A second sheet has the figures of each item."""
    people = (
        Column(_("准考证号"), 20),
        Column(_("姓名")),
        Column(_("单位"), 26),
        Column(_("结果")),
        Column(_("得分")),
        Column(_("满分")),
        Column(_("是否合格")),
        Column(_("开考时间"), 20),
        Column(_("交卷时间"), 20),
    )
    items = (
        Column(_("题号"), 18),
        Column(_("考生数")),
        Column(_("难度（平均得分率 %）"), 20),
        Column(_("区分度")),
        Column(_("未答")),
    )
    return write_workbook(
        [SheetPlan(_("成绩表"), people, _lines(session_id)), SheetPlan(_("题目分析"), items, _item_lines(session_id))]
    )


def _lines(session_id: uuid.UUID) -> Iterator[Sequence[Cell]]:
    rows = list(db.session.execute(queries.seats(session_id)))
    units = queries.units_of([row[0].person_id for row in rows])
    for seat, name, sitting, result, _form in rows:
        yield (
            seat.ticket,
            name,
            units.get(seat.person_id, ""),
            wording.outcome(result.outcome) if result else _("未评分"),
            *_score(result),
            moment(sitting.started_at) if sitting else "",
            moment(sitting.submitted_at) if sitting else "",
        )


def _score(result: Result | None) -> tuple[Cell, Cell, Cell]:
    if result is None or result.half_points is None:
        return "", "", ""
    return result.half_points / 2, result.total_half_points / 2, _("合格") if result.passed else _("未合格")


def _item_lines(session_id: uuid.UUID) -> Iterator[Sequence[Cell]]:
    for row in queries.item_figures(session_id):
        yield (
            row.ref,
            row.candidates,
            row.facility / 10,
            "" if row.discrimination is None else row.discrimination / 1000,
            row.choices.get("none", 0),
        )
