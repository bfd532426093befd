"""`lms plugins`: what is installed, how it stands, and everything an operator does to it."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.orgs.queries import by_code
from lms.plugin_host import newplugin, service
from lms.plugin_host.dump import dump
from lms.plugin_host.hookdoc import hooks_document
from lms.plugin_host.host import Standing, host

_name = click.argument("name")


@click.group("plugins")
def plugins_group() -> None:
    """Look after plugins. Code is installed with pip; a restart loads it, `enable` makes it work."""


@plugins_group.command("list")
@with_appcontext
def plugins_list() -> None:
    """List every plugin with its version and how it stands."""
    known = host().overview()
    for one in known:
        click.echo(f"{one.name:<16} {one.version:<10} {one.standing:<8} {one.reason}".rstrip())
    if not known:
        click.echo("none installed")


@plugins_group.command("check")
@click.argument("name", required=False)
@with_appcontext
def plugins_check(name: str | None) -> None:
    """Say what is wrong with NAME, or with any plugin; exit code 1 when there is something."""
    known = [host().about(name)] if name else host().overview()
    faulty = 0
    for one in known:
        wrong = one.standing in {Standing.BROKEN, Standing.GONE, Standing.TRIPPED, Standing.BEHIND, Standing.WAITING}
        faulty += wrong
        click.echo(f"{one.name}: {one.standing}{': ' + one.reason if one.reason else ''}")
        for warning in one.plugin.warnings if one.plugin else ():
            click.echo(f"{one.name}: warning: {warning}")
        lost = host().broken.get(one.name)
        if lost and lost.trace:
            click.echo(lost.trace.rstrip())
    if faulty:
        raise SystemExit(1)


@plugins_group.command("enable")
@_name
@with_appcontext
def plugins_enable(name: str) -> None:
    """Bring the tables of NAME up to date and switch it on; a running site follows within a second."""
    service.enable(SYSTEM, name)
    click.echo(f"{name} is on")


@plugins_group.command("disable")
@_name
@click.option("--reason", default="", help="Why: shown to the auditor.")
@with_appcontext
def plugins_disable(name: str, reason: str) -> None:
    """Switch NAME off; its data stays, a running site follows within a second."""
    service.disable(SYSTEM, name, reason)
    click.echo(f"{name} is off")


@plugins_group.command("upgrade")
@_name
@with_appcontext
def plugins_upgrade(name: str) -> None:
    """Bring the tables of NAME to what its code needs (`lms db upgrade` does it for all that are on)."""
    click.echo(f"{name} at {service.upgrade(SYSTEM, name) or 'no tables'}")


@plugins_group.command("downgrade")
@_name
@click.argument("revision")
@with_appcontext
def plugins_downgrade(name: str, revision: str) -> None:
    """Take the tables of NAME, which must be off, back to REVISION; `base` removes them."""
    click.echo(f"{name} at {service.downgrade(SYSTEM, name, revision) or 'no tables'}")


@plugins_group.command("units")
@_name
@click.option("--on", "on", multiple=True, metavar="CODE", help="Offer it to this unit and below.")
@click.option("--off", "off", multiple=True, metavar="CODE", help="Keep it from this unit and below.")
@click.option("--inherit", multiple=True, metavar="CODE", help="Let the units above decide.")
@click.option("--elsewhere", type=click.Choice(["on", "off"]), help="What holds for units nobody decided about.")
@with_appcontext
def plugins_units(
    name: str, on: tuple[str, ...], off: tuple[str, ...], inherit: tuple[str, ...], elsewhere: str | None
) -> None:
    """Say or change for which units NAME is on."""
    for codes, active in ((on, True), (off, False), (inherit, None)):
        for code in codes:
            service.offer_to(SYSTEM, name, by_code(code).id, active=active)
    if elsewhere is not None:
        service.offer_everywhere(SYSTEM, name, everywhere=elsewhere == "on")
    for code, unit, active in service.units_of(name):
        click.echo(f"{code:<14} {'on' if active else 'off':<4} {unit}")
    switch = host().about(name).switch
    click.echo(f"elsewhere      {'on' if switch and switch.everywhere else 'off'}")


@plugins_group.command("export")
@_name
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def plugins_export(name: str, target: Path) -> None:
    """Write all data of NAME, on, off or gone, to the ZIP file TARGET."""
    host().about(name)
    with db.engine.connect() as connection:
        counts = dump(connection, name, target)
    for table, rows in counts.items():
        click.echo(f"{table}: {rows}")
    click.echo(str(target))


@plugins_group.command("purge")
@_name
@click.option("--yes", is_flag=True, help="Really: the data cannot be brought back.")
@with_appcontext
def plugins_purge(name: str, *, yes: bool) -> None:
    """Remove the tables of NAME, which must be off; works without its code. Export first."""
    if not yes:
        raise click.ClickException(f"this removes all data of {name} for good: repeat with --yes")
    dropped = service.purge(SYSTEM, name)
    click.echo(f"removed {', '.join(dropped) or 'nothing'}")


@plugins_group.command("new")
@_name
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("plugins"),
    show_default=True,
    help="Where the plugin's own folder is made.",
)
def plugins_new(name: str, folder: Path) -> None:
    """Write a working plugin called NAME that passes the conformance kit."""
    for path in newplugin.write(name, folder):
        click.echo(str(path))
    click.echo(f"next: pip install -e {folder / name} && lms plugins enable {name}")


@plugins_group.command("hooks")
def plugins_hooks() -> None:
    """Print every hook and service of the plugin API as Markdown."""
    click.echo(hooks_document(), nl=False)
