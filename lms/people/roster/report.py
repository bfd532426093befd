"""The marked file: the officer's own rows with faulty cells in red, each with its reason, and a column of reasons."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePosixPath

from sqlalchemy import select

from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import sentences
from lms.people.models import RosterProblem
from lms.people.roster.layout import COLUMN, PROBLEMS_HEADER, SHEET, SHEET_NAMES, Header
from lms.people.wording import say
from lms.webkit.spreadsheets import Column, Marked, Row, SheetPlan, read_sheet, write_workbook


def marked_name(file_name: str) -> str:
    """The name of the marked file."""
    return _("%(name)s-标注.xlsx", name=PurePosixPath(file_name).stem)


def marked_file(import_id: uuid.UUID, header: Header, content: bytes) -> bytes:
    """Write the uploaded sheet again with its problems."""
    with read_sheet(content, SHEET_NAMES) as sheet:
        rows = (row for chunk in sheet.chunks for row in chunk)
        cells = next(cells for number, cells in rows if number == header.row_number)
        keep = [at for at in range(len(cells)) if at != header.problems]
        columns = [_column(header, at, cells[at]) for at in keep] + [Column(str(PROBLEMS_HEADER), 60)]
        plan = SheetPlan(str(SHEET), columns, _marked_rows(header, keep, rows, _problems(import_id)))
        return write_workbook([plan])


def _column(header: Header, at: int, title: str) -> Column:
    key = next((key for key, place in header.places.items() if place == at), None)
    return Column(title, COLUMN[key].width, required=COLUMN[key].required) if key else Column(title)


def _problems(import_id: uuid.UUID) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Row by row in the order of the sheet: what is wrong in which column, in words."""
    query = (
        select(RosterProblem.row_number, RosterProblem.column, RosterProblem.code, RosterProblem.params)
        .where(RosterProblem.import_id == import_id)
        .order_by(RosterProblem.row_number)
        .execution_options(yield_per=1000)
    )
    for number, found in groupby(db.session.execute(query), key=lambda row: row.row_number):
        wrong: dict[str, list[str]] = defaultdict(list)
        for row in found:
            wrong[row.column].append(say(row.code, row.params))
        yield number, wrong


def _marked_rows(
    header: Header, keep: Sequence[int], rows: Iterator[Row], problems: Iterator[tuple[int, dict[str, list[str]]]]
) -> Iterator[Sequence[str | Marked]]:
    by_place = {place: key for key, place in header.places.items()}
    next_faulty, found = next(problems, (0, {}))
    for number, cells in rows:
        wrong: dict[str, list[str]] = {}
        if number == next_faulty:
            wrong = found
            next_faulty, found = next(problems, (0, {}))
        marked: list[str | Marked] = []
        for at in keep:
            text, messages = cells[at] if at < len(cells) else "", wrong.get(by_place.get(at, ""))
            marked.append(Marked(text, "\n".join(messages)) if messages else text)
        reasons = [_("%(name)s：%(message)s", name=COLUMN[key].title, message=sentences(wrong[key])) for key in wrong]
        yield [*marked, sentences(reasons)]
