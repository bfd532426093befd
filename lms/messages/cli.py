"""Commands of the messages room."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lms.messages import queries, service


@click.group("mail")
def mail_group() -> None:
    """Look after outgoing mail."""


@mail_group.command("status")
@with_appcontext
def mail_status() -> None:
    """Count mail by state and list what failed; exit code 1 when something did."""
    for state, number in queries.mail_counts().items():
        click.echo(f"{state:<7} {number}")
    failed = queries.failed_mail()
    for mail in failed:
        click.echo(f"{mail.id}  tried {mail.attempts} times  {mail.error}")
    if failed:
        raise SystemExit(1)


@mail_group.command("retry")
@with_appcontext
def mail_retry() -> None:
    """Queue all failed mail once more."""
    click.echo(f"{service.retry_failed_mail()} mails queued")
