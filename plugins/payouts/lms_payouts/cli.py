"""`lms payouts ...`: proving the books, and looking at budgets and batches."""

from __future__ import annotations

import uuid

import click
from flask.cli import with_appcontext

from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, session
from lms_payouts import wording
from lms_payouts.dto import BatchFilter, BudgetFilter
from lms_payouts.queries import batches, budgets
from lms_payouts.rules import BatchState, yuan
from lms_payouts.service import checking, holds


@click.command("verify")
@with_appcontext
def verify() -> None:
    """Recompute balances, payments and signed batches from the postings; exit code 1 at the first fault."""
    proof = checking.check()
    click.echo(f"{proof.transactions} transactions, {proof.payments} payments, {proof.batches} batches")
    if proof.fault:
        click.echo(proof.fault)
        raise SystemExit(1)
    click.echo("the books hold")


@click.command("budgets")
@click.option("--year", type=int, help="Only this year's.")
@with_appcontext
def list_budgets(year: int | None) -> None:
    """List budgets: unit, year, scheme, and what is appropriated, paid, reserved and available, in yuan."""
    rows = session.execute(budgets.budgets(SYSTEM, BudgetFilter(year=year))).all()
    for line in budgets.lines(rows):
        scheme = wording.scheme(line.scheme, line.scheme_title)
        parts = (line.money.total, line.money.paid, line.money.reserved, line.money.available)
        click.echo(f"{line.year} {line.unit} {scheme}: " + " / ".join(map(yuan, parts)))


@click.command("batches")
@click.option("--state", type=click.Choice([state.value for state in BatchState]), help="Only those in this state.")
@with_appcontext
def list_batches(state: str | None) -> None:
    """List batches, the newest first: number, unit, state, payments, sum in yuan, digest."""
    wanted = BatchFilter(state=BatchState(state) if state else None)
    found = session.scalars(batches.batches(SYSTEM, wanted)).all()
    units = services().orgs.paths([one.org_id for one in found])
    for one in found:
        click.echo(f"{one.number} {units[one.org_id]} {one.state} {one.count} {yuan(one.total_fen)} {one.digest}")


@click.command("release-hold")
@click.argument("person_id", type=click.UUID)
@click.argument("subject")
@click.option("--reason", required=True, help="Why, for the audit log.")
@with_appcontext
def release(person_id: uuid.UUID, subject: str, reason: str) -> None:
    """Free SUBJECT (such as degree:bachelor) of a person whose scheme is gone for good and never gives it back."""
    freed = holds.release_hold(SYSTEM, person_id, subject, reason)
    click.echo("free for any scheme" if freed else "nothing held it")


COMMANDS = (verify, list_budgets, list_batches, release)
