"""`lms credits`: look into the ledger and prove it."""

from __future__ import annotations

import uuid

import click
from flask.cli import with_appcontext

from lms.credits import queries, service
from lms.credits.wording import CATEGORIES, STANDINGS, why
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.people.models import Person
from lms.webkit.templating import day, minutes


@click.group("credits")
def credits_group() -> None:
    """Look into the ledger of continuing-education hours and prove it."""


@credits_group.command("show")
@click.argument("person_id", type=click.UUID)
@with_appcontext
def show(person_id: uuid.UUID) -> None:
    """Print a person's hours and every entry with why it counted."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("找不到这个人。"))
    summary = queries.summary(person_id)
    click.echo(f"{person.name} {STANDINGS[summary.standing]}")
    if summary.period is not None:
        click.echo(f"{day(summary.period.first_day)} - {day(summary.period.last_day)}")
        click.echo(f"{minutes(summary.earned)} / {minutes(summary.required)}")
    for entry in db.session.scalars(queries.entries(person_id)):
        click.echo(f"{entry.occurred_on} {minutes(entry.minutes):>12} {CATEGORIES[entry.category]} {pick(entry.title)}")
        click.echo(f"           {why(entry)}")
    click.echo(_("合计 %(time)s", time=minutes(summary.ever)))


@credits_group.command("recompute")
@click.option("--write", is_flag=True, help="Enter completed courses that have no entry yet.")
@with_appcontext
def recompute(write: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Add the ledger up entry by entry and compare; exit code 1 when anything differs."""
    entries, faults = service.check_ledger()
    for fault in faults:
        click.echo(f"{fault.entry_id}: {fault.reason}")
    missing = service.write_missing(SYSTEM) if write else len(queries.unrecorded_completions())
    ending = "entered" if write else "without entry"
    click.echo(f"{entries} entries, {len(faults)} faults, {missing} completions {ending}")
    if faults or (missing and not write):
        raise SystemExit(1)
