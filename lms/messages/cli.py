"""Commands of the messages room."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lms.messages import queries, service


@click.group("mail")
def mail_group() -> None:
    """Look after messages that go out by e-mail and other channels."""


@mail_group.command("status")
@with_appcontext
def mail_status() -> None:
    """Count letters by channel and state and list what failed; exit code 1 when something did."""
    for channel, counts in sorted(queries.dispatch_counts().items()):
        for state, number in counts.items():
            click.echo(f"{channel:<16} {state:<7} {number}")
    failed = queries.failed_dispatches()
    for one in failed:
        click.echo(f"{one.id}  {one.channel}  tried {one.attempts} times  {one.error}")
    if failed:
        raise SystemExit(1)


@mail_group.command("retry")
@click.option("--channel", default="", help="Only letters of this channel.")
@with_appcontext
def mail_retry(channel: str) -> None:
    """Queue all failed letters once more."""
    click.echo(f"{service.retry_failed(channel)} letters queued")
