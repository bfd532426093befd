"""Claims of outside learning as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from lms.approvals.models import ApprovalCase
from lms.credits.evidence import queries, wording
from lms.credits.evidence.models import EvidenceClaim
from lms.credits.wording import CATEGORIES
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook

Row = tuple[EvidenceClaim, ApprovalCase]


def claims_workbook(parts: Iterable[Sequence[Row]]) -> bytes:
    """One line per claim, as many at once as are given; what was stated in its own unit, what counts in 小时."""
    columns = (
        Column(_("编号"), 18),
        Column(_("姓名")),
        Column(_("单位"), 28),
        Column(_("学习类别"), 22),
        Column(_("活动名称"), 30),
        Column(_("举办单位"), 24),
        Column(_("开始日期")),
        Column(_("结束日期")),
        Column(_("申报数量")),
        Column(_("折合（小时）")),
        Column(_("通过时计入（小时）")),
        Column(_("现在计入（小时）")),
        Column(_("科目类别")),
        Column(_("状态")),
        Column(_("怎么计的"), 60),
    )
    return write_workbook([SheetPlan(_("校外学习申报"), columns, chain.from_iterable(map(_lines, parts)))])


def _lines(rows: Sequence[Row]) -> Iterator[Sequence[Cell]]:
    claims = [claim for claim, _case in rows]
    rules, standing = queries.rules_of(claims), queries.standing_minutes([claim.id for claim in claims])
    for claim, case in rows:
        rule = rules[claim.rule_id]
        yield (
            claim.case_number,
            case.applicant_name,
            case.applicant_unit,
            pick(rule.title),
            claim.title,
            claim.organiser,
            claim.first_day.isoformat(),
            claim.last_day.isoformat(),
            wording.amount(claim.amount_halves, rule.unit),
            claim.stated / 60,
            claim.counted / 60,
            standing[claim.id] / 60,
            str(CATEGORIES[rule.category]),
            str(wording.STATES[claim.state]),
            wording.why(claim.why),
        )
