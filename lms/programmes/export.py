"""Rounds and appointments as spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.orgs import queries as orgs
from lms.programmes import wording
from lms.programmes.appointment_models import Appointment, AppointmentEnd
from lms.programmes.models import Application
from lms.programmes.queries.appointments import last_day
from lms.programmes.queries.catalogue import Catalogue
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook

AT_ONCE = 500
"""Rows whose units are looked up together: a statement takes only so many ids."""


def round_workbook(rows: Sequence[tuple[Application, str]]) -> bytes:
    """One line per application: scores in points of 100, the place and how it came about."""
    columns = (
        Column(_("名次")), Column(_("姓名")), Column(_("单位"), 28), Column(_("编号"), 18), Column(_("状态")),
        Column(_("笔试")), Column(_("面试")), Column(_("总分")), Column(_("名次说明"), 60), Column(_("原因"), 30),
    )  # fmt: skip
    return write_workbook([SheetPlan(_("选拔名单"), columns, _applications(rows))])


def _applications(rows: Sequence[tuple[Application, str]]) -> Iterator[Sequence[Cell]]:
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        units = orgs.paths(one.org_id for one, _name in part)
        for one, name in part:
            yield (
                one.place or "", name, units[one.org_id], one.case_number, str(wording.STATES[one.state]),
                _points(one.written), _points(one.interview), _points(one.total),
                "".join(pick(text) for text in one.why), one.reason,
            )  # fmt: skip


def appointments_workbook(rows: Sequence[tuple[Appointment, AppointmentEnd | None, str]], known: Catalogue) -> bytes:
    """One line per appointment: from when to when, and how it ended."""
    columns = (
        Column(_("姓名")), Column(_("单位"), 28), Column(_("项目"), 22), Column(_("从哪天起")), Column(_("到哪天止")),
        Column(_("怎样办理")), Column(_("怎样结束")), Column(_("原因"), 30),
    )  # fmt: skip
    return write_workbook([SheetPlan(_("聘任名单"), columns, _appointments(rows, known))])


def _appointments(
    rows: Sequence[tuple[Appointment, AppointmentEnd | None, str]], known: Catalogue
) -> Iterator[Sequence[Cell]]:
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        units = orgs.paths(one.org_id for one, _end, _name in part)
        for one, end, name in part:
            last = last_day(one, end)
            yield (
                name, units[one.org_id], pick(known.title(one.programme)), one.starts_on.isoformat(),
                last.isoformat() if last else "", str(wording.BASES[one.basis]),
                str(wording.ENDS[end.kind]) if end else "", end.reason if end else "",
            )  # fmt: skip


def _points(hundredths: int | None) -> Cell:
    return "" if hundredths is None else hundredths / 100
