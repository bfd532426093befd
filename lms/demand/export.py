"""Demand as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from lms.demand.forms import STATES
from lms.demand.queries import Rating, WeakPoint, WishLine
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def demand_workbook(wishes: Sequence[WishLine], ratings: Sequence[Rating], points: Sequence[WeakPoint]) -> bytes:
    """Three sheets: wishes with votes, classes with ratings (of five), syllabus points with the share of marks lost."""
    wanted: list[Sequence[Cell]] = [
        (one.wish.title, one.votes, str(STATES[one.wish.state]), one.wish.answer) for one in wishes
    ]
    rated: list[Sequence[Cell]] = [
        (pick(one.group.title), one.answers, *(_of_five(mean) for mean in (one.content, one.teaching, one.use)))
        for one in ratings
    ]
    weak: list[Sequence[Cell]] = [(pick(one.title), one.figure.answers, one.figure.lost) for one in points]
    topic = Column(_("想学什么"), 40)
    marks = [Column(text) for text in (_("评价人数"), _("内容"), _("讲授"), _("对工作有用"))]
    lost = Column(_("失分率（百分比）"))
    return write_workbook([
        SheetPlan(_("想学的主题"), (topic, Column(_("票数")), Column(_("处理")), Column(_("答复"), 40)), wanted),
        SheetPlan(_("班级评价"), (Column(_("班级"), 30), *marks), rated),
        SheetPlan(_("薄弱考点"), (Column(_("考点"), 40), Column(_("作答次数")), lost), weak),
    ])  # fmt: skip


def _of_five(mean: int | None) -> Cell:
    return "" if mean is None else mean / 10
