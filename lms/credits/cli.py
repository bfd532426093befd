"""`lms credits`: look into the ledger and prove it."""

from __future__ import annotations

import uuid

import click
from flask.cli import with_appcontext

from lms.credits import queries, service, wording
from lms.credits.cycles import jobs, opening, standing
from lms.credits.wording import CATEGORIES, STATUSES, why
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.people.models import Person
from lms.webkit.templating import minutes


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
    click.echo(f"{person.name} {STATUSES[summary.status]}")
    for cycle in (*summary.cycles, *summary.past):
        found = cycle.balance
        click.echo(f"{wording.cycle_title(cycle)} {STATUSES[cycle.status]}")
        click.echo(f"  {wording.in_unit(cycle, found.counted)} / {wording.in_unit(cycle, found.required)}")
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


@credits_group.command("follow")
@with_appcontext
def follow() -> None:
    """Open missing cycles and bring every standing up to today, as the hourly job does."""
    done = jobs.follow()
    click.echo(f"{done['opened']} persons with new cycles, {done['unknown'] + done['refreshed']} refreshed")


@credits_group.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Make the standing table anew from the entries and cycles."""
    click.echo(f"{standing.rebuild()} rows")


@credits_group.command("check")
@with_appcontext
def check() -> None:
    """Prove that the standing table and the cycles are what the records say; exit code 1 when they are not."""
    wrong = 0
    for person_id, what in standing.differences():
        click.echo(f"{person_id}: {what}")
        wrong += 1
    unfollowed = opening.unfollowed()
    for person_id in unfollowed:
        click.echo(f"{person_id}: a registration without its cycle")
    click.echo(f"{wrong} differences, {len(unfollowed)} registrations without cycle")
    if wrong or unfollowed:
        raise SystemExit(1)
