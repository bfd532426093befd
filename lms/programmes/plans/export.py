"""The officers' list of plans as a spreadsheet: one sheet of plans, one of their measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.orgs import queries as orgs
from lms.programmes.appointment_models import Appointment
from lms.programmes.plans import queries, wording
from lms.programmes.plans.models import CultivationPlan
from lms.programmes.plans.queries import Shown
from lms.programmes.queries.catalogue import Catalogue
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook

AT_ONCE = 500
"""Rows whose units and plans are looked up together: a statement takes only so many ids."""
Rows = Sequence[tuple[Appointment, str, CultivationPlan | None]]


def plans_workbook(rows: Rows, known: Catalogue) -> bytes:
    """One line per term that has a plan or should have one, and one line per measure in force."""
    parts = [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]
    loaded: dict[UUID, Shown] = {}
    for part in parts:
        loaded.update(queries.load(plan for _term, _name, plan in part if plan is not None))
    columns = (
        Column(_("姓名")), Column(_("单位"), 28), Column(_("项目"), 22), Column(_("导师")), Column(_("状态")),
        Column(_("从哪天起")), Column(_("到哪天止")), Column(_("措施")), Column(_("已完成")), Column(_("逾期")),
        Column(_("下次考察")), Column(_("最近考察结果"), 30),
    )  # fmt: skip
    measures = (
        Column(_("姓名")), Column(_("项目"), 22), Column(_("类别")), Column(_("措施"), 36), Column(_("预期成果"), 36),
        Column(_("期限")), Column(_("状态")),
    )  # fmt: skip
    return write_workbook(
        [
            SheetPlan(_("培养计划"), columns, _plans(parts, loaded, known)),
            SheetPlan(_("措施"), measures, _measures(loaded, known)),
        ]
    )


def _plans(parts: Sequence[Rows], loaded: Mapping[UUID, Shown], known: Catalogue) -> Iterator[Sequence[Cell]]:
    for part in parts:
        units = orgs.paths(term.org_id for term, _name, _plan in part)
        for term, name, plan in part:
            first: list[Cell] = [name, units[term.org_id], pick(known.title(term.programme))]
            yield [*first, *(_facts(loaded[plan.id]) if plan is not None else ("", _("还没有计划")))]


def _facts(shown: Shown) -> Sequence[Cell]:
    plan, look = shown.plan, shown.next_look
    outcomes = [
        f"{wording.OUTCOMES[one.row.outcome]} {one.row.words}" for one in shown.looks if one.row.outcome is not None
    ]
    return (
        shown.mentor, str(wording.STATES[plan.state]), plan.first_day.isoformat(),
        (plan.ended_on or plan.last_day).isoformat(), len(shown.lines), len(shown.done), shown.late,
        look.row.due_on.isoformat() if look else "", outcomes[-1] if outcomes else "",
    )  # fmt: skip


def _measures(loaded: Mapping[UUID, Shown], known: Catalogue) -> Iterator[Sequence[Cell]]:
    for shown in loaded.values():
        for line in shown.lines:
            one = line.measure
            yield (
                shown.talent, pick(known.title(shown.programme)), str(wording.KINDS[one.kind]), one.what, one.outcome,
                one.due_on.isoformat() if one.due_on else "", str(wording.MEASURE_STATES[line.state]),
            )  # fmt: skip
