"""Commands for rosters."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import click
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from sqlalchemy import select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import worker
from lms.kernel.models import Job, JobState
from lms.orgs import queries as orgs
from lms.people.dto import PeopleFilter
from lms.people.models import ApplyMode, ImportState, RosterImport, RosterProblem
from lms.people.roster import export, files, service
from lms.people.roster.layout import COLUMN
from lms.people.roster.template import template
from lms.people.wording import refusal, say
from lms.webkit.uploads import XLSX, accept_bytes

SHOWN_PROBLEMS = 20
_ENDED = {JobState.DONE, JobState.FAILED, JobState.CANCELLED}
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("people")
def people_group() -> None:
    """Import and export rosters."""


@people_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--org", "org_code", required=True, help="Management code of the unit; rows may be for it and below.")
@click.option("--apply", "mode", flag_value="all", help="Write every row when none is faulty.")
@click.option("--only-correct", "mode", flag_value="only_correct", help="Write the rows without a fault.")
@click.option("--marked", type=_FILE, help="Where to put the file with the faulty cells marked.")
@with_appcontext
@pass_script_info
def people_import(script: ScriptInfo, file: Path, org_code: str, mode: str | None, marked: Path | None) -> None:
    """Check the roster FILE (.xlsx) and, on request, write it. Exit code 1 when rows were faulty and left out."""
    upload = accept_bytes(file.name, file.read_bytes(), [XLSX], megabytes=100)
    roster = _run(script, service.start_import(SYSTEM, upload, orgs.by_code(org_code).id))
    _tell(roster, marked)
    if mode and roster.state is ImportState.CHECKED and roster.rows_new + roster.rows_changed:
        service.request_apply(SYSTEM, roster.id, ApplyMode(mode))
        roster = _run(script, roster.id)
        click.echo(f"{roster.state}: {roster.rows_new} new, {roster.rows_changed} changed")
    if roster.failure:
        raise click.ClickException(refusal(roster.failure["code"], roster.failure["params"]))
    if roster.rows_faulty:
        raise SystemExit(1)


@people_group.command("export")
@click.option("--org", "org_code", required=True, help="Management code of the unit whose people to export.")
@click.option("--to", "target", type=_FILE, required=True, help="The .xlsx to write.")
@click.option("--clear", is_flag=True, help="Write whole identity and phone numbers; needs --reason.")
@click.option("--reason", default="", help="Why the numbers are needed; goes into the audit log.")
@with_appcontext
@pass_script_info
def people_export(script: ScriptInfo, org_code: str, target: Path, reason: str, *, clear: bool) -> None:
    """Write the people of a unit and below as a roster that `import` reads back."""
    wanted = PeopleFilter(org_id=orgs.by_code(org_code).id)
    job_id = export.request_export(SYSTEM, wanted, clear=clear, reason=reason)
    job = _finished(script, job_id)
    _name, content = export.exported_file(SYSTEM, job_id)
    target.write_bytes(content)
    click.echo(f"{(job.result or {}).get('rows')} people written to {target}")


@people_group.command("template")
@click.option("--to", "target", type=_FILE, required=True, help="The .xlsx to write.")
@with_appcontext
def people_template(target: Path) -> None:
    """Write the empty roster with its instructions."""
    target.write_bytes(template(SYSTEM))
    click.echo(f"template written to {target}")


def _run(script: ScriptInfo, import_id: uuid.UUID) -> RosterImport:
    """Work on the import's present job until it has ended, here or in another worker."""
    job_id = db.session.scalar(select(RosterImport.job_id).where(RosterImport.id == import_id))
    if job_id is not None:
        _finished(script, job_id)
    return db.session.get_one(RosterImport, import_id, populate_existing=True)


def _finished(script: ScriptInfo, job_id: uuid.UUID) -> Job:
    app, name = script.load_app(), worker.worker_name()
    while True:
        worker.run_one(app, name, job_id)
        db.session.remove()
        job = db.session.get_one(Job, job_id)
        if job.state is JobState.FAILED:
            raise click.ClickException(f"the job failed: {job.error.strip().splitlines()[-1]}")
        if job.state in _ENDED:
            return job
        time.sleep(0.5)


def _tell(roster: RosterImport, marked: Path | None) -> None:
    click.echo(
        f"{roster.rows_total} rows: {roster.rows_new} new, {roster.rows_changed} changed, "
        f"{roster.rows_unchanged} unchanged, {roster.rows_faulty} faulty"
    )
    query = select(RosterProblem).where(RosterProblem.import_id == roster.id).order_by(RosterProblem.row_number)
    for problem in db.session.scalars(query.limit(SHOWN_PROBLEMS)):
        title = COLUMN[problem.column].title
        click.echo(f"  row {problem.row_number}, {title}: {say(problem.code, problem.params)}")
    if marked is not None and roster.report_file_id is not None:
        marked.write_bytes(files.fetch(roster.report_file_id))
        click.echo(f"marked file written to {marked}")
