"""The dry run: read the file, name every faulty cell, stage the readable rows sealed. Nothing of the city changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from sqlalchemy import delete, update

from lms.kernel import clock
from lms.kernel.bulk import collector_paused, insert_many
from lms.kernel.db import db
from lms.kernel.errors import Invalid
from lms.kernel.i18n import in_locale, zh
from lms.kernel.ids import new_id
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work
from lms.people.models import ImportState, RosterImport, RosterProblem, RosterRow, RowOutcome
from lms.people.roster import compare, files, report
from lms.people.roster.job import RosterJob, discard_rows
from lms.people.roster.layout import HEADER_SEARCH_ROWS, MAX_ROWS, SHEET_NAMES, Header, recognise
from lms.people.roster.reading import ReadRow, RosterReader
from lms.people.roster.units import UnitFinder
from lms.people.rules import Fault
from lms.people.sealed import Sealer
from lms.webkit.spreadsheets import Row, Sheet, read_sheet

BATCH = 5000
ROW_COLUMNS = (
    "import_id", "row_number", "id", "person_id", "outcome", "name", "id_document", "id_number_sealed",
    "id_number_index", "id_tail_index", "birth_date", "phone_sealed", "phone_index", "email", "org_id", "post",
    "started_on", "ended_on", "kind", "certificate_number", "obtained_on", "registered_from", "registered_until",
)  # fmt: skip
_REST = attrgetter(
    "started_on", "ended_on", "qualification", "certificate_number", "obtained_on", "registered_from",
    "registered_until",
)  # fmt: skip


def check_roster(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Job: check one uploaded roster. Run again after a crash it starts from the beginning."""
    job = RosterJob.load(payload, ImportState.CHECKING)
    if job is None:
        return None
    _clear(job)
    content = files.fetch(job.file_id)
    try:
        header, total = _stage(context, job, content)
    except Fault as fault:
        _finish(job, ImportState.FAILED, failure={"code": fault.code, "params": fault.params})
        return None
    with unit_of_work(job.actor) as uow:
        compare.compare(uow, job.id, job.writable_units())
        counts = compare.count(uow.session, job.id)
    context.progress(total, total, zh("正在整理结果", "Writing the result"))
    with in_locale(job.locale):
        marked = report.marked_file(job.id, header, content) if counts["rows_faulty"] else None
        _finish(job, ImportState.CHECKED, marked, rows_total=total, ignored_columns=list(header.ignored), **counts)
    return counts


def _clear(job: RosterJob) -> None:
    with unit_of_work(job.actor) as uow:
        discard_rows(uow, job.id)
        uow.change(delete(RosterProblem).where(RosterProblem.import_id == job.id))


def _stage(context: JobContext, job: RosterJob, content: bytes) -> tuple[Header, int]:
    """Read and stage every row; returns the header and the number of rows. Raises `Fault` for the file as a whole."""
    try:
        with collector_paused(), read_sheet(content, SHEET_NAMES) as sheet:
            units = UnitFinder.load(set(db.session.scalars(job.writable_units())))
            header, rows = open_roster(sheet)
            reader, sealer = RosterReader(header, units.find, clock.today()), Sealer()
            while batch := list(islice(rows, BATCH)):
                _stage_batch(job, reader, sealer, batch)
                if reader.rows > MAX_ROWS:
                    raise Fault("too_many_rows", limit=MAX_ROWS)
                context.progress(reader.last_row, sheet.height, zh("正在检查", "Checking"))
    except Invalid as error:
        raise Fault(error.code) from None
    if not reader.rows:
        raise Fault("no_rows")
    return header, reader.rows


def open_roster(sheet: Sheet) -> tuple[Header, Iterator[Row]]:
    """Find the header near the top; returns it and the rows below. Raises `Fault`."""
    rows = chain.from_iterable(sheet.chunks)
    for number, cells in rows:
        if number > HEADER_SEARCH_ROWS:
            break
        header = recognise(number, cells)
        if header is not None:
            if header.missing:
                raise Fault("columns_missing", columns=list(header.missing))
            if header.doubled:
                raise Fault("columns_doubled", columns=list(header.doubled))
            return header, rows
    raise Fault("header_missing")


def _stage_batch(job: RosterJob, reader: RosterReader, sealer: Sealer, batch: list[Row]) -> None:
    """Check the next rows and stage them, in one transaction."""
    readable = reader.read(batch)
    with unit_of_work(job.actor) as uow:
        insert_many(uow.session, RosterRow, ROW_COLUMNS, _staged(job.id, readable, sealer))
        problems = ((job.id, one.row_number, one.column, one.code, one.params) for one in reader.take_problems())
        insert_many(uow.session, RosterProblem, compare.PROBLEM_COLUMNS, problems)


def _staged(import_id: uuid.UUID, rows: list[ReadRow], sealer: Sealer) -> Iterator[tuple[Any, ...]]:
    """The values of `ROW_COLUMNS` for each row."""
    for row in rows:
        own_id = new_id()
        yield (
            import_id, row.number, own_id, own_id, RowOutcome.NEW, row.name, row.id_document,
            *sealer.id_number(row.id_number), row.birth_date, *sealer.phone(row.phone), row.email or "",
            row.unit, row.post or "", *_REST(row),
        )  # fmt: skip


def _finish(job: RosterJob, state: ImportState, marked: bytes | None = None, **values: Any) -> None:
    """Write down the result, unless the officer cancelled meanwhile."""
    with unit_of_work(job.actor) as uow:
        if marked is not None:
            file = files.keep(uow, report.marked_name(job.file_name), marked)
            uow.session.flush()
            values["report_file_id"] = file.id
        kept = uow.change(
            update(RosterImport)
            .where(RosterImport.id == job.id, RosterImport.state == ImportState.CHECKING)
            .values(state=state, **values)
        )
        if not kept or state is ImportState.FAILED:
            discard_rows(uow, job.id)
