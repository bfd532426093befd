"""`lms programmes`: look for records that do not fit together."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lms.kernel.actor import SYSTEM
from lms.kernel.errors import LmsError
from lms.programmes.service import checking


@click.group("programmes")
def programmes_group() -> None:
    """Look after appointments."""


@programmes_group.command("check")
@click.option("--fix", is_flag=True, help="Do what is suggested, where something can be done.")
@with_appcontext
def check(*, fix: bool) -> None:
    """Print records that do not fit together, and what would be done; nothing is changed without --fix."""
    faults, mended = checking.find(SYSTEM), 0
    for fault in faults:
        click.echo(f"{fault.kind} {fault.appointment_id} {fault.person} {fault.programme}: {fault.text} {fault.fix}")
        if fix and fault.last_day is not None:
            try:
                checking.repair(SYSTEM, fault.kind, fault.appointment_id)
                mended += 1
            except LmsError as refusal:
                click.echo(f"  not mended: {refusal}")
    click.echo(f"{len(faults)} found, {mended} mended" if fix else f"{len(faults)} found")
