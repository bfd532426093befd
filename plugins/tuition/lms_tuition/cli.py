"""`lms tuition`: begin with illustrative schemes, list what is in force."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import with_appcontext

from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import SYSTEM, clock
from lms_tuition import explaining, wording
from lms_tuition.queries import schemes
from lms_tuition.service.schemes import seed

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("seed")
@click.option("--from", "valid_from", type=DAY, help="Studies applied for from this day on; 1 January by default.")
@with_appcontext
def seed_command(valid_from: dt.datetime | None) -> None:
    """Save the illustrative schemes of levels that have none yet. Their rates and caps are examples, marked 示例."""
    first_day = valid_from.date() if valid_from else clock.today().replace(month=1, day=1)
    saved = seed(SYSTEM, first_day)
    for level in saved:
        click.echo(level)
    click.echo(f"{len(saved)} schemes saved")


@click.command("schemes")
@with_appcontext
def schemes_command() -> None:
    """List every level of degree with what is paid for a study applied for today."""
    for scheme in schemes.known():
        revision = scheme.on(clock.today())
        if revision is None:
            click.echo(f"{scheme.level:<10} -")
            continue
        terms = revision.terms
        mark = _("示例") if revision.illustrative else ""
        parts = [explaining.rate(terms), str(wording.TIMINGS[terms.timing]), wording.deadline(terms)]
        said = "; ".join([*parts, wording.service_term(terms)])
        click.echo(f"{scheme.level:<10} {said} {mark}".rstrip())


COMMANDS = (seed_command, schemes_command)
