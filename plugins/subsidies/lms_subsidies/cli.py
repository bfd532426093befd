"""`lms subsidies`: begin with illustrative schemes, list what is in force."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import with_appcontext

from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import pick, yuan
from lms.plugin_api.work import SYSTEM, clock
from lms_subsidies import wording
from lms_subsidies.queries import schemes
from lms_subsidies.service.schemes import seed

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("seed")
@click.option("--from", "valid_from", type=DAY, help="Certificates obtained from this day on; 1 January by default.")
@with_appcontext
def seed_command(valid_from: dt.datetime | None) -> None:
    """Save the illustrative schemes whose basis has none yet. Their amounts are examples, marked 示例."""
    first_day = valid_from.date() if valid_from else clock.today().replace(month=1, day=1)
    saved = seed(SYSTEM, first_day)
    for code in saved:
        click.echo(code)
    click.echo(f"{len(saved)} schemes saved")


@click.command("schemes")
@with_appcontext
def schemes_command() -> None:
    """List the schemes with what each grants for a certificate obtained today."""
    for scheme in schemes.known():
        revision = scheme.on(clock.today())
        if revision is None:
            click.echo(f"{scheme.code:<14} {scheme.basis:<28} -")
            continue
        mark = _("示例") if revision.illustrative else ""
        title = pick(revision.title)
        click.echo(f"{scheme.code:<14} {scheme.basis:<28} {yuan(revision.amount_fen):>14}  {title} {mark}".rstrip())
        for condition in map(wording.condition, revision.terms(scheme.basis).conditions):
            click.echo(f"{'':<14} {condition}")


COMMANDS = (seed_command, schemes_command)
