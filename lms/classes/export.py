"""Class groups and their members as spreadsheets."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lms.classes import wording
from lms.classes.dto import Counts
from lms.classes.models import ClassGroup
from lms.classes.queries.attendance import AttendanceLine
from lms.classes.queries.members import MemberLine
from lms.classes.queries.rotation import Progress
from lms.classes.queries.standing import Standing
from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook


def groups_workbook(
    groups: Sequence[ClassGroup], counts: Mapping[uuid.UUID, Counts], units: Mapping[uuid.UUID, str]
) -> bytes:
    """One line per group."""
    columns = (
        Column(_("班级名称"), 30), Column(_("主办单位"), 26), Column(_("类别代码")), Column(_("状态")),
        Column(_("开班日期")), Column(_("结班日期")), Column(_("总名额")), Column(_("已录取")), Column(_("候补")),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            pick(one.title), units.get(one.org_id, ""), one.category, str(wording.STATES[one.state]),
            one.starts_on.isoformat(), one.ends_on.isoformat(), one.places, counts[one.id].enrolled,
            counts[one.id].waiting,
        )
        for one in groups
    ]  # fmt: skip
    return write_workbook([SheetPlan(_("班级"), columns, rows)])


def members_workbook(lines: Sequence[MemberLine]) -> bytes:
    """One line per member, in the order of the page."""
    columns = (
        Column(_("姓名")), Column(_("单位"), 34), Column(_("状态")), Column(_("候补顺序")), Column(_("来源")),
        Column(_("加入日期")), Column(_("理由"), 30),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            line.name, line.unit, str(wording.MEMBER_STATES[line.member.state]), line.position or "",
            str(wording.SOURCES[line.member.source]), clock.local_date(line.member.joined_at).isoformat(),
            line.member.reason,
        )
        for line in lines
    ]  # fmt: skip
    return write_workbook([SheetPlan(_("学员"), columns, rows)])


def attendance_workbook(lines: Sequence[AttendanceLine]) -> bytes:
    """One line per member of a meeting: what is known, for how many minutes, and what looks odd."""
    columns = (
        Column(_("姓名")), Column(_("单位"), 34), Column(_("状态")), Column(_("到课时间")), Column(_("离开时间")),
        Column(_("计时（分钟）")), Column(_("依据"), 24), Column(_("需要核实"), 30),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            line.name, line.unit, wording.presence(line.presence)[0], wording.clock_time(line.presence.arrived),
            wording.clock_time(line.presence.left), line.presence.minutes,
            listed(dict.fromkeys(wording.MEANS[record.means] for record in line.records)),
            listed(wording.FLAGS[flag] for flag in line.flags),
        )
        for line in lines
    ]  # fmt: skip
    return write_workbook([SheetPlan(_("考勤"), columns, rows)])


def standings_workbook(standings: Sequence[Standing]) -> bytes:
    """One line per member: attendance, work, how it ended or would end now."""
    columns = (
        Column(_("姓名")), Column(_("单位"), 34), Column(_("计划（分钟）")), Column(_("出席（分钟）")),
        Column(_("缺课（百分比）")), Column(_("缺交作业")), Column(_("不合格作业")), Column(_("结果")),
        Column(_("原因"), 30),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for one in standings:
        outcome, causes = wording.outcome(one)
        rows.append(
            (
                one.line.name, one.line.unit, one.facts.planned, one.facts.attended, one.facts.absent_percent,
                one.facts.missing, one.facts.failed, outcome, causes,
            )
        )  # fmt: skip
    return write_workbook([SheetPlan(_("结业"), columns, rows)])


def alumni_workbook(rows: Iterable[Any], units: Mapping[uuid.UUID, str]) -> bytes:
    """One line per graduation."""
    columns = (
        Column(_("姓名")), Column(_("单位"), 34), Column(_("班级名称"), 30), Column(_("类别代码")),
        Column(_("结业日期")), Column(_("出席（分钟）")),
    )  # fmt: skip
    lines: list[Sequence[Cell]] = [
        (
            name, units.get(one.person_id, ""), pick(group.title), group.category, one.decided_on.isoformat(),
            one.minutes,
        )
        for one, group, name in rows
    ]  # fmt: skip
    return write_workbook([SheetPlan(_("学员名录"), columns, lines)])


def training_workbook(rows: Iterable[Any], units: Mapping[uuid.UUID, str], since: dt.date) -> bytes:
    """One line per person: when they were last trained, and where that leaves them."""
    columns = (Column(_("姓名")), Column(_("单位"), 34), Column(_("最近结业")), Column(_("状态")))
    lines: list[Sequence[Cell]] = [
        (
            row.name, units.get(row.id, ""), row.day.isoformat() if row.day else "",
            str(wording.TRAININGS[wording.training(row.day, since)]),
        )
        for row in rows
    ]  # fmt: skip
    return write_workbook([SheetPlan(_("轮训情况"), columns, lines)])


def wave_workbook(rows: Iterable[Any], units: Mapping[uuid.UUID, str]) -> bytes:
    """One line per person a wave invited."""
    columns = (Column(_("姓名")), Column(_("单位"), 34), Column(_("进展")))
    lines: list[Sequence[Cell]] = [
        (row.name, units.get(row.id, ""), str(wording.PROGRESS[Progress(row.progress)])) for row in rows
    ]
    return write_workbook([SheetPlan(_("轮训名单"), columns, lines)])
