"""Commands for the management tree."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lms.kernel.actor import SYSTEM
from lms.orgs import queries
from lms.orgs.models import OrgKind
from lms.orgs.rules import KIND_TITLES
from lms.orgs.service import add_unit, load_city


@click.group("orgs")
def orgs_group() -> None:
    """Load and show the management tree."""


@orgs_group.command("load")
@with_appcontext
def orgs_load() -> None:
    """Load Chengdu's counties, zones, streets, towns, communities and villages. Safe to repeat."""
    report = load_city(SYSTEM)
    click.echo(f"{report.added} units added, {report.present} were there")


@orgs_group.command("show")
@click.argument("code", default="")
@with_appcontext
def orgs_show(code: str) -> None:
    """Show the unit with CODE (the city by default) and the units directly below it."""
    unit = queries.by_code(code) if code else queries.city()
    click.echo(f"{unit.code}  {queries.paths([unit.id])[unit.id]}  ({KIND_TITLES[unit.kind]})")
    for kind, count in queries.counts_within(unit.id).items():
        click.echo(f"  {KIND_TITLES[kind]}: {count:,}")
    for child in queries.children(unit.id):
        click.echo(f"    {child.code:<14} {child.name}")


@orgs_group.command("add-agency")
@click.argument("name")
@click.argument("uscc")
@click.option("--under", required=True, help="Code of the unit above.")
@with_appcontext
def orgs_add_agency(name: str, uscc: str, under: str) -> None:
    """Add the agency NAME with its 统一社会信用代码 USCC."""
    add_unit(SYSTEM, kind=OrgKind.AGENCY, name=name, parent_id=queries.by_code(under).id, uscc=uscc)
    click.echo(f"agency {name} added")
