"""Rosters for tests: files to upload, and what became of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask import current_app
from sqlalchemy import select

from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.jobs import worker
from lms.people.models import ApplyMode, RosterImport, RosterProblem
from lms.people.roster import service
from lms.people.roster.layout import COLUMNS, SHEET_NAMES
from lms.testing.factories.people import make_id_number
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook
from lms.webkit.uploads import XLSX, Upload

_NUMERALS = str.maketrans("0123456789", "零一二三四五六七八九")  # names have no digits


def roster_row(order: int, unit: str, /, **cells: str) -> dict[str, str]:
    """A faultless row of a roster; `cells` override by column key."""
    row = {
        "name": f"李四{order}".translate(_NUMERALS),
        "id_number": make_id_number(order, dt.date(1980, 1, 1)),
        "phone": f"139{order:08d}",
        "unit": unit,
        "post": "社区工作者",
        "started_on": "2024-03-01",
    }
    return row | cells


def make_roster(rows: Iterable[Mapping[str, str]]) -> bytes:
    """An .xlsx with the roster's columns and these rows."""
    columns = [Column(column.chinese) for column in COLUMNS]
    cells = [[row.get(column.key, "") for column in COLUMNS] for row in rows]
    return write_workbook([SheetPlan(SHEET_NAMES[0], columns, cells)])


def run_jobs() -> None:
    """Run every job that is due."""
    worker.drain(cast("Any", current_app)._get_current_object())  # noqa: SLF001 - Flask's documented way to the app


def check(actor: Actor, org_id: uuid.UUID, rows: Iterable[Mapping[str, str]] | bytes) -> RosterImport:
    """Upload a roster and let its check run."""
    content = rows if isinstance(rows, bytes) else make_roster(rows)
    import_id = service.start_import(actor, Upload("名册.xlsx", XLSX, content), org_id)
    run_jobs()
    return reload(import_id)


def apply(roster: RosterImport, mode: ApplyMode = ApplyMode.ALL, actor: Actor = SYSTEM) -> RosterImport:
    """Ask for a checked roster to be written and let the job run."""
    service.request_apply(actor, roster.id, mode)
    run_jobs()
    return reload(roster.id)


def reload(import_id: uuid.UUID) -> RosterImport:
    """The import as it is now."""
    return db.session.get_one(RosterImport, import_id, populate_existing=True)


def problems(roster: RosterImport) -> set[tuple[int, str, str]]:
    """Row, column and code of every problem."""
    rows = db.session.scalars(select(RosterProblem).where(RosterProblem.import_id == roster.id))
    return {(row.row_number, row.column, row.code) for row in rows}


def counts(roster: RosterImport) -> tuple[int, int, int, int]:
    """New, changed, unchanged, faulty."""
    return roster.rows_new, roster.rows_changed, roster.rows_unchanged, roster.rows_faulty
