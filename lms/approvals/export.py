"""Work lists and notices as spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lms.approvals import kinds
from lms.approvals.chain import StandingStep
from lms.approvals.models import ApprovalCase, CaseState
from lms.approvals.queries.notices import EntryNow, public_columns
from lms.approvals.wording import STATES
from lms.kernel.clock import local_date
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def cases_workbook(cases: Iterable[ApprovalCase]) -> bytes:
    """One line per case; amounts in 元 as numbers."""
    columns = (
        Column(_("编号"), 16),
        Column(_("申请人")),
        Column(_("单位"), 30),
        Column(_("事项"), 18),
        Column(_("申请内容"), 30),
        Column(_("金额（元）")),
        Column(_("状态")),
        Column(_("当前环节"), 18),
        Column(_("办理单位"), 20),
        Column(_("期限")),
        Column(_("提交日期")),
        Column(_("办结日期")),
    )
    return write_workbook([SheetPlan(_("申请"), columns, _lines(cases))])


def _lines(cases: Iterable[ApprovalCase]) -> Iterator[Sequence[Cell]]:
    titles = {key: str(kind.title) for key, kind in kinds.known().items()}
    for case in cases:
        step = StandingStep.parse(case.steps[case.step_at - 1]) if case.state is CaseState.OPEN else None
        yield (
            case.number,
            case.applicant_name,
            case.applicant_unit,
            titles.get(case.kind, case.kind),
            pick(case.title),
            case.amount_fen / 100 if case.amount_fen is not None else "",
            str(STATES[case.state]),
            pick(step.step.title) if step else "",
            step.unit if step else "",
            case.due_on.isoformat() if case.due_on else "",
            local_date(case.opened_at).isoformat(),
            local_date(case.closed_at).isoformat() if case.closed_at else "",
        )


def notice_workbook(entries: Sequence[EntryNow]) -> bytes:
    """A notice's list as it was published: masked names, public facts only."""
    facts = public_columns(entries)
    shown = (Column(pick(label), 18) for _key, label in facts)
    columns = (Column(_("序号"), 8), Column(_("姓名")), Column(_("单位"), 34), *shown)
    rows: Iterator[Sequence[Cell]] = (
        (one.entry.position, one.entry.name, one.entry.unit, *(pick(one.value(key)) for key, _label in facts))
        for one in entries
    )
    return write_workbook([SheetPlan(_("公示名单"), columns, rows)])
